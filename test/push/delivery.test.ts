import type { FastifyInstance } from 'fastify'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { AgentOptions } from '../../lib/agent/options.ts'
import type { TaskContext } from '../../lib/agent/executor.ts'
import type { PushOptions } from '../../lib/push/options.ts'
import { createMemoryStore } from '../../lib/stores/memory/store.ts'
import { host, logSink } from '../helpers/host.ts'
import { RpcClient } from '../helpers/rpc.ts'
import { storeWith } from '../helpers/stores.ts'
import { gate, until } from '../helpers/wait.ts'
import { hook, summary, type Hook, type Received } from './hook.ts'

const quick: PushOptions = {
  targets: { http: true, allow: ['127.0.0.0/8'] },
  timeout: 10_000,
  retry: { attempts: 4, minDelay: 20, maxDelay: 40 },
  circuit: { failures: 1000 },
  poll: 10
}

/** Says what it is told: `work` `artifact` `chunks` `end`. */
async function speak (task: TaskContext): Promise<void> {
  for (const word of task.text.split(' ')) {
    if (word === 'artifact') await task.artifact({ text: 'whole' })
    else if (word === 'ask') await task.requireInput('What else?')
    else if (word === 'chunks') {
      const artifact = task.artifactStream()
      for (const chunk of ['a', 'b', 'c']) await artifact.write(chunk)
      await artifact.end('d')
    } else await task.working(word)
  }
}

async function agent (t: Test, push: PushOptions = {}, options: Partial<AgentOptions> & { server?: { logger: object } } = {}): Promise<FastifyInstance> {
  return await host(t, { push: { ...quick, ...push }, executor: speak, ...options })
}

async function send (app: FastifyInstance, text: string, ...targets: Hook[]) {
  const rpc = new RpcClient(app)
  const [first, ...others] = targets
  const task = await rpc.send(text, { configuration: { ...first !== undefined && { taskPushNotificationConfig: { id: 'first', url: first.url } } } })
  for (const [index, { url }] of others.entries()) await rpc.result('CreateTaskPushNotificationConfig', { taskId: task.id, id: `other ${index}`, url })
  return { rpc, task }
}

const ids = (received: Received[]) => received.map(({ headers }) => headers['x-a2a-notification-id'])

t.test('events arrive in order: the new task, each status, complete artifacts', async t => {
  const target = await hook(t)
  const app = await agent(t)
  const { task } = await send(app, 'one two artifact chunks three', target)
  const received = await target.got(7)
  t.strictSame(received.map(summary), ['task SUBMITTED', 'WORKING', 'WORKING', 'artifact whole', 'artifact abcd', 'WORKING', 'COMPLETED'])
  t.equal(new Set(ids(received)).size, 7, 'each delivery has an id of its own')
  t.match(received[0], { headers: { 'content-type': 'application/a2a+json', 'a2a-version': '1.0', traceparent: /^00-[\da-f]{32}-[\da-f]{16}-00$/ }, path: '/hook', body: { task: { id: task.id } } })
  t.match(received[4]?.body, { artifactUpdate: { taskId: task.id, lastChunk: true, artifact: { parts: [{ text: 'abcd' }] } } })
})

t.test('which events are worth a notification is an option', async t => {
  const [terminal, chunks, all] = [await hook(t), await hook(t), await hook(t)]
  await send(await agent(t, { events: event => 'statusUpdate' in event && event.statusUpdate.status.state === 'TASK_STATE_COMPLETED' }), 'one chunks artifact', terminal)
  await send(await agent(t, { events: ['chunk'] }), 'one chunks', chunks)
  await send(await agent(t, { events: ['status', 'chunk'] }), 'one chunks', all)
  await Promise.all([terminal.got(1), chunks.got(4), all.got(7)])
  await sleep(50)
  t.strictSame(terminal.received.map(summary), ['COMPLETED'])
  t.strictSame(chunks.received.map(summary), ['artifact a', 'artifact b', 'artifact c', 'artifact d'])
  t.strictSame(all.received.map(summary), ['task SUBMITTED', 'WORKING', 'artifact a', 'artifact b', 'artifact c', 'artifact d', 'COMPLETED'])
})

t.test('each configuration of a task is delivered to, and one that fails holds up no other', async t => {
  const [good, bad] = [await hook(t), await hook(t, 500)]
  const { rpc, task } = await send(await agent(t, {}), 'ask', good, bad)
  await rpc.send('more', { message: { taskId: task.id } })
  await good.got(5)
  t.strictSame(good.received.map(summary), ['task SUBMITTED', 'INPUT_REQUIRED', 'WORKING', 'WORKING', 'COMPLETED'])
  await bad.got(2)
  t.equal(new Set(ids(bad.received)).size, 1, 'the first one is tried again')
})

