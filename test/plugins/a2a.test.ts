/** Registration, encapsulation, and how the plugin lives with its host. */
import http2, { type ClientHttp2Session } from 'node:http2'
import { once } from 'node:events'
import formbody from '@fastify/formbody'
import { fastifySSE } from '@fastify/sse'
import Fastify, { type FastifyInstance } from 'fastify'
import { expectTypeOf } from 'expect-type'
import t, { type Test } from 'tap'
import type { AgentCard } from '../../schemas/v1/card.ts'
import type { Task } from '../../schemas/v1/common.ts'
import type { Executor, Principal } from '../../lib/agent/executor.ts'
import type { AgentOptions } from '../../lib/agent/options.ts'
import { createMemoryStore } from '../../lib/stores/memory/store.ts'
import type { TaskStore } from '../../lib/task/store.ts'
import a2a, { memoryStore, type A2AHost } from '../../plugins/index.ts'
import { certificate } from '../helpers/certificate.ts'
import { agent, card, closeAfter, echo, host, listen, logSink, obey } from '../helpers/host.ts'
import { message, message03, RpcClient, sendParams, type RpcBody } from '../helpers/rpc.ts'
import { openStream, responseOf } from '../helpers/sse.ts'
import { storeWith } from '../helpers/stores.ts'
import { until } from '../helpers/wait.ts'

t.test('registration', async t => {
  t.test('a card and an executor are enough', async t => {
    const app = Fastify()
    closeAfter(t, app)
    await app.register(a2a, { card, executor: echo })
    const task = await new RpcClient(app).send('Hello')
    t.equal(task.status.state, 'TASK_STATE_COMPLETED')
    t.match(task.artifacts, [{ parts: [{ text: 'Hello' }] }])
    t.equal((await app.inject('/.well-known/agent-card.json')).json().name, 'Test agent')
  })

  t.test('wrong options are refused, with the path of each', async t => {
    const cases: Array<[unknown, RegExp]> = [
      [{}, /^a2a options: card is missing/],
      [{ card }, /executor is missing/],
      [{ card: { ...card, skills: [{ id: 's', tags: 'travel' }] }, executor: echo }, /card\.skills\[0\]\.tags must be an array/],
      [{ card: { ...card, nam: 'x' }, executor: echo }, /card\.nam is not an option; did you mean name\?/],
      [{ card, executor: 5 }, /executor must be a function/],
      [{ card, executor: echo, prefix: 'agent' }, /prefix must be a path/],
      [{ card, executor: echo, publicUrl: 'agents.example' }, /publicUrl must be an absolute http/],
      [{ card, executor: echo, limits: { parts: 0 } }, /limits\.parts must be a whole number/],
      [{ card, executor: echo, store: {} }, /store must be a TaskStore/],
      [{ card, executor: echo, versions: ['2.0'] }, /versions\[0\] must be one of 1\.0, 0\.3/]
    ]
    for (const [options, expected] of cases) {
      const app = Fastify()
      // What an author without types might write.
      await t.rejects(async () => await app.register(a2a, options as AgentOptions), { code: 'A2A_ERR_OPTIONS', message: expected })
      await app.close()
    }
  })

  t.test('options are not changed', async t => {
    const options = Object.freeze({ card: Object.freeze({ ...card }), executor: echo, allowAnonymous: true })
    const before = structuredClone(options.card)
    const app = Fastify()
    closeAfter(t, app)
    await app.register(a2a, options)
    t.strictSame(options.card, before)
  })

  t.test('the decorators are there, and typed', async t => {
    const app = await host(t)
    expectTypeOf(app.a2a).toEqualTypeOf<A2AHost>()
    expectTypeOf(app.a2aStore).toEqualTypeOf<TaskStore>()
    app.get('/me', async request => {
      expectTypeOf(request.a2aPrincipal).toEqualTypeOf<Principal | null>()
      return { principal: request.a2aPrincipal }
    })
    const [hosted] = app.a2a.agents
    t.match(hosted, { id: 'default', prefix: '', activeTurns: 0 })
    t.equal((await hosted?.card('https://agents.example'))?.supportedInterfaces[0]?.url, 'https://agents.example/a2a')
    const { id } = await new RpcClient(app).send('Kept')
    t.equal((await app.a2aStore.get({ agent: 'default', tenant: '', owner: '' }, id))?.task.id, id)
    t.strictSame((await app.inject('/me')).json(), { principal: null })
  })

  t.test('options are typed', async () => {
    expectTypeOf<Parameters<typeof a2a>[1]>().toEqualTypeOf<AgentOptions>()
    expectTypeOf({ card, executor: async (task: { text: string }) => task.text }).toMatchTypeOf<AgentOptions>()
  })

  t.test('two agents at one place are refused', async t => {
    const app = Fastify()
    t.teardown(async () => { await app.close() })
    await app.register(a2a, agent())
    await t.rejects(async () => await app.register(a2a, agent()), { code: 'FST_ERR_DUPLICATED_ROUTE' })
  })
})

