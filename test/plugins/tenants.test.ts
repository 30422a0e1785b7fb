/** Many agents behind one base URL, one for each tenant, and the list of them. */
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { AgentCard } from '../../schemas/v1/card.ts'
import type { Task } from '../../schemas/v1/common.ts'
import type { Principal, TaskContext } from '../../lib/agent/executor.ts'
import { createAgent } from '../../lib/agent/agent.ts'
import type { AgentOptions, TenantAgentOptions } from '../../lib/agent/options.ts'
import { resolveOptions } from '../../lib/agent/settings.ts'
import { TenantAgents } from '../../lib/agent/tenant-agents.ts'
import { createMemoryStore } from '../../lib/stores/memory/store.ts'
import a2a, { catalogue } from '../../plugins/index.ts'
import { agent, card, closeAfter, listen, logSink, obey, stopped } from '../helpers/host.ts'
import { message, message03, RpcClient, sendParams } from '../helpers/rpc.ts'
import { RestClient } from '../helpers/rest.ts'
import { openStream } from '../helpers/sse.ts'
import { until } from '../helpers/wait.ts'

/** Says who it is. */
const named = (name: string): TenantAgentOptions => ({
  card: { name, description: `The agent of ${name}` },
  executor: task => `${name} for ${task.tenant}: ${task.text}`
})

const travel = { flight: named('Flights'), hotel: named('Hotels') }

async function serve (t: Test, options: Partial<AgentOptions>, server = {}): Promise<FastifyInstance> {
  const app = Fastify(server)
  closeAfter(t, app)
  const { card, executor, ...rest } = agent(options)
  await app.register(a2a, { ...rest, ...'card' in options && { card }, ...'executor' in options && { executor } })
  return app
}

const answerOf = (task: Task) => task.artifacts?.[0]?.parts[0]?.text

/** A message to a tenant. */
async function send (app: FastifyInstance, tenant: string | undefined, text = 'Hello', headers = {}): Promise<Task> {
  const { task } = await new RpcClient(app, { headers }).result<{ task: Task }>('SendMessage', { ...sendParams(text), ...tenant !== undefined && { tenant } })
  return task
}

const notFound = { code: -32054, message: 'Not found', data: [{ reason: 'NOT_FOUND', metadata: undefined }] }

t.test('the tenant of a request chooses the agent', async t => {
  const app = await serve(t, { agents: travel })
  t.equal(answerOf(await send(app, 'flight')), 'Flights for flight: Hello')
  t.equal(answerOf(await send(app, 'hotel')), 'Hotels for hotel: Hello')

  t.test('over HTTP+JSON by the path, and as a field', async t => {
    const rest = new RestClient(app)
    t.equal(answerOf(await rest.send('Hi', {}, '/flight')), 'Flights for flight: Hi')
    const { body } = await rest.post<{ task: Task }>('/message:send', { ...sendParams('Hi'), tenant: 'hotel' })
    t.equal(answerOf(body.task), 'Hotels for hotel: Hi')
    t.match(await rest.get('/nobody/tasks'), { status: 404, body: { error: { code: 404, status: 'NOT_FOUND', message: 'Not found' } } })
  })

  t.test('over JSON-RPC also by the path, which holds: in 0.3 it stands nowhere else', async t => {
    const flights = new RpcClient(app, { url: '/a2a/flight' })
    t.equal(answerOf(await flights.send('Hi')), 'Flights for flight: Hi')
    const { task } = await flights.result<{ task: Task }>('SendMessage', { ...sendParams('Hi'), tenant: 'hotel' })
    t.equal(answerOf(task), 'Flights for flight: Hi')
    t.match(await flights.result('ListTasks'), { totalSize: 4 }, 'with those of the tests before')
    const old = new RpcClient(app, { url: '/a2a/hotel/', version: false })
    t.match(await old.result('message/send', { message: message03('Hi') }), { artifacts: [{ parts: [{ text: 'Hotels for hotel: Hi' }] }] })
    t.match(await new RpcClient(app, { url: '/a2a/nobody', version: false }).error('message/send', { message: message03('Hi') }), { code: -32054 })
    t.match(await new RpcClient(app, { version: false }).error('message/send', { message: message03('Hi') }), { code: -32054 }, 'no agent without a tenant')
  })

  t.test('streams', async t => {
    const events = await new RpcClient(app).stream('SendStreamingMessage', { ...sendParams('Hi'), tenant: 'flight' })
    t.match(events, [{ task: {} }, { artifactUpdate: { artifact: { parts: [{ text: 'Flights for flight: Hi' }] } } }, { statusUpdate: {} }])
    t.match((await new RpcClient(app).ask('SendStreamingMessage', { ...sendParams('Hi'), tenant: 'nobody' })).body.error, notFound)
  })
})

