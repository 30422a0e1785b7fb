/** Many agents: who is asked, who is left alone, who works with whom. Each is a server of this project. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { createRegistry, discover, fromFile, fromUrl, parallel, pipeline, type AgentEvent, type Labelled, type RegistryOptions } from '../../lib/client/index.ts'
import type { ExecuteFunction } from '../../lib/agent/executor.ts'
import agentRegistry from '../../plugins/agent-registry.ts'
import { catalogue } from '../../plugins/index.ts'
import { closeAfter, host, listen, stopped } from '../helpers/host.ts'
import { gate } from '../helpers/wait.ts'

const quick = { retry: { retries: 0 }, reconnect: { attempts: 0 } }

type Made = { url: string, calls: string[] }

async function serve (t: Test, name: string, executor: ExecuteFunction, skill = 'translate'): Promise<Made> {
  const calls: string[] = []
  const app = await host(t, {
    server: { forceCloseConnections: true },
    card: { name, description: `Agent ${name}`, skills: [{ id: skill, name: skill, description: `Can ${skill}`, tags: ['language', name], inputModes: ['text/plain'] }] },
    executor: task => {
      calls.push(task.text)
      return executor(task)
    }
  })
  return { url: await listen(app), calls }
}

async function registryOf (t: Test, options: RegistryOptions) {
  const registry = await createRegistry({ refresh: 0, client: quick, ...options })
  t.teardown(async () => { await registry.close() })
  return registry
}

async function all<T> (items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

t.test('finds by skill, tag, words and modes; added and removed at run time', async t => {
  const one = await serve(t, 'one', () => '1')
  const two = await serve(t, 'two', () => '2', 'summarize')
  const registry = await registryOf(t, { agents: [one.url] })
  const added = await registry.add({ agent: two.url, id: 'second', priority: 1 })
  t.equal(added.id, 'second')
  const names = (query: Parameters<typeof registry.find>[0]) => registry.find(query).map(({ card }) => card.name)
  t.strictSame(names({ tag: 'language' }), ['two', 'one'], 'by priority')
  t.strictSame(names({ skill: 'translate' }), ['one'])
  t.strictSame(names({ text: 'can SUMMARIZE' }), ['two'])
  t.strictSame(names({ inputMode: 'text/*' }), ['two', 'one'])
  t.strictSame(names({ inputMode: 'image/png' }), [])
  t.equal(await registry.remove('second'), true)
  t.equal(await registry.remove('second'), false)
  t.strictSame(names({ tag: 'language' }), ['one'])
  await t.rejects(registry.add('http://127.0.0.1:1'), { code: 'A2A_ERR_NETWORK' })
  t.equal(registry.agents().length, 1)
})

t.test('an agent that can not be had does not hold up the others, and is had later', async t => {
  const errors: string[] = []
  const app = await host(t)
  const late = await listen(app)
  let isUp = false
  const fetch = async (url: string, init: RequestInit) => isUp || !url.startsWith(late) ? await globalThis.fetch(url, init) : await Promise.reject(new Error('down'))
  const one = await serve(t, 'one', () => '1')
  const registry = await registryOf(t, { agents: [one.url, late], client: { ...quick, fetch }, onError: (_error, id) => { errors.push(id) } })
  t.strictSame(registry.agents().map(({ id }) => id), [one.url])
  t.strictSame(errors, [late])
  t.match(registry.health().get(late), { isHealthy: false, failures: 1, lastError: { code: 'A2A_ERR_NETWORK' } })
  isUp = true
  await registry.refresh()
  t.equal(registry.get(late)?.health.isHealthy, true)
})

t.test('an agent stays the same as long as its card does; one that is replaced goes on with what it does', async t => {
  const open = gate()
  const { url } = await serve(t, 'one', async function * (task) {
    yield task.working()
    await open.opened
    yield task.artifact({ text: 'done' })
  })
  let version = '1'
  const fetch = async (url: string, init: RequestInit) => {
    const response = await globalThis.fetch(url, init)
    if (!url.endsWith('agent-card.json')) return response
    return Response.json({ ...Object(await response.json()), version }, { headers: { 'cache-control': 'no-cache' } })
  }
  const registry = await registryOf(t, { agents: [{ agent: url, id: 'one' }], client: { ...quick, fetch } })
  const first = registry.get('one')?.agent
  await registry.refresh()
  t.equal(registry.get('one')?.agent, first)

  const working = registry.run('one', async agent => {
    const stream = agent.stream('translate')
    for await (const event of stream) {
      if (event.type !== 'status' || event.status.state !== 'TASK_STATE_WORKING') continue
      version = '2'
      await registry.refresh()
      open.open()
    }
    return await stream.text()
  })
  t.equal(await working, 'done')
  t.not(registry.get('one')?.agent, first)
  t.equal(registry.get('one')?.card.version, '2')
})

t.test('reads this project\'s catalogue, files, lists, and functions; what they name no more goes', async t => {
  const app = await host(t, { server: { forceCloseConnections: true } })
  await app.register(catalogue)
  const url = await listen(app)
  const one = await serve(t, 'one', () => '1')
  const file = join(t.testdir({}), 'agents.json')
  writeFileSync(file, JSON.stringify({ agents: [{ url: one.url }] }))
  const registry = await registryOf(t, { sources: [fromUrl(`${url}/.well-known/ai-catalog.json`), fromFile(file), async () => []] })
  t.strictSame(registry.agents().map(({ card }) => card.name).sort(), ['Test agent', 'one'])
  writeFileSync(file, '[]')
  await registry.refresh()
  t.strictSame(registry.agents().map(({ card }) => card.name), ['Test agent'])
  writeFileSync(file, '{')
  await t.resolves(registry.refresh())
})

t.test('delegate: one after the other, and who failed why', async t => {
  const broken = await serve(t, 'broken', async task => { await task.fail('out of order') })
  const good = await serve(t, 'good', task => task.text.toUpperCase())
  const registry = await registryOf(t, { agents: [{ agent: broken.url, id: 'broken', priority: 1 }, { agent: good.url, id: 'good' }] })
  const done = await registry.delegate({ skill: 'translate', message: 'hello' })
  t.match(done, { id: 'good', text: 'HELLO', failures: [{ id: 'broken', error: { message: /out of order/ } }] })
  t.strictSame(broken.calls, ['hello'])
  const ranked = await registry.delegate({ skill: 'translate', message: 'again' }, { rank: agents => agents.filter(({ id }) => id === 'good') })
  t.strictSame([ranked.id, ranked.failures], ['good', []])
  await t.rejects(registry.delegate({ skill: 'translate', message: 'no' }, { maxAgents: 1 }), { code: 'A2A_ERR_DELEGATION', failures: [{ id: 'broken' }] })
  await t.rejects(registry.delegate({ skill: 'fly', message: 'no' }), { code: 'A2A_ERR_DELEGATION', message: /No agent/, failures: [] })
})

t.test('delegate: tells who is asked, what happens there, and who failed', async t => {
  const broken = await serve(t, 'broken', async task => { await task.working('trying'); await task.fail('out of order') })
  const good = await serve(t, 'good', task => task.text.toUpperCase())
  const registry = await registryOf(t, { agents: [{ agent: broken.url, id: 'broken', priority: 1 }, { agent: good.url, id: 'good' }] })
  const told: string[] = []
  const watch = {
    asked: (id: string) => { told.push(`${id} is asked`) },
    event: (event: AgentEvent, id: string) => { told.push(`${id} ${event.type === 'status' ? event.status.state : event.type}`) },
    failed: ({ id }: { id: string }) => { told.push(`${id} has failed`) }
  }
  const { id, text } = await registry.delegate({ skill: 'translate', message: 'hello' }, { watch })
  t.strictSame([id, text], ['good', 'HELLO'])
  t.strictSame(told.filter(line => !/ task$/.test(line)), [
    'broken is asked', 'broken TASK_STATE_WORKING', 'broken TASK_STATE_FAILED', 'broken has failed',
    'good is asked', 'good artifact', 'good TASK_STATE_COMPLETED'
  ])
  const deaf = { event: () => { throw new Error('do not tell me') } }
  await t.rejects(registry.delegate({ skill: 'translate', message: 'hello' }, { watch: deaf }), { code: 'A2A_ERR_DELEGATION', message: /broken: do not tell me; good: do not tell me/ })
})

t.test('delegate: what is rejected, or asks, is not taken elsewhere', async t => {
  for (const executor of [async task => { await task.reject('not me') }, async task => { await task.requireInput('Which language?') }] satisfies ExecuteFunction[]) {
    const first = await serve(t, 'first', executor)
    const other = await serve(t, 'other', () => 'done')
    const registry = await registryOf(t, { agents: [first.url, other.url] })
    const { id, task } = await registry.delegate({ skill: 'translate', message: 'hello' })
    t.equal(id, first.url)
    t.match(task?.status.state, /REJECTED|INPUT_REQUIRED/)
    t.strictSame(other.calls, [])
  }
})

t.test('delegate: an agent that fails again and again is left alone', async t => {
  let asked = 0
  const one = await serve(t, 'one', () => '1')
  const fetch = async (url: string, init: RequestInit) => {
    if (init.method !== 'POST') return await globalThis.fetch(url, init)
    asked++
    return new Response('down', { status: 503 })
  }
  const registry = await registryOf(t, { agents: [one.url], client: { ...quick, fetch }, circuit: { failures: 2, pause: 60_000 } })
  for (let i = 0; i < 4; i++) await t.rejects(registry.delegate({ skill: 'translate', message: 'hello' }), { code: 'A2A_ERR_DELEGATION' })
  t.equal(asked, 2)
  t.match(registry.get(one.url)?.health, { isHealthy: false, failures: 2 })
  await t.rejects(registry.delegate({ skill: 'translate', message: 'hello' }), { message: /left alone/ })
})

t.test('delegate: hedging asks the next one as well, and cancels who is late', async t => {
  const canceled = gate()
  const slow = await serve(t, 'slow', async task => { await task.working(); await stopped(task.signal); canceled.open() })
  const fast = await serve(t, 'fast', () => 'done')
  const registry = await registryOf(t, { agents: [{ agent: slow.url, id: 'slow', priority: 1 }, { agent: fast.url, id: 'fast' }] })
  const { id, text } = await registry.delegate({ skill: 'translate', message: 'hello' }, { hedge: 100 })
  t.strictSame([id, text], ['fast', 'done'])
  await canceled.opened
})

t.test('trust: origins, security and signatures are looked at before a message leaves', async t => {
  const one = await serve(t, 'one', () => '1')
  const problems: unknown[] = []
  const onError = (error: unknown) => { problems.push(error) }
  const untrusted = [{ origins: ['https://*.example.com'] }, { requireSecurity: true }, { requireTls: true }, { verify: () => { throw new Error('not signed') } }]
  for (const trust of untrusted) {
    const registry = await registryOf(t, { agents: [one.url], trust, onError })
    t.strictSame(registry.agents(), [])
    await t.rejects(registry.delegate({ skill: 'translate', message: 'secret' }), { code: 'A2A_ERR_DELEGATION' })
  }
  t.match(problems, [{ code: 'A2A_ERR_TRUST' }, { code: 'A2A_ERR_TRUST' }, { code: 'A2A_ERR_TRUST' }, { message: 'not signed' }])
  t.strictSame(one.calls, [])
  const registry = await registryOf(t, { agents: [one.url], trust: { origins: [one.url] } })
  t.equal(registry.agents().length, 1)
})

t.test('parallel: one labelled iterable; one that fails does not disturb the others', async t => {
  const [one, two, bad] = await Promise.all([serve(t, 'one', () => '1'), serve(t, 'two', () => '2'), serve(t, 'bad', () => '3')])
  const agents = await Promise.all([one, two].map(async ({ url }) => await discover(url)))
  const broken = await discover(bad.url, { ...quick, interceptors: [async () => await Promise.reject(new Error('cut'))] })
  const items = await all(parallel([
    { name: 'one', agent: agents[0]!, message: 'a' }, { name: 'two', agent: agents[1]!, message: 'b' }, { name: 'bad', agent: broken, message: 'c' }
  ]))
  const of = (name: string) => items.filter(item => item.name === name).map(item => 'event' in item ? item.event.type : 'result' in item ? item.result.text : String(item.error))
  t.strictSame([of('one').at(-1), of('two').at(-1), of('bad')], ['1', '2', ['Error: cut']])
  t.strictSame(of('one').slice(0, -1).filter(type => type === 'task'), ['task'])
})

t.test('parallel: who stops reading cancels all', async t => {
  const gates = [gate(), gate()]
  const agents = await Promise.all(gates.map(async ({ open }, index) => {
    const { url } = await serve(t, `agent ${index}`, async task => { await task.working(); await stopped(task.signal); open() })
    return await discover(url)
  }))
  const begun = new Set<string>()
  for await (const item of parallel(agents.map((agent, index) => ({ name: `${index}`, agent, message: 'stay' })))) {
    if ('event' in item && item.event.type === 'status') begun.add(item.name)
    if (begun.size === 2) break
  }
  await Promise.all(gates.map(({ opened }) => opened))
})

t.test('pipeline: artifacts become parts, and tasks of the same agent are referred to', async t => {
  const references: string[][] = []
  const { url } = await serve(t, 'both', task => {
    references.push(task.message.referenceTaskIds ?? [])
    return `${task.text}!`
  })
  const agent = await discover(url)
  const items: Labelled[] = await all(pipeline([{ name: 'first', agent }, { name: 'second', agent }, { name: 'third', agent, message: ({ text }) => `${text}?` }], 'hello'))
  const results = items.flatMap(item => 'result' in item ? item.result : [])
  t.strictSame(results.map(({ text }) => text), ['hello!', 'hello!!', 'hello!!?!'])
  const ids = results.map(({ task }) => task?.id ?? '')
  t.strictSame(references, [[], ids.slice(0, 1), ids.slice(0, 2)])
})

t.test('pipeline: ends with the stage that does not complete', async t => {
  const asks = await discover((await serve(t, 'asks', async task => { await task.requireInput('Which?') })).url)
  const after = await serve(t, 'after', () => 'done')
  const items = await all(pipeline([{ name: 'asks', agent: asks }, { name: 'after', agent: await discover(after.url) }], 'hello'))
  t.match(items.at(-1), { name: 'asks', result: { task: { status: { state: 'TASK_STATE_INPUT_REQUIRED' } } } })
  t.strictSame(after.calls, [])
})

t.test('the plugin decorates the server, and tells whom it knows', async t => {
  const one = await serve(t, 'one', task => `done: ${task.text}`)
  const app = Fastify()
  closeAfter(t, app)
  await app.register(agentRegistry, { agents: [one.url], refresh: 0 })
  app.post<{ Body: { text: string } }>('/ask', async ({ body }) => await app.a2aAgents.delegate({ skill: 'translate', message: body.text }))
  const asked = await app.inject({ method: 'POST', url: '/ask', payload: { text: 'hello' } })
  t.match(asked.json(), { id: one.url, text: 'done: hello' })
  const listed = await app.inject('/a2a-agents')
  t.match(listed.json(), { specVersion: '1.0', entries: [{ identifier: one.url, isHealthy: true, data: { name: 'one' } }] })
  t.equal((await app.inject({ url: '/a2a-agents', headers: { 'if-none-match': String(listed.headers.etag) } })).statusCode, 304)
  const other = await registryOf(t, { sources: [fromUrl('http://registry.test/a2a-agents', { fetch: async () => new Response(listed.body) })] })
  t.strictSame(other.agents().map(({ card }) => card.name), ['one'], 'a registry reads what another one tells')
})