t.test('who may call', async t => {
  const production = async (t: Test, options: Partial<AgentOptions>) => {
    const before = process.env.NODE_ENV
    process.env.NODE_ENV = 'production'
    t.teardown(() => {
      if (before === undefined) delete process.env.NODE_ENV
      else process.env.NODE_ENV = before
    })
    const app = Fastify()
    closeAfter(t, app)
    await app.register(a2a, { card, executor: echo, ...options })
    return app
  }

  t.test('an agent without a say on it warns at start', async t => {
    const logger = logSink()
    await host(t, { allowAnonymous: undefined, server: { logger } })
    t.match(logger.lines.filter(({ level }) => level === 40), [{ agent: 'default', msg: /serves anonymous callers/ }])
  })

  t.test('one that has its say does not', async t => {
    const logger = logSink()
    await host(t, { server: { logger } })
    t.strictSame(logger.lines.filter(({ level }) => level === 40), [])
  })

  t.test('in production it must have its say', async t => {
    await t.rejects(production(t, {}), { code: 'A2A_ERR_OPTIONS', message: /security or allowAnonymous must be set in production/ })
    const open = await production(t, { allowAnonymous: true })
    t.equal((await new RpcClient(open).send('Hello')).status.state, 'TASK_STATE_COMPLETED')
  })

  t.test('without anonymous callers, everything but the public card needs a principal', async t => {
    const app = await host(t, { allowAnonymous: false })
    const rpc = new RpcClient(app)
    for (const method of ['SendMessage', 'SendStreamingMessage', 'GetTask', 'ListTasks', 'CancelTask', 'SubscribeToTask']) {
      const params = method.startsWith('Send') ? sendParams('Hello') : method === 'ListTasks' ? {} : { id: 'x' }
      const { status, body } = await rpc.ask(method, params)
      t.equal(status, 401, method)
      t.match(body, { jsonrpc: '2.0', id: 1, error: { code: -32052, data: [{ reason: 'UNAUTHENTICATED' }] } }, method)
    }
    t.equal((await app.inject('/.well-known/agent-card.json')).statusCode, 200)
  })

  t.test('tasks belong to the principal that a hook has set', async t => {
    const app = Fastify()
    closeAfter(t, app)
    app.decorateRequest('a2aPrincipal', null)
    app.addHook('onRequest', async request => {
      const id = request.headers['x-user']
      if (typeof id === 'string') request.a2aPrincipal = { id }
    })
    const referenced: string[][] = []
    await app.register(a2a, agent({
      allowAnonymous: false,
      executor: async task => {
        referenced.push(task.referencedTasks.map(({ id }) => id))
        return await obey(task)
      }
    }))
    const alice = new RpcClient(app, { headers: { 'x-user': 'alice' } })
    const bob = new RpcClient(app, { headers: { 'x-user': 'bob' } })
    const bobs03 = new RpcClient(app, { version: '0.3', headers: { 'x-user': 'bob' } })

    const { id, contextId } = await alice.send('ask')
    const notFound = { code: -32001 }
    t.match(await bob.error('GetTask', { id }), notFound)
    t.match(await bob.error('CancelTask', { id }), notFound)
    t.match(await bob.error('SubscribeToTask', { id }), notFound)
    t.match(await bob.error('SendMessage', sendParams('more', { message: { taskId: id } })), notFound)
    t.match(await bob.error('SendStreamingMessage', sendParams('more', { message: { taskId: id } })), notFound)
    t.match(await bobs03.error('tasks/get', { id }), notFound)
    t.match(await bobs03.error('tasks/cancel', { id }), notFound)
    t.match(await bobs03.error('tasks/resubscribe', { id }), notFound)
    t.match(await bobs03.error('message/send', { message: message03('more', { taskId: id }) }), notFound)
    t.match(await bob.result('ListTasks'), { tasks: [], totalSize: 0 })
    t.match(await bob.result('ListTasks', { contextId }), { tasks: [], totalSize: 0 })

    t.match(await bob.error('SendMessage', sendParams('mine', { message: { contextId } })), { code: -32602 })
    const own = await bob.send('mine', { message: { referenceTaskIds: [id] } })
    t.not(own.id, id)
    t.strictSame(referenced.at(-1), [], 'a task of somebody else is as if it did not exist')
    t.match(await bob.result('ListTasks', { contextId: own.contextId }), { tasks: [{ id: own.id }], totalSize: 1 })
    t.match(await alice.result('ListTasks', { contextId }), { tasks: [{ id }], totalSize: 1 })

    await alice.send('and this', { message: { referenceTaskIds: [id, own.id] } })
    t.strictSame(referenced.at(-1), [id])
    t.equal((await alice.get(id)).status.state, 'TASK_STATE_INPUT_REQUIRED', 'nothing has touched it')
    t.equal((await app.inject({ method: 'POST', url: '/a2a', payload: {} })).statusCode, 200, 'who may not call still learns what is wrong with a request')
    t.equal((await new RpcClient(app).ask('GetTask', { id })).status, 401)
  })
})