t.test('tasks are found under their tenant alone', async t => {
  const app = await serve(t, { agents: travel })
  const rpc = new RpcClient(app)
  const { id } = await send(app, 'flight')
  t.match(await rpc.result('GetTask', { id, tenant: 'flight' }), { id })
  t.match(await rpc.error('GetTask', { id, tenant: 'hotel' }), { code: -32001 })
  t.match(await rpc.result('ListTasks', { tenant: 'hotel' }), { totalSize: 0 })
  t.match(await rpc.error('SendMessage', { message: message('More', { taskId: id }), tenant: 'hotel' }), { code: -32001 })
})

t.test('an unknown tenant gets a not-found that tells nothing', async t => {
  const app = await serve(t, { agents: travel })
  const rpc = new RpcClient(app)
  const answers = await Promise.all(['nobody', 'flights', 'FLIGHT', 'constructor', '__proto__', 'toString', undefined].flatMap(tenant => [
    rpc.error('SendMessage', { ...sendParams('x'), tenant }),
    rpc.error('GetTask', { id: 'x', tenant }),
    rpc.error('GetExtendedAgentCard', { tenant }),
    rpc.error('ListTasks', { tenant })
  ]))
  for (const answer of answers) t.match(answer, notFound)
  t.equal(new Set(answers.map(answer => JSON.stringify(answer))).size, 1, 'all of them are the same')
})

t.test('what is wrong with a request is said as ever', async t => {
  const app = await serve(t, { agents: travel, card, executor: obey })
  const rpc = new RpcClient(app)
  t.match(await rpc.error('GetTask', { id: 'x', tenant: 5 }), { code: -32602, data: [{ fieldViolations: [{ field: 'tenant', description: 'must be a string' }] }, {}] })
  t.match(await rpc.error('GetTask', { id: 'x', tenant: 'x'.repeat(257) }), { code: -32602, data: [{ fieldViolations: [{ field: 'tenant' }] }, {}] })
  t.match(await rpc.error('GetTask', { tenant: 'flight' }), { code: -32602, data: [{ fieldViolations: [{ field: 'id' }] }, {}] })
  t.match(await rpc.error('GetTask', 'x'), { code: -32602 })
  t.match(await rpc.error('GetTask', { id: 'x', tenant: null }), { code: -32001 }, 'null is unset')
})

t.test('who is not let in does not learn who there is', async t => {
  let asked = 0
  const app = await serve(t, { agents: tenant => { asked++; return tenant === 'flight' ? travel.flight : undefined }, allowAnonymous: false })
  const rpc = new RpcClient(app)
  for (const tenant of ['flight', 'nobody']) t.match(await rpc.error('ListTasks', { tenant }), { code: -32052 }, tenant)
  t.equal(asked, 0)
})

t.test('a card beside the agents is that of requests without a tenant', async t => {
  const app = await serve(t, { agents: travel, card, executor: task => `${task.tenant}: ${task.text}` })
  t.equal(answerOf(await send(app, undefined)), 'undefined: Hello')
  t.equal(answerOf(await send(app, '')), 'undefined: Hello')
  t.match(await new RpcClient(app).error('ListTasks', { tenant: 'nobody' }), notFound)
  t.equal((await app.inject('/.well-known/agent-card.json')).json<AgentCard>().name, 'Test agent')
})