t.test('a delivery that fails is tried again, and what comes after it waits', async t => {
  const target = await hook(t, 500, 'break', 404, 200)
  await send(await agent(t), 'one', target)
  const received = await target.got(6)
  t.strictSame(received.map(summary), ['task SUBMITTED', 'task SUBMITTED', 'task SUBMITTED', 'task SUBMITTED', 'WORKING', 'COMPLETED'])
  t.equal(new Set(ids(received).slice(0, 4)).size, 1, 'under the same id')
  t.equal(new Set(received.slice(0, 4).map(({ text }) => text)).size, 1)
  const [first = 0, second = 0] = received.map(({ at }) => at)
  t.ok(second - first >= 9, 'after a moment')
})

t.test('a receiver that does not answer is tried again', async t => {
  const target = await hook(t, 'hang', 200)
  await send(await agent(t, { timeout: 1000 }), 'one', target)
  t.strictSame((await target.got(4)).map(summary), ['task SUBMITTED', 'task SUBMITTED', 'WORKING', 'COMPLETED'])
})

t.test('it is the status that counts, and not what comes after it', async t => {
  const target = await hook(t, { status: 200, body: 'x', isEndless: true }, { status: 200, headers: { 'content-length': '100' }, body: 'x'.repeat(50) }, { status: 200, body: 'x'.repeat(1_000_000) }, 200)
  await send(await agent(t, { timeout: 5000 }), 'one two', target)
  t.strictSame((await target.got(4)).map(summary), ['task SUBMITTED', 'WORKING', 'WORKING', 'COMPLETED'])
  await sleep(100)
  t.equal(target.received.length, 4)
})

t.test('Retry-After is honoured', async t => {
  const inner = createMemoryStore()
  const waits: number[] = []
  const store = storeWith({
    settlePush: (claim, outcome) => {
      if (outcome.retryAt !== undefined) waits.push(outcome.retryAt - Date.now())
      return inner.settlePush(claim, outcome)
    }
  }, inner)
  const date = new Date(Date.now() + 3000).toUTCString()
  const target = await hook(t, { status: 429, headers: { 'retry-after': '1' } }, { status: 503, headers: { 'retry-after': date } }, 200)
  await send(await agent(t, {}, { store }), 'one', target)
  const [first = 0, second = 0, third = 0] = (await target.got(3)).map(({ at }) => at)
  t.ok(second - first >= 1000, `after ${second - first} ms`)
  t.ok(waits[0] !== undefined && waits[0] <= 1000 && waits[1] !== undefined && waits[1] <= 3000, `and no later: ${waits.join(', ')} ms`)
  t.ok(third >= Date.parse(date), `${third - Date.parse(date)} ms after it`)
})

t.test('a redirect is a failure', async t => {
  const elsewhere = await hook(t)
  const target = await hook(t, { status: 307, headers: { location: elsewhere.url } })
  const app = await agent(t)
  await send(app, 'one', target)
  await until(async () => (await app.a2a.agents[0]?.deadLetters?.list())?.items.length === 3)
  t.match((await app.a2a.agents[0]?.deadLetters?.list())?.items[2], { reason: /answered 307, and redirects are not followed/, attempts: 4 })
  t.equal(elsewhere.connections, 0)
})

t.test('what is given up can be listed, and sent again', async t => {
  const log = logSink()
  const target = await hook(t, 500)
  const app = await agent(t, {}, { server: { logger: log } })
  const { rpc, task } = await send(app, 'one', target)
  const letters = app.a2a.agents[0]?.deadLetters
  if (letters === undefined) return t.fail('the agent pushes')
  await until(async () => (await letters.list()).items.length === 3)
  t.equal(target.received.length, 4, 'as often as the option says')

  const { items } = await letters.list()
  t.strictSame(items.map(({ attempts }) => attempts), [0, 0, 4], 'what waited behind it goes with it')
  t.match(items[2], { taskId: task.id, configId: 'first', tenant: '', owner: '', generation: 1, reason: 'answered 500', payload: target.received[0]?.text })
  t.ok(log.lines.some(({ msg, level }) => level === 40 && msg === 'a push notification was given up'))
  const first = await letters.list({ pageSize: 2 })
  const rest = await letters.list({ pageSize: 2, pageToken: first.nextPageToken })
  t.strictSame([...first.items, ...rest.items], items)
  t.equal(rest.nextPageToken, '')

  const [newest, , oldest] = items
  if (newest === undefined || oldest === undefined) return t.fail('there are three')
  await t.rejects(letters.replay(oldest.id), /answered 500/)
  t.equal((await letters.list()).items.length, 3, 'it stays')
  target.answers = [200]
  t.equal(await letters.replay(oldest.id), true)
  t.match(target.received.at(-1), { text: oldest.payload, headers: { 'x-a2a-notification-id': oldest.id } })
  t.equal(await letters.replay(oldest.id), false)
  t.equal(await letters.forget(newest.id), true)
  t.equal(await letters.forget(newest.id), false)
  const [last] = (await letters.list()).items
  await rpc.result('DeleteTaskPushNotificationConfig', { taskId: task.id, id: 'first' })
  await t.rejects(letters.replay(last?.id ?? ''), /configuration has been deleted/)
})