t.test('several agents in one server', async t => {
  const app = Fastify()
  closeAfter(t, app)
  const says = (answer: string): Executor => task => `${answer}: ${task.text}`
  await app.register(a2a, agent({ card: { ...card, name: 'Flights' }, executor: says('flights'), prefix: '/flights' }))
  await app.register(a2a, agent({ card: { ...card, name: 'Hotels' }, executor: says('hotels'), prefix: '/hotels/', versions: ['1.0'] }))
  await app.register(a2a, agent({ card: { ...card, name: 'Trips' }, executor: says('trips') }))
  const flights = new RpcClient(app, { url: '/flights/a2a' })
  const hotels = new RpcClient(app, { url: '/hotels/a2a' })
  const trips = new RpcClient(app)

  t.test('each has its card', async t => {
    for (const [prefix, name] of [['/flights', 'Flights'], ['/hotels', 'Hotels'], ['', 'Trips']]) {
      const { name: found, supportedInterfaces } = (await app.inject(`${prefix}/.well-known/agent-card.json`)).json<AgentCard>()
      t.equal(found, name)
      t.equal(supportedInterfaces[0]?.url, `http://localhost:80${prefix}/a2a`)
    }
    t.strictSame(app.a2a.agents.map(({ id, prefix }) => ({ id, prefix })), [
      { id: '/flights', prefix: '/flights' }, { id: '/hotels', prefix: '/hotels' }, { id: 'default', prefix: '' }
    ])
  })

  t.test('each has its executor and its settings', async t => {
    t.match((await flights.send('x')).artifacts, [{ parts: [{ text: 'flights: x' }] }])
    t.match((await hotels.send('x')).artifacts, [{ parts: [{ text: 'hotels: x' }] }])
    t.match((await trips.send('x')).artifacts, [{ parts: [{ text: 'trips: x' }] }])
    t.match(await new RpcClient(app, { url: '/hotels/a2a', version: '0.3' }).error('tasks/get', { id: 'x' }), { code: -32009 })
  })

  t.test('each has its tasks, though they share a store', async t => {
    const { id } = await flights.send('only here')
    t.equal((await flights.get(id)).id, id)
    for (const other of [hotels, trips]) {
      t.match(await other.error('GetTask', { id }), { code: -32001 })
      const { tasks } = await other.result<{ tasks: Task[] }>('ListTasks')
      t.notOk(tasks.some(task => task.id === id))
    }
  })

  t.test('the same prefix option in two scopes is two places', async t => {
    const app = Fastify()
    closeAfter(t, app)
    await app.register(memoryStore)
    for (const prefix of ['/v1', '/v2']) {
      await app.register(async scope => { await scope.register(a2a, agent({ prefix: '/agent' })) }, { prefix })
    }
    const { id } = await new RpcClient(app, { url: '/v1/agent/a2a' }).send('Hello')
    t.match(await new RpcClient(app, { url: '/v2/agent/a2a' }).error('GetTask', { id }), { code: -32001 })
  })

  t.test('an id of one\'s own names the agent in the store', async t => {
    const store = createMemoryStore()
    const first = await host(t, { id: 'flights', store: storeWith({ close: async () => {} }, store) })
    const { id } = await new RpcClient(first).send('Hello')
    await first.close()
    const second = await host(t, { id: 'flights', prefix: '/moved', store })
    t.equal((await new RpcClient(second, { url: '/moved/a2a' }).get(id)).id, id)
  })
})