t.test('each agent has a card of its own', async t => {
  const app = await serve(t, { agents: { ...travel, 'a/b c': named('Odd') }, publicUrl: 'https://travel.example', cardCors: true })
  const get = async (url: string, headers = {}) => await app.inject({ url, headers })
  const flight = (await get('/flight/.well-known/agent-card.json', { 'a2a-version': '1.0' })).json<AgentCard>()
  t.equal(flight.name, 'Flights')
  t.same(flight.supportedInterfaces, [
    { url: 'https://travel.example/a2a', protocolBinding: 'JSONRPC', tenant: 'flight', protocolVersion: '1.0' },
    { url: 'https://travel.example/a2a', protocolBinding: 'HTTP+JSON', tenant: 'flight', protocolVersion: '1.0' },
    { url: 'https://travel.example/a2a/flight', protocolBinding: 'JSONRPC', protocolVersion: '0.3' }
  ])
  t.match((await get('/flight/.well-known/agent.json', { 'a2a-version': '0.3' })).json(), { url: 'https://travel.example/a2a/flight', preferredTransport: 'JSONRPC' })
  const odd = await get('/a%2Fb%20c/.well-known/agent-card.json')
  t.match(odd.json<AgentCard>().supportedInterfaces.at(-1), { url: 'https://travel.example/a2a/a%2Fb%20c' })
  t.match((await new RpcClient(app, { url: '/a2a/a%2Fb%20c' }).send('Hi')), { artifacts: [{ parts: [{ text: 'Odd for a/b c: Hi' }] }] })

  const { headers: { etag } } = await get('/hotel/.well-known/agent-card.json')
  t.equal((await get('/hotel/.well-known/agent-card.json', { 'if-none-match': etag })).statusCode, 304)
  t.equal((await get('/flight/.well-known/agent-card.json', { 'if-none-match': etag })).statusCode, 200)
  t.equal((await app.inject({ method: 'OPTIONS', url: '/flight/.well-known/agent-card.json' })).statusCode, 204)
  for (const url of ['/nobody/.well-known/agent-card.json', '/.well-known/agent-card.json']) {
    t.match(await get(url), { statusCode: 404, body: /"status":"NOT_FOUND","message":"Not found"/ }, url)
  }
})

t.test('without agents, any tenant is one of the same agent', async t => {
  const app = await serve(t, { card, executor: task => `${task.tenant}` })
  t.equal(answerOf(await send(app, 'anybody')), 'anybody')
  t.equal((await app.inject('/anybody/.well-known/agent-card.json')).statusCode, 404)
  t.equal((await app.inject({ method: 'POST', url: '/a2a/anybody', payload: {} })).statusCode, 404)
})

t.test('each agent has skills, limits and deadlines of its own; what it does not say, the options beside it say', async t => {
  const app = await serve(t, {
    limits: { parts: 2 },
    executor: task => `shared: ${task.text}`,
    agents: {
      small: { card, limits: { parts: 1 } },
      skilled: { card: { ...card, skills: [{ id: 'a', handler: task => `a: ${task.text}` }] }, timeout: 20_000, capabilities: { streaming: false } },
      slow: { card, executor: async task => { await stopped(task.signal) }, timeout: 20 }
    }
  })
  const rpc = new RpcClient(app)
  const two = { message: message([{ text: 'a' }, { text: 'b' }]) }
  t.match(await rpc.error('SendMessage', { ...two, tenant: 'small' }), { message: /must have at most 1 items/ })
  t.match(await rpc.result('SendMessage', { ...two, tenant: 'skilled' }), { task: { artifacts: [{ parts: [{ text: 'a: a\nb' }] }] } })
  t.equal(answerOf(await send(app, 'small')), 'shared: Hello')
  t.match(await send(app, 'slow'), { status: { state: 'TASK_STATE_FAILED', message: { parts: [{ text: /within 20 ms/ }] } } })
  t.match(await rpc.error('SendStreamingMessage', { ...sendParams('x'), tenant: 'skilled' }), { code: -32004 })
})