t.test('what is refused for what it is goes to the dead letters at once, and the next one follows', async t => {
  const target = await hook(t, 200, 422, 200)
  const app = await agent(t)
  await send(app, 'one', target)
  t.strictSame((await target.got(3)).map(summary), ['task SUBMITTED', 'WORKING', 'COMPLETED'])
  const letters = app.a2a.agents[0]?.deadLetters
  await until(async () => (await letters?.list())?.items.length === 1)
  t.match((await letters?.list())?.items[0], { reason: 'answered 422', attempts: 1 })
})

t.test('a delivery that grows too old is given up', async t => {
  const target = await hook(t, 500)
  const app = await agent(t, { retry: { attempts: 1000, minDelay: 20, maxDelay: 20, maxAge: 150 } })
  await send(app, 'one', target)
  await until(async () => (await app.a2a.agents[0]?.deadLetters?.list())?.items.length === 3)
  t.ok(target.received.length > 1 && target.received.length < 30, `${target.received.length} attempts`)
})

t.test('a dispatcher that dies between delivery and settlement has delivered at least once', async t => {
  const inner = createMemoryStore()
  const target = await hook(t)
  let isDead = false
  const dying = storeWith({
    claimPushes: async (agent, { limit }) => isDead ? [] : await inner.claimPushes(agent, { ttl: 150, limit }),
    settlePush: () => {
      isDead = true
      return new Promise<boolean>(() => {})
    }
  }, inner)
  const first = await host(t, { push: quick, executor: speak, store: dying, id: 'shared' })
  const { task } = await send(first, 'ask', target)
  await target.got(2)
  t.strictSame(target.received.map(summary), ['task SUBMITTED', 'INPUT_REQUIRED'])

  const second = await host(t, { push: { ...quick, poll: 20 }, executor: speak, id: 'shared', store: storeWith({ claimPushes: (agent, { limit }) => inner.claimPushes(agent, { ttl: 5000, limit }) }, inner) })
  t.ok(second)
  // Its key is another one: what the first one has sealed can't be opened, and is not lost either.
  await until(async () => (await second.a2a.agents[0]?.deadLetters?.list())?.items.length === 2)
  t.match((await second.a2a.agents[0]?.deadLetters?.list())?.items[0], { taskId: task.id, reason: /no key .* to open this with: add the one it was sealed with to push.key/ })
})

t.test('with a common key, another replica goes on where one has died', async t => {
  const key = Buffer.alloc(32, 'k').toString('base64')
  const inner = createMemoryStore()
  const target = await hook(t)
  const dying = storeWith({
    claimPushes: (agent, { limit }) => target.received.length > 0 ? Promise.resolve([]) : inner.claimPushes(agent, { ttl: 200, limit }),
    settlePush: () => new Promise<boolean>(() => {})
  }, inner)
  const first = await host(t, { push: { ...quick, key }, executor: speak, store: dying, id: 'shared' })
  await send(first, 'one', target)
  await target.got(3)
  await host(t, { push: { ...quick, key }, executor: speak, store: inner, id: 'shared' })
  await target.got(6)
  await sleep(50)
  const states = ['task SUBMITTED', 'WORKING', 'COMPLETED']
  t.strictSame(target.received.map(summary), [...states, ...states])
  t.strictSame(ids(target.received).slice(3), ids(target.received).slice(0, 3), 'the receiver can tell that it has them')
})

t.test('of many replicas, one delivers', async t => {
  const key = Buffer.alloc(32, 'k').toString('base64')
  const store = createMemoryStore()
  const target = await hook(t)
  const replicas = await Promise.all([1, 2, 3, 4].map(() => host(t, { push: { ...quick, key }, executor: speak, store, id: 'shared' })))
  await Promise.all(Array.from({ length: 40 }, (_, index) => send(replicas[index % 4]!, 'one', target)))
  await target.got(120)
  await sleep(100)
  t.equal(target.received.length, 120)
  t.equal(new Set(ids(target.received)).size, 120)
})