t.test('the host stays as it was', async t => {
  const build = async (register: (app: FastifyInstance) => Promise<void>) => {
    const app = Fastify()
    closeAfter(t, app)
    await app.register(formbody)
    app.addContentTypeParser('text/csv', { parseAs: 'string' }, (_request, body, done) => done(null, String(body).split(',')))
    app.setErrorHandler<Error & { statusCode?: number }>((error, _request, reply) => reply.code(error.statusCode ?? 500).send({ host: error.message }))
    app.setNotFoundHandler((request, reply) => reply.code(404).send({ lost: request.url }))
    await register(app)
    app.post('/echo', async ({ body }) => ({ body }))
    app.post('/strict', { schema: { body: { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } } } }, async ({ body }) => ({ body }))
    app.get('/fails', async () => { throw new Error('host failure') })
    return app
  }
  const bare = await build(async () => {})
  const hosting = await build(async app => {
    await app.register(a2a, agent({ bindings: ['JSONRPC'] }))
    await app.register(a2a, agent({ prefix: '/second' }))
  })

  const requests = [
    { name: 'a form', method: 'POST', url: '/echo', headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload: 'a=1&b=2' },
    { name: 'a type that the host parses', method: 'POST', url: '/echo', headers: { 'content-type': 'text/csv' }, payload: '1,2' },
    { name: 'JSON', method: 'POST', url: '/echo', headers: { 'content-type': 'application/json' }, payload: '{"a":1}' },
    { name: 'JSON that is none', method: 'POST', url: '/echo', headers: { 'content-type': 'application/json' }, payload: '{' },
    { name: 'a type that nobody parses', method: 'POST', url: '/echo', headers: { 'content-type': 'application/xml' }, payload: '<a/>' },
    { name: 'a body that does not validate', method: 'POST', url: '/strict', headers: { 'content-type': 'application/json' }, payload: '{"n":"x"}' },
    { name: 'a body that is coerced', method: 'POST', url: '/strict', headers: { 'content-type': 'application/json' }, payload: '{"n":"5"}' },
    { name: 'a failure', method: 'GET', url: '/fails' },
    { name: 'an unknown path', method: 'GET', url: '/nowhere' },
    { name: 'a path beside the agent', method: 'GET', url: '/a2a/nowhere' },
    { name: 'another method on the agent', method: 'GET', url: '/a2a' }
  ] as const
  for (const { name, ...request } of requests) {
    t.test(name, async t => {
      const [expected, found] = [await bare.inject(request), await hosting.inject(request)]
      t.equal(found.statusCode, expected.statusCode)
      t.equal(found.body, expected.body)
      t.equal(found.headers['content-type'], expected.headers['content-type'])
    })
  }
  t.test('while its own routes do their work', async t => {
    t.equal((await new RpcClient(hosting).send('Hello')).status.state, 'TASK_STATE_COMPLETED')
    t.match(await new RpcClient(hosting, { url: '/second/a2a' }).error('Nope'), { code: -32601 })
  })
})