t.test('a function answers agents', async t => {
  t.test('it is asked at every request, and another object is another agent', async t => {
    const known = new Map([['flight', named('Flights')]])
    const app = await serve(t, { agents: async tenant => known.get(tenant) })
    t.equal(answerOf(await send(app, 'flight')), 'Flights for flight: Hello')
    t.match(await new RpcClient(app).error('ListTasks', { tenant: 'hotel' }), notFound)
    known.set('hotel', named('Hotels'))
    t.equal(answerOf(await send(app, 'hotel')), 'Hotels for hotel: Hello')
    known.set('flight', named('Airlines'))
    t.equal(answerOf(await send(app, 'flight')), 'Airlines for flight: Hello')
    t.match(await new RpcClient(app).result('ListTasks', { tenant: 'flight' }), { totalSize: 2 })
    known.delete('flight')
    t.match(await new RpcClient(app).error('ListTasks', { tenant: 'flight' }), notFound)
    t.equal((await app.inject('/flight/.well-known/agent-card.json')).statusCode, 404)
  })

  t.test('one that answers a new object each time loses no task', async t => {
    const app = await serve(t, { agents: () => ({ card, executor: obey }) })
    const rpc = new RpcClient(app)
    const { task: { id } } = await rpc.result<{ task: Task }>('SendMessage', { ...sendParams('stay', { configuration: { returnImmediately: true } }), tenant: 'a' })
    t.match(await rpc.result('CancelTask', { id, tenant: 'a' }), { status: { state: 'TASK_STATE_CANCELED' } })
    const { id: asked } = await send(app, 'a', 'ask')
    t.match(await rpc.result('SendMessage', { message: message('More', { taskId: asked }), tenant: 'a' }), { task: { id: asked, status: { state: 'TASK_STATE_COMPLETED' } } })
  })

  t.test('it may know some tenants for some callers only', async t => {
    const app = Fastify()
    closeAfter(t, app)
    app.decorateRequest('a2aPrincipal', null)
    app.addHook('onRequest', async request => {
      const { user } = request.headers
      request.a2aPrincipal = typeof user === 'string' ? { id: user } satisfies Principal : null
    })
    await app.register(a2a, { allowAnonymous: true, agents: (tenant, principal) => tenant === principal?.id ? travel.flight : undefined })
    t.equal(answerOf(await send(app, 'ann', 'Hello', { user: 'ann' })), 'Flights for ann: Hello')
    t.match(await new RpcClient(app, { headers: { user: 'bob' } }).error('ListTasks', { tenant: 'ann' }), notFound)
    t.match(await app.inject({ url: '/ann/.well-known/agent-card.json', headers: { user: 'ann' } }), { statusCode: 200, headers: { 'cache-control': 'private, max-age=300' } })
    t.equal((await app.inject('/ann/.well-known/agent-card.json')).statusCode, 404)
  })

  t.test('only so many agents are kept, but all that work or may be about to', async t => {
    let now = 0
    const store = createMemoryStore()
    const settings = resolveOptions(agent())
    let made = 0
    const agents = new TenantAgents(() => named('any'), { max: 2, now: () => now, resolve: () => settings, create: settings => { made++; return createAgent(settings, store) } })
    const kept = () => agents.agents().length
    const busy = await agents.find('busy')
    const leave = busy?.streams.enter('client')
    for (const tenant of ['a', 'b', 'c']) await agents.find(tenant)
    t.equal(kept(), 4, 'each of them was asked for just now')
    now += 60_000
    await agents.find('d')
    t.equal(kept(), 2)
    t.equal((await agents.find('busy'))?.streams, busy?.streams, 'the one that works is there')
    now += 60_000
    leave?.()
    await agents.find('e')
    await agents.find('f')
    t.equal(kept(), 2)
    t.not((await agents.find('busy'))?.streams, busy?.streams)
    t.equal(made, 8)
    await agents.close()
    await store.close()
  })

  t.test('what it answers is checked, and what it throws stays inside', async t => {
    const logger = logSink()
    const app = await serve(t, {
      agents: tenant => {
        if (tenant === 'broken') throw new Error('secret')
        return { card: { ...card, nam: tenant }, executor: obey } as TenantAgentOptions
      }
    }, { logger })
    for (const [tenant, text] of [['broken', /secret/], ['wrong', /agents\.wrong\.card\.nam is not an option; did you mean name\?/]] as const) {
      const error = await new RpcClient(app).error('ListTasks', { tenant })
      t.match(error, { code: -32603, message: 'Internal error' })
      t.notMatch(JSON.stringify(error), text)
      t.match(JSON.stringify(logger.lines), text)
    }
  })
})