t.test('a host that fails is left alone for a while', async t => {
  const target = await hook(t, 500)
  const app = await agent(t, { circuit: { failures: 3, pause: 1500 }, retry: { attempts: 1000, minDelay: 10, maxDelay: 10 } })
  await Promise.all([1, 2, 3, 4, 5, 6].map(() => send(app, 'one', target)))
  await sleep(350)
  const before = target.received.length
  t.ok(before >= 3 && before <= 8, `${before} attempts`) // those under way at the third failure come to their end
  target.answers = [200]
  await target.got(before + 18)
  await sleep(50)
  t.equal(target.received.slice(before).filter(({ text }) => text.includes('COMPLETED')).length, 6, 'and nothing is lost')
})

t.test('deliveries to one host are bounded, and others do not wait for it', async t => {
  const opened = gate()
  let running = 0
  let most = 0
  const slow = await import('node:http').then(({ createServer }) => createServer(async (request, response) => {
    most = Math.max(most, ++running)
    await opened.opened
    running--
    response.end()
  }))
  await new Promise<void>(resolve => slow.listen(0, '127.0.0.1', resolve))
  t.teardown(() => { slow.closeAllConnections(); slow.close() })
  const fast = await hook(t)
  const app = await agent(t, { concurrency: 3, timeout: 5000, events: event => 'statusUpdate' in event && event.statusUpdate.status.state === 'TASK_STATE_COMPLETED' })
  const address = slow.address() as { port: number }
  await Promise.all(Array.from({ length: 60 }, () => send(app, 'one', { url: `http://127.0.0.1:${address.port}/` } as Hook)))
  await until(() => running === 3)
  await send(app, 'one', fast)
  await fast.got(1)
  t.equal(most, 3)
  opened.open()
})

t.test('after its deletion a configuration gets nothing any more', async t => {
  const target = await hook(t)
  const app = await agent(t)
  const { rpc, task } = await send(app, 'ask', target)
  await target.got(2)
  await rpc.result('DeleteTaskPushNotificationConfig', { taskId: task.id, id: 'first' })
  await rpc.send('more', { message: { taskId: task.id } })
  await sleep(100)
  t.equal(target.received.length, 2)
})

t.test('what is too large is told without its content', async t => {
  const target = await hook(t)
  const app = await agent(t, { bodySize: 500 }, {
    executor: async task => {
      await task.artifact({ text: 'x'.repeat(1000) })
      await task.complete('y'.repeat(1000))
    }
  })
  await send(app, 'z'.repeat(1000), target)
  const [created, completed] = await target.got(2)
  t.ok(created !== undefined && completed !== undefined && created.text.length < 500 && completed.text.length < 500)
  t.equal((await target.got(2)).map(summary).join(), 'task SUBMITTED,COMPLETED')
})

t.test('the end of the server does not wait for a receiver that hangs', async t => {
  const target = await hook(t, 'hang')
  const store = createMemoryStore()
  const key = Buffer.alloc(32, 'k').toString('base64')
  const app = await agent(t, { timeout: 10_000, key }, { store, id: 'shared' })
  await send(app, 'one', target)
  await target.got(1)
  const before = Date.now()
  await app.close()
  t.ok(Date.now() - before < 1000)
  target.answers = [200]
  await host(t, { push: { ...quick, key }, executor: speak, store, id: 'shared' })
  await target.got(4)
  t.strictSame(target.received.map(summary), ['task SUBMITTED', 'task SUBMITTED', 'WORKING', 'COMPLETED'], 'the next one takes over at once')
})

t.test('an agent that does not push looks for nothing', async t => {
  let claims = 0
  const inner = createMemoryStore()
  const store = storeWith({ claimPushes: (agent, request) => { claims++; return inner.claimPushes(agent, request) } }, inner)
  const app = await host(t, { store })
  await new RpcClient(app).send('hello')
  await sleep(1100)
  t.equal(claims, 0)
  t.equal(app.a2a.agents[0]?.deadLetters, undefined)
})

t.test('a store that is away is asked again', async t => {
  const log = logSink()
  const target = await hook(t)
  const inner = createMemoryStore()
  let isAway = true
  const store = storeWith({
    claimPushes: async (agent, request) => {
      if (isAway) throw new Error('away')
      return await inner.claimPushes(agent, request)
    }
  }, inner)
  const app = await agent(t, {}, { store, server: { logger: log } })
  await send(app, 'one', target)
  await sleep(100)
  t.equal(log.lines.filter(({ msg }) => String(msg).includes('can\'t be had from the store')).length, 1, 'that is said once')
  isAway = false
  await target.got(3)
})