t.test('hooks of the host', async t => {
  t.test('run on the routes of the plugin, and only the host\'s run on the host\'s', async t => {
    const seen: string[] = []
    const app = Fastify()
    closeAfter(t, app)
    app.addHook('onRequest', async ({ url }) => { seen.push(`onRequest ${url}`) })
    app.addHook('preHandler', async ({ url }) => { seen.push(`preHandler ${url}`) })
    app.addHook('onSend', async ({ url }, reply) => {
      seen.push(`onSend ${url}`)
      reply.header('x-host', 'yes')
    })
    app.addHook('onResponse', async ({ url }) => { seen.push(`onResponse ${url}`) })
    await app.register(a2a, agent())
    app.get('/own', async () => 'own')
    const all = (url: string) => ['onRequest', 'preHandler', 'onSend', 'onResponse'].map(hook => `${hook} ${url}`)

    const { headers } = await new RpcClient(app).ask('SendMessage', sendParams('Hello'))
    t.equal(headers['x-host'], 'yes')
    await app.inject('/.well-known/agent-card.json')
    await app.inject('/own')
    t.strictSame(seen, [...all('/a2a'), ...all('/.well-known/agent-card.json'), ...all('/own')])
  })

  t.test('one that throws is answered in JSON-RPC', async t => {
    class HookError extends Error {
      readonly statusCode: number
      constructor (statusCode: number) {
        super(`no: ${statusCode}`)
        this.statusCode = statusCode
      }
    }
    for (const hook of ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const) {
      let thrown = 401
      const app = Fastify()
      closeAfter(t, app)
      app.addHook(hook, async () => { throw new HookError(thrown) })
      await app.register(a2a, agent())
      const expected = { 401: [401, -32052, 'no: 401'], 403: [403, -32053, 'no: 403'], 429: [429, -32051, 'no: 429'], 503: [503, -32050, 'no: 503'], 418: [418, -32600, 'no: 418'], 500: [200, -32603, 'Internal error'] } as const
      for (const [status, [answered, code, text]] of Object.entries(expected)) {
        thrown = Number(status)
        const { status: found, body, headers } = await new RpcClient(app).ask('ListTasks')
        t.equal(found, answered, `${hook} ${status}`)
        t.match(body, { jsonrpc: '2.0', id: null, error: { code, message: text } }, `${hook} ${status}`)
        t.match(headers['content-type'], /^application\/json/)
      }
    }
  })

  t.test('onError sees the status that is answered', async t => {
    const seen: unknown[] = []
    const app = Fastify()
    closeAfter(t, app)
    app.addHook('onError', async (_request, _reply, error) => { seen.push(error.statusCode) })
    await app.register(a2a, { ...agent(), allowAnonymous: undefined, security: { schemes: { key: { type: 'apiKey', keys: [{ key: 'secret', id: 'ada' }] } } } })
    t.equal((await app.inject('/a2a/tasks')).statusCode, 401)
    t.equal((await app.inject({ method: 'POST', url: '/a2a', body: {} })).statusCode, 401)
    t.strictSame(seen, [401, 401])
  })

  t.test('one that replies by itself has the last word', async t => {
    const app = Fastify()
    closeAfter(t, app)
    app.addHook('onRequest', async (_request, reply) => reply.code(402).send({ pay: true }))
    let ran = false
    await app.register(a2a, agent({ executor: () => { ran = true } }))
    const { status, text } = await new RpcClient(app).ask('SendMessage', sendParams('Hello'))
    t.equal(status, 402)
    t.equal(text, '{"pay":true}')
    t.notOk(ran)
    t.equal((await app.inject('/.well-known/agent-card.json')).statusCode, 402)
  })

  t.test('hooks of one agent\'s scope are its own', async t => {
    const app = Fastify()
    closeAfter(t, app)
    await app.register(async scope => {
      scope.addHook('onRequest', async () => { throw Object.assign(new Error('members only'), { statusCode: 403 }) })
      await scope.register(a2a, agent({ prefix: '/closed' }))
    })
    await app.register(a2a, agent({ prefix: '/open' }))
    t.equal((await new RpcClient(app, { url: '/closed/a2a' }).ask('ListTasks')).status, 403)
    t.equal((await new RpcClient(app, { url: '/open/a2a' }).ask('ListTasks')).status, 200)
  })

  for (const hasSse of [false, true]) {
    t.test(`handlers that onRoute has wrapped are called, ${hasSse ? 'also where the host has @fastify/sse' : 'once each'}`, async t => {
      const app = Fastify()
      closeAfter(t, app)
      if (hasSse) await app.register(fastifySSE)
      const wrapped: string[] = []
      app.addHook('onRoute', route => {
        const { handler } = route
        route.handler = function (request, reply) {
          wrapped.push(request.url)
          return handler.call(this, request, reply)
        }
      })
      await app.register(a2a, agent())
      await new RpcClient(app).send('Hello')
      t.same(wrapped, ['/a2a'])
      await new RpcClient(app).stream('SendStreamingMessage', sendParams('Hello'))
      t.same(wrapped, ['/a2a', '/a2a'])
      await app.inject({ method: 'POST', url: '/a2a/message:send', headers: { 'a2a-version': '1.0' }, payload: sendParams('Hello') })
      t.same(wrapped.slice(2), ['/a2a/message:send'])
    })
  }

  t.test('onSend sees a unary answer as text, and may leave streams alone', async t => {
    const app = Fastify()
    closeAfter(t, app)
    const payloads: unknown[] = []
    app.addHook('onSend', async (_request, _reply, payload) => { payloads.push(payload) })
    await app.register(a2a, agent())
    const { text } = await new RpcClient(app).ask('ListTasks')
    t.strictSame(payloads, [text])
    const events = await new RpcClient(app).stream('SendStreamingMessage', sendParams('Hello'))
    t.equal(events.length, 3)
  })
})