t.test('all agents come to rest with the server', async t => {
  for (const agents of [{ a: { card, executor: obey }, b: { card, executor: obey } }, () => ({ card, executor: obey })]) {
    const app = await serve(t, { agents, shutdownGrace: 0 })
    const url = await listen(app)
    const streams = await Promise.all(['a', 'b'].map(async tenant => await openStream(`${url}/a2a`, { method: 'SendStreamingMessage', params: { ...sendParams('stay'), tenant } })))
    await until(() => app.a2a.agents.filter(({ activeTurns }) => activeTurns === 1).length === 2)
    await app.close()
    for (const stream of streams) {
      const events = await stream.all()
      t.match(JSON.stringify(events), /TASK_STATE_FAILED.*shut down/)
    }
  }
})

t.test('wrong options are refused, with the path of each', async t => {
  const cases: Array<[unknown, RegExp]> = [
    [{}, /agents must not be empty/],
    [{ flight: {} }, /agents\.flight\.card is missing/],
    [{ flight: { card } }, /agents\.flight\.executor is missing/],
    [{ flight: { card, executor: obey, prefix: '/x' } }, /agents\.flight\.prefix is not an option/],
    [{ flight: { card: { ...card, skills: [{ id: 'a' }, { id: 'a' }] }, executor: obey } }, /agents\.flight\.card\.skills\[1\]\.id must be unique/],
    [{ '': { card, executor: obey } }, /agents\[""\] is not an option/],
    [7, /agents must be an object or a function/]
  ]
  for (const [agents, error] of cases) {
    await t.rejects(async () => await Fastify().register(a2a, { agents, allowAnonymous: true } as AgentOptions), { code: 'A2A_ERR_OPTIONS', message: error })
  }
})

t.test('agents in a config file', async t => {
  const dir = t.testdir({
    'agent.mjs': 'export default task => "file: " + task.text\nexport const other = task => "other: " + task.text\n',
    'agents.yaml': `
executor: ./agent.mjs
agents:
  flight:
    card: { name: Flights, description: Finds flights }
  hotel:
    card: { name: Hotels, description: Finds hotels, skills: [{ id: rooms, handler: './agent.mjs#other' }] }
    limits: { parts: 1 }
`,
    'wrong.yaml': 'executor: ./agent.mjs\nagents:\n  flight:\n    card: { name: Flights, description: x }\n    executor: ./agent.mjs#none\n'
  })
  const app = await serve(t, { config: `${dir}/agents.yaml` })
  t.equal(answerOf(await send(app, 'flight')), 'file: Hello')
  t.equal(answerOf(await send(app, 'hotel')), 'other: Hello')
  await t.rejects(async () => await Fastify().register(a2a, { config: `${dir}/wrong.yaml` }), { message: /wrong\.yaml:5:5: agents\.flight\.executor names .*no export "none"/ })
})