t.test('where it is', async t => {
  t.test('in a scope with a prefix', async t => {
    const app = Fastify()
    closeAfter(t, app)
    await app.register(async scope => { await scope.register(a2a, agent({ prefix: '/agent' })) }, { prefix: '/api' })
    const { supportedInterfaces } = (await app.inject('/api/agent/.well-known/agent-card.json')).json<AgentCard>()
    t.equal(supportedInterfaces[0]?.url, 'http://localhost:80/api/agent/a2a')
    t.equal((await new RpcClient(app, { url: '/api/agent/a2a' }).send('Hello')).status.state, 'TASK_STATE_COMPLETED')
    t.notOk(app.hasDecorator('a2a'), 'the decorators are of the scope that registered it')
  })

  t.test('with and without a trailing slash', async t => {
    for (const server of [{}, { ignoreTrailingSlash: true }, { routerOptions: { ignoreTrailingSlash: true } }]) {
      const app = await host(t, { server })
      for (const url of ['/a2a', '/a2a/']) {
        t.equal((await new RpcClient(app, { url }).send('Hello')).status.state, 'TASK_STATE_COMPLETED', `${JSON.stringify(server)} ${url}`)
      }
    }
  })

  t.test('at paths of one\'s own', async t => {
    const app = await host(t, { paths: { rpc: '/', card: '/card.json', legacyCard: false }, prefix: '/me' })
    t.equal((await app.inject('/me/card.json')).json<AgentCard>().supportedInterfaces[0]?.url, 'http://localhost:80/me/')
    t.equal((await app.inject('/me/.well-known/agent.json')).statusCode, 404)
    for (const url of ['/me', '/me/']) t.equal((await new RpcClient(app, { url }).send('Hello')).status.state, 'TASK_STATE_COMPLETED', url)
  })

  t.test('behind a proxy', async t => {
    const headers = { host: 'internal:3000', 'x-forwarded-host': 'agents.example', 'x-forwarded-proto': 'https' }
    const urlOf = async (app: FastifyInstance, url = '/.well-known/agent-card.json') =>
      (await app.inject({ url, headers })).json<AgentCard>().supportedInterfaces[0]?.url

    t.equal(await urlOf(await host(t)), 'http://internal:3000/a2a', 'nobody is believed without trustProxy')
    t.equal(await urlOf(await host(t, { server: { trustProxy: true } })), 'https://agents.example/a2a')
    t.equal(await urlOf(await host(t, { server: { trustProxy: '10.0.0.1' } })), 'http://internal:3000/a2a', 'this proxy is not the trusted one')
    t.equal(await urlOf(await host(t, { publicUrl: 'https://public.example/x/' })), 'https://public.example/x/a2a')
    t.equal(await urlOf(await host(t, { publicUrl: 'https://public.example', prefix: '/y' }), '/y/.well-known/agent-card.json'), 'https://public.example/a2a')
  })

  t.test('streams are counted per client, and the client behind a trusted proxy is the one that it names', async t => {
    const app = await host(t, { executor: obey, limits: { streams: 1 }, server: { trustProxy: true } })
    const url = `${await listen(app)}/a2a`
    const open = (client: string) => openStream(url, { method: 'SendStreamingMessage', params: sendParams('stay'), headers: { 'x-forwarded-for': client } })
    const [first, second, third] = [await open('1.1.1.1'), await open('2.2.2.2'), await open('1.1.1.1')]
    t.match([first, second, third].map(({ status }) => status), [200, 200, 429])
    await Promise.all([first, second, third].map(stream => stream.cut()))
  })
})

t.test('a host that has @fastify/sse already', async t => {
  const app = Fastify()
  closeAfter(t, app)
  await app.register(fastifySSE, { heartbeatInterval: 5 })
  await app.register(a2a, agent())
  app.get('/own', { sse: 'only' }, async (_request, reply) => { await reply.sse.send({ data: 'own' }) })
  const events = await new RpcClient(app).stream('SendStreamingMessage', sendParams('Hello'))
  t.match(events, [{ task: {} }, { artifactUpdate: {} }, { statusUpdate: { status: { state: 'TASK_STATE_COMPLETED' } } }])
  t.match((await app.inject({ url: '/own', headers: { accept: 'text/event-stream' } })).body, /data: "own"/)
})

t.test('HTTP/2', async t => {
  const check = async (t: Test, session: ClientHttp2Session, url: string) => {
    t.teardown(() => session.close())
    const post = async (method: string, params: object) => {
      const stream = session.request({ ':method': 'POST', ':path': '/a2a', 'content-type': 'application/json', 'a2a-version': '1.0' })
      stream.end(JSON.stringify({ jsonrpc: '2.0', id: 7, method, params }))
      const [headers] = await once(stream, 'response')
      let text = ''
      for await (const chunk of stream.setEncoding('utf8')) text += chunk
      return { headers, text }
    }
    const unary = await post('SendMessage', sendParams('Hello'))
    t.equal(unary.headers[':status'], 200)
    t.match(JSON.parse(unary.text) as RpcBody, { id: 7, result: { task: { status: { state: 'TASK_STATE_COMPLETED' } } } })
    const streamed = await post('SendStreamingMessage', sendParams('Hello'))
    t.equal(streamed.headers['content-type'], 'text/event-stream')
    t.strictSame([...streamed.text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => id), ['1', '2', '3'])
    t.match(await post('SendStreamingMessage', {}), { headers: { ':status': 200, 'content-type': /json/ }, text: /-32602/ })

    const card = session.request({ ':path': '/.well-known/agent-card.json' })
    const text = (await card.setEncoding('utf8').toArray()).join('')
    t.equal((JSON.parse(text) as AgentCard).supportedInterfaces[0]?.url, `${url}/a2a`)
  }

  t.test('cleartext', async t => {
    const app = Fastify({ http2: true })
    closeAfter(t, app)
    await app.register(a2a, agent())
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    await check(t, http2.connect(url), url)
  })

  t.test('over TLS', async t => {
    const { key, cert } = certificate()
    const app = Fastify({ http2: true, https: { key, cert } })
    closeAfter(t, app)
    await app.register(a2a, agent())
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    await check(t, http2.connect(url, { ca: cert }), url)
  })

  t.test('a reader that goes away leaves nothing behind', async t => {
    const app = Fastify({ http2: true })
    closeAfter(t, app)
    await app.register(a2a, agent({ executor: obey, limits: { streams: 1 } }))
    const session = http2.connect(await app.listen({ port: 0, host: '127.0.0.1' }))
    t.teardown(() => session.close())
    const open = async () => {
      const stream = session.request({ ':method': 'POST', ':path': '/a2a', 'content-type': 'application/json', 'a2a-version': '1.0' })
      stream.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'SendStreamingMessage', params: sendParams('stay') }))
      const [headers] = await once(stream, 'response')
      const status: unknown = headers[':status']
      stream.resume()
      stream.on('error', () => {})
      return { stream, status }
    }
    for (let round = 0; round < 5; round++) {
      let opened = await open()
      // The server learns of a reset a moment later.
      while (opened.status === 429) opened = await open()
      t.equal(opened.status, 200)
      opened.stream.close(http2.constants.NGHTTP2_CANCEL)
      await once(opened.stream, 'close')
    }
  })
})