t.test('a catalogue lists the agents of a server', async t => {
  const path = '/.well-known/ai-catalog.json'
  const silent = await serve(t, { agents: travel })
  t.equal((await silent.inject(path)).statusCode, 404, 'unless it is registered, there is none')

  const listed = Fastify()
  closeAfter(t, listed)
  await listed.register(catalogue, { host: { displayName: 'Travel Inc.' } })
  await listed.register(a2a, agent({ prefix: '/cars', publicUrl: 'https://cars.example/cars' }))
  await listed.register(a2a, { agents: travel, allowAnonymous: true, prefix: '/travel' })
  await listed.register(a2a, { agents: () => travel.flight, allowAnonymous: true, prefix: '/hidden' })
  const answer = await listed.inject({ url: path, headers: { host: 'agents.example' } })
  t.same(answer.json(), {
    specVersion: '1.0',
    host: { displayName: 'Travel Inc.' },
    entries: [
      { identifier: 'https://cars.example/cars', type: 'application/a2a-agent-card+json', url: 'https://cars.example/cars/.well-known/agent-card.json' },
      { identifier: 'http://agents.example/travel/flight', type: 'application/a2a-agent-card+json', url: 'http://agents.example/travel/flight/.well-known/agent-card.json' },
      { identifier: 'http://agents.example/travel/hotel', type: 'application/a2a-agent-card+json', url: 'http://agents.example/travel/hotel/.well-known/agent-card.json' }
    ]
  })
  t.match(answer.headers, { 'content-type': /^application\/ai-catalog\+json/, 'cache-control': 'public, max-age=300' })
  for (const entry of answer.json().entries.slice(1)) {
    t.equal((await listed.inject({ url: new URL(entry.url).pathname })).statusCode, 200, entry.url)
  }
  const { headers: { etag } } = answer
  t.equal((await listed.inject({ url: path, headers: { host: 'agents.example', 'if-none-match': etag } })).statusCode, 304)

  t.test('with the cards in it', async t => {
    const embedding = Fastify()
    closeAfter(t, embedding)
    await embedding.register(a2a, { agents: { ...travel, broken: { card: () => { throw new Error('gone') }, executor: obey } }, allowAnonymous: true })
    await embedding.register(catalogue, { embed: true, path: '/agents.json', maxAge: 5 })
    t.match((await embedding.inject('/agents.json')).json(), {
      entries: [
        { data: { name: 'Flights', supportedInterfaces: [{ tenant: 'flight' }, {}, {}] } }, { data: { name: 'Hotels' } }, { url: 'http://localhost:80/broken/.well-known/agent-card.json', data: undefined }
      ]
    })
  })

  t.test('not everybody may know of everything', async t => {
    const filtered = Fastify()
    closeAfter(t, filtered)
    filtered.decorateRequest('a2aPrincipal', null)
    filtered.addHook('onRequest', async request => { request.a2aPrincipal = { id: String(request.headers.user) } })
    await filtered.register(a2a, { agents: travel, card, executor: obey, allowAnonymous: false })
    await filtered.register(catalogue, { filter: async ({ tenant }, principal) => tenant === '' || principal?.id === tenant })
    const seen = async (user: string) => (await filtered.inject({ url: path, headers: { user } })).json().entries.length
    t.equal(await seen('flight'), 2)
    t.equal(await seen('nobody'), 1)
    t.equal((await filtered.inject(path)).headers['cache-control'], 'private, max-age=300')
  })
})

t.test('a caller without an id is no caller', async t => {
  const seen: Array<TaskContext['principal']> = []
  const app = Fastify()
  closeAfter(t, app)
  app.decorateRequest('a2aPrincipal', null)
  app.addHook('onRequest', async request => { request.a2aPrincipal = { id: '' } })
  await app.register(a2a, agent({ executor: task => { seen.push(task.principal) } }))
  t.match(await new RpcClient(app).error('SendMessage', sendParams('x')), { code: -32052 })
  t.equal((await new RestClient(app).get('/tasks')).status, 401)
  t.same(seen, [])
})