t.test('logs', async t => {
  t.test('logLevel holds for the routes of the plugin', async t => {
    const logger = logSink()
    const app = await host(t, { logLevel: 'error', server: { logger } })
    app.get('/own', async () => 'own')
    await new RpcClient(app).ask('ListTasks')
    await app.inject('/own')
    const urls = logger.lines.flatMap(({ req }) => (req as { url: string } | undefined)?.url ?? [])
    t.strictSame(urls, ['/own'])
  })

  t.test('what an executor logs carries the request and the task', async t => {
    const logger = logSink()
    const app = await host(t, { executor: task => { task.log.info({ mark: true }, 'from the executor') }, server: { logger } })
    const { id } = await new RpcClient(app).send('Hello')
    t.match(logger.lines.filter(line => line.mark === true), [{ taskId: id, reqId: 'req-1', msg: 'from the executor' }])
  })
})

t.test('stores', async t => {
  t.test('a store plugin serves all agents', async t => {
    const app = Fastify()
    closeAfter(t, app)
    await app.register(memoryStore, { maxTasks: 2 })
    const store = app.a2aStore
    await app.register(a2a, agent())
    t.equal(app.a2aStore, store)
    const rpc = new RpcClient(app)
    const ids = [await rpc.send('1'), await rpc.send('2'), await rpc.send('3')].map(({ id }) => id)
    t.match(await rpc.result('ListTasks'), { totalSize: 2, tasks: [{ id: ids[2] }, { id: ids[1] }] })
    t.match(await rpc.error('GetTask', { id: ids[0] }), { code: -32001 })
  })

  t.test('the option store wins, and stays open for its owner', async t => {
    let closed = 0
    const own = storeWith({ close: async () => { closed++ } })
    const app = Fastify()
    await app.register(memoryStore)
    await app.register(a2a, agent({ store: own, id: 'mine' }))
    const { id } = await new RpcClient(app).send('Hello')
    const scope = { agent: 'mine', tenant: '', owner: '' }
    t.equal((await own.get(scope, id))?.task.id, id)
    t.equal(await app.a2aStore.get(scope, id), undefined)
    await app.close()
    t.equal(closed, 0)
  })

  t.test('the plugin\'s own store is closed with the server', async t => {
    const app = Fastify()
    await app.register(a2a, agent())
    const { id } = await new RpcClient(app).send('Hello')
    const store = app.a2aStore
    await app.close()
    t.equal(await store.get({ agent: 'default', tenant: '', owner: '' }, id), undefined)
  })
})

t.test('a message to a stream survives its sender', async t => {
  // The wire never decides a task's fate: the task goes on when its client is gone.
  let finish = () => {}
  const app = await host(t, {
    executor: async task => {
      await task.working('on it')
      await new Promise<void>(resolve => { finish = resolve })
      return 'done'
    }
  })
  const stream = await openStream(`${await listen(app)}/a2a`, { method: 'SendStreamingMessage', params: { message: message('go') } })
  const first = responseOf(await stream.next())
  const id = 'task' in first ? first.task.id : ''
  await stream.until(event => event.data.includes('on it'))
  await stream.cut()
  finish()
  const rpc = new RpcClient(app)
  await until(async () => (await rpc.get(id)).status.state !== 'TASK_STATE_WORKING')
  t.match(await rpc.get(id), { status: { state: 'TASK_STATE_COMPLETED' }, artifacts: [{ parts: [{ text: 'done' }] }] })
})
