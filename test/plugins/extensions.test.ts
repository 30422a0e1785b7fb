/** Extensions of the protocol: declared, activated, required, and at work. */
import Fastify from 'fastify'
import { expectTypeOf } from 'expect-type'
import t from 'tap'
import type { AgentCard } from '../../schemas/v1/card.ts'
import type { Message, StreamResponse, Task } from '../../schemas/v1/common.ts'
import type { TaskContext } from '../../lib/agent/executor.ts'
import type { AgentOptions } from '../../lib/agent/options.ts'
import a2a, { A2AError, defineExtension, timestamp, timestampUri, traceability, traceabilityUri, type Extension, type Trace } from '../../plugins/index.ts'
import { agent, card, closeAfter, host, listen, logSink } from '../helpers/host.ts'
import { message, message03, RpcClient, sendParams } from '../helpers/rpc.ts'
import { RestClient } from '../helpers/rest.ts'
import { openStream } from '../helpers/sse.ts'

const uri = 'https://example.com/extensions/test/v1'
const other = 'https://example.com/extensions/other/v1'
const active = (...uris: string[]) => ({ 'a2a-extensions': uris.join(',') })

t.test('the card declares extensions', async t => {
  const extension = defineExtension({ uri, description: 'For tests', required: true, params: { depth: 2 }, onCard: card => ({ ...card, description: `${card.description}, with an extension` }) })
  const byCard = defineExtension({ uri: other, params: card => card.skills.length > 1 ? { skills: card.skills.length } : undefined })
  const app = await host(t, { extensions: [extension, byCard], card: { ...card, extensions: [{ uri: 'urn:x:own' }] } })
  const published = (await app.inject('/.well-known/agent-card.json')).json<AgentCard>()
  t.same(published.capabilities.extensions, [{ uri: 'urn:x:own' }, { uri, description: 'For tests', required: true, params: { depth: 2 } }])
  t.equal(published.description, 'Does what its message says, with an extension')

  const two = await host(t, { extensions: [byCard], card: { ...card, skills: [{ id: 'a' }, { id: 'b', inputSchema: {} }] } })
  t.match((await two.inject('/.well-known/agent-card.json')).json<AgentCard>().capabilities.extensions, [{ uri: other, params: { skills: 2 } }, { uri: /skill-schema/ }])

  const own = await host(t, { extensions: [extension], card: { ...card, extensions: [{ uri, description: 'The author has the last word' }] } })
  t.same((await own.inject('/.well-known/agent-card.json')).json<AgentCard>().capabilities.extensions, [{ uri, description: 'The author has the last word' }])
})

t.test('a request activates extensions, and the answer says which', async t => {
  const seen: string[][] = []
  const app = await host(t, { extensions: [defineExtension({ uri })], card: { ...card, extensions: [{ uri: other }] }, executor: task => { seen.push([...task.extensions]) } })
  const rpc = new RpcClient(app)
  const echoed = async (method: string, params: unknown, headers = {}) => (await rpc.ask(method, params, headers)).headers['a2a-extensions']
  t.equal(await echoed('SendMessage', sendParams('x'), active(uri)), uri)
  t.equal(await echoed('SendMessage', sendParams('x'), active('urn:x:unknown', other, ` ${uri} `, uri)), `${other}, ${uri}`, 'each once, without those that are not known')
  t.equal(await echoed('SendMessage', sendParams('x'), active('urn:x:unknown')), undefined)
  t.equal(await echoed('SendMessage', sendParams('x')), undefined)
  t.equal(await echoed('ListTasks', {}, active(uri)), uri, 'every operation')
  t.equal(await echoed('GetTask', { id: 'none' }, active(uri)), uri, 'errors, too')
  t.strictSame(seen, [[uri], [other, uri], [], []])

  const old = new RpcClient(app, { version: '0.3' })
  t.equal((await old.ask('message/send', { message: message03('x') }, { 'x-a2a-extensions': uri })).headers['a2a-extensions'], uri)

  t.test('over HTTP, headers repeated, before the first byte of a stream', async t => {
    const url = await listen(app)
    const response = await fetch(`${url}/a2a`, {
      method: 'POST',
      headers: [['content-type', 'application/json'], ['a2a-version', '1.0'], ['a2a-extensions', uri], ['a2a-extensions', other]],
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ListTasks' })
    })
    t.equal(response.headers.get('a2a-extensions'), `${uri}, ${other}`)
    await response.text()
    const stream = await openStream(`${url}/a2a`, { method: 'SendStreamingMessage', params: sendParams('x'), headers: active(uri) })
    t.equal(stream.headers['a2a-extensions'], uri)
    await stream.all()
  })

  t.test('over HTTP+JSON', async t => {
    const rest = new RestClient(app)
    t.equal((await rest.post('/message:send', sendParams('x'), active(uri))).headers['a2a-extensions'], uri)
    t.equal((await rest.get('/tasks', active(uri))).headers['a2a-extensions'], uri)
  })
})

t.test('an extension may be required', async t => {
  const required = defineExtension({ uri, required: true })
  const everywhere = defineExtension({ uri: other, required: true, requiredFor: ['SendMessage', 'GetTask', 'ListTasks', 'CancelTask', 'SubscribeToTask', 'GetExtendedAgentCard'] })
  const refused = { code: -32008, data: [{ reason: 'EXTENSION_SUPPORT_REQUIRED', metadata: { extensions: uri } }] }

  t.test('of who sends a message', async t => {
    const rpc = new RpcClient(await host(t, { extensions: [required] }))
    for (const method of ['SendMessage', 'SendStreamingMessage']) t.match(await rpc.error(method, sendParams('x')), refused, method)
    t.match(await rpc.error('SendMessage', sendParams('x'), active('urn:x:other')), refused)
    t.match(await rpc.result('SendMessage', sendParams('x'), active(uri)), { task: {} })
    t.match(await rpc.result('SendMessage', sendParams('x', { message: { extensions: [uri] } })), { task: {} }, 'a message may declare it itself')
    t.match(await rpc.result('ListTasks'), { totalSize: 2 }, 'other operations go without')
  })

  t.test('of whatever it names', async t => {
    const app = await host(t, { extensions: [everywhere] })
    const rpc = new RpcClient(app)
    const id = (await rpc.send('x').catch(() => undefined))?.id ?? 'x'
    for (const [method, params] of [['SendMessage', sendParams('x')], ['GetTask', { id }], ['ListTasks', {}], ['CancelTask', { id }], ['SubscribeToTask', { id }], ['GetExtendedAgentCard', {}]] as const) {
      t.equal((await rpc.error(method, params)).code, -32008, method)
      t.not((await rpc.ask(method, params, active(other))).body.error?.code, -32008, method)
    }
    t.equal((await new RpcClient(app, { version: '0.3' }).error('tasks/get', { id })).code, -32008)
    t.match(await new RestClient(app).get('/tasks'), { status: 400, body: { error: { status: 'FAILED_PRECONDITION' } } })
    t.equal((await app.inject('/.well-known/agent-card.json')).statusCode, 200)
  })
})

t.test('hooks see the request, the message and the events', async t => {
  const counting = defineExtension({
    uri,
    onRequest: async ({ header, operation, principal, tenant, extensions }) => ({ events: 0, said: [header('x-count'), operation, principal, tenant, extensions] }),
    onMessage: (message, { state }) => {
      expectTypeOf(state.events).toBeNumber()
      return message.parts[0]?.text === 'leave' ? undefined : { ...message, messageId: 'forged', parts: [{ text: `seen: ${message.parts[0]?.text}` }] }
    },
    onEvent: (event, { state }) => {
      state.events++
      if (!('artifactUpdate' in event)) return undefined
      return { artifactUpdate: { ...event.artifactUpdate, metadata: { number: state.events } } }
    }
  })
  let state: unknown
  const app = await host(t, {
    extensions: [counting],
    async * executor (task) {
      state = counting.of(task)
      yield task.working()
      return `${task.message.messageId} ${task.text}`
    }
  })
  const rpc = new RpcClient(app)
  const events = await rpc.stream<StreamResponse>('SendStreamingMessage', { ...sendParams('Hi', { message: { messageId: 'm' } }), tenant: 'acme' }, { ...active(uri), 'x-count': '7' })
  t.match(state, { events: 3, said: ['7', 'SendStreamingMessage', undefined, 'acme', [uri]] })
  t.match(events, [{ task: { history: [{ messageId: 'm', parts: [{ text: 'seen: Hi' }] }] } }, { statusUpdate: {} }, { artifactUpdate: { metadata: { number: 2 }, artifact: { parts: [{ text: 'm seen: Hi' }] } } }, { statusUpdate: {} }])

  await rpc.send('Hi')
  t.equal(state, undefined, 'where it is not active, nothing happens')
  const plain = await rpc.stream<StreamResponse>('SendStreamingMessage', sendParams('leave'), active(uri))
  t.match(plain, [{ task: { history: [{ parts: [{ text: 'leave' }] }] } }, {}, {}, {}])
})

t.test('a reply is seen, too', async t => {
  const extension = defineExtension({ uri, onEvent: event => 'message' in event ? { message: { ...event.message, metadata: { seen: true } } } : undefined })
  const rpc = new RpcClient(await host(t, { extensions: [extension], executor: async task => { await task.reply('Just a message') } }))
  t.match(await rpc.result('SendMessage', sendParams('x'), active(uri)), { message: { parts: [{ text: 'Just a message' }], metadata: { seen: true } } })
})

t.test('extensions see what the ones before them have left', async t => {
  const add = (uri: string, text: string) => defineExtension({ uri, onMessage: message => ({ ...message, parts: [...message.parts, { text }] }) })
  const rpc = new RpcClient(await host(t, { extensions: [add(uri, 'a'), add(other, 'b')] }))
  const { task } = await rpc.result<{ task: Task }>('SendMessage', sendParams('x'), active(other, uri))
  t.equal(task.artifacts?.[0]?.parts[0]?.text, 'x\na\nb', 'in the order of the options')
})

t.test('what an extension does wrong', async t => {
  const executor = () => 'fine'
  t.test('fails the request or the task, and stays inside', async t => {
    const cases: Array<[Partial<Extension>, (answer: unknown) => void]> = [
      [{ onRequest: () => { throw new Error('secret') } }, answer => t.match(answer, { error: { code: -32603, message: 'Internal error' } })],
      [{ onRequest: async () => { throw new A2AError('PermissionDeniedError', 'Not for you') } }, answer => t.match(answer, { error: { code: -32053, message: 'Not for you' } })],
      [{ onMessage: () => { throw new Error('secret') } }, answer => t.match(answer, { error: { code: -32603 } })],
      [{ onEvent: () => { throw new Error('secret') } }, answer => t.match(answer, { error: { code: -32603 } })],
      [{ onEvent: event => 'artifactUpdate' in event ? { message: message('x') } : undefined }, answer => t.match(answer, { result: { task: { status: { state: 'TASK_STATE_FAILED' } } } })],
      [{ onEvent: event => 'artifactUpdate' in event ? { artifactUpdate: { ...event.artifactUpdate, taskId: 'other' } } : undefined }, answer => t.match(answer, { result: { task: { status: { state: 'TASK_STATE_FAILED' } } } })]
    ]
    for (const [hooks, check] of cases) {
      const logger = logSink()
      const app = await host(t, { extensions: [defineExtension({ uri, ...hooks })], executor, server: { logger } })
      const { text, body } = await new RpcClient(app).ask('SendMessage', sendParams('x'), active(uri))
      check(body)
      t.notMatch(text, /secret/)
    }
  })

  t.test('options that are wrong are refused', async t => {
    const cases: Array<[unknown, RegExp]> = [
      [[{ uri }], /extensions\[0\] must be an extension/],
      [[defineExtension({ uri: 'test' })], /extensions\[0\] must be an extension/],
      [[defineExtension({ uri }), defineExtension({ uri })], /extensions\[1\]\.uri must be unique/],
      [[defineExtension({ uri, params: { n: 1n } })], /extensions\[0\]\.params must be JSON/]
    ]
    for (const [extensions, error] of cases) {
      await t.rejects(async () => await Fastify().register(a2a, { ...agent(), extensions } as AgentOptions), { code: 'A2A_ERR_OPTIONS', message: error })
    }
  })
})

t.test('agents of tenants have their own', async t => {
  const app = Fastify()
  closeAfter(t, app)
  await app.register(a2a, { allowAnonymous: true, executor: task => task.extensions.join(), agents: { a: { card, extensions: [defineExtension({ uri })] }, b: { card } } })
  for (const [tenant, echoed] of [['a', uri], ['b', undefined]] as const) {
    t.equal((await new RpcClient(app).ask('SendMessage', { ...sendParams('x'), tenant }, active(uri))).headers['a2a-extensions'], echoed, tenant)
  }
})

t.test('timestamp', async t => {
  const field = 'github.com/a2aproject/a2a-samples/samples/extensions/timestamp/v1/timestamp'
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
  const app = await host(t, {
    extensions: [timestamp()],
    async * executor (task) {
      if (task.text === 'reply') return await task.reply('Just a message')
      yield task.working('On it')
      const stream = task.artifactStream({ metadata: { mine: 1 } })
      yield stream.write('a')
      yield stream.end('b')
      yield task.complete('Done')
    }
  })
  const rpc = new RpcClient(app)
  t.match((await app.inject('/.well-known/agent-card.json')).json(), { capabilities: { extensions: [{ uri: timestampUri }] } })
  const events = await rpc.stream<StreamResponse>('SendStreamingMessage', sendParams('x'), active(timestampUri))
  const stamped = { metadata: { [field]: time }, extensions: [timestampUri] }
  t.match(events, [
    { task: {} }, { statusUpdate: { status: { message: stamped } } }, { artifactUpdate: { artifact: { ...stamped, metadata: { mine: 1, [field]: time } } } },
    { artifactUpdate: { artifact: { metadata: undefined } } }, { statusUpdate: { status: { message: stamped } } }
  ])
  const [first] = events
  const id = first !== undefined && 'task' in first ? first.task.id : ''
  t.match(await rpc.get(id), { artifacts: [stamped] }, 'it is stored')
  t.match(await rpc.result('SendMessage', sendParams('reply'), active(timestampUri)), { message: stamped })
  const bare = JSON.stringify(await rpc.send('x'))
  t.notOk(bare.includes(field), 'for who does not ask, there is none')
})

t.test('traceability', async t => {
  const field = 'github.com/a2aproject/a2a-samples/extensions/traceability/v1/traceability'
  let traces: Array<Trace | undefined> = []
  async function * executor (task: TaskContext) {
    const trace = traceability.of(task)
    traces.push(trace)
    if (task.text === 'none') return 'nothing was called'
    const search = trace?.step({ tool: 'search', parameters: { from: 'TXL' } })
    const ask = trace?.step({ agent: 'Hotels', url: 'https://hotels.example' }, search)
    ask?.end({ responseTrace: { traceId: 'theirs', steps: [] } })
    search?.end({ cost: 2, totalTokens: 1500, attributes: { model: 'small' } })
    yield task.artifact({ name: 'offers', data: {} })
    trace?.step({ tool: 'open' })
    yield task.complete('Done')
  }
  const rpc = new RpcClient(await host(t, { extensions: [traceability], executor }))
  const { task } = await rpc.result<{ task: Task }>('SendMessage', sendParams('x'), active(traceabilityUri))
  const time = /^\d{4}-.*Z$/
  const step = { stepId: String, traceId: traces[0]?.traceId, startTime: time }
  const steps = [
    { ...step, callType: 'TOOL', stepAction: { toolInvocation: { toolName: 'search', parameters: { from: 'TXL' } } }, cost: '2', totalTokens: '1500', additionalAttributes: { model: 'small' }, latency: /^\d+$/, endTime: time },
    { ...step, callType: 'AGENT', parentStepId: String, stepAction: { agentInvocation: { agentUrl: 'https://hotels.example', agentName: 'Hotels', responseTrace: { traceId: 'theirs' } } }, endTime: time }
  ]
  t.match(task.artifacts, [{ name: 'offers', extensions: [traceabilityUri], metadata: { [field]: { traceId: traces[0]?.traceId, steps } } }])
  t.match(task.status.message?.metadata, { [field]: { steps: [...steps, { stepAction: { toolInvocation: { toolName: 'open' } }, endTime: undefined }] } })

  traces = []
  const quiet = await rpc.result<{ task: Task }>('SendMessage', sendParams('none'), active(traceabilityUri))
  t.notOk(JSON.stringify(quiet).includes(field), 'without calls there is no trace')
  await rpc.send('x')
  t.equal(traces[1], undefined)
})

t.test('types flow', async () => {
  const units = defineExtension({
    uri,
    onRequest: () => ({ metric: true }),
    onEvent: (event, { state }) => {
      expectTypeOf(state).toEqualTypeOf<{ metric: boolean }>()
      return event
    }
  })
  expectTypeOf(units.of).returns.toEqualTypeOf<{ metric: boolean } | undefined>()
  const options: Pick<AgentOptions, 'extensions'> = { extensions: [units, timestamp(), traceability] }
  expectTypeOf(options.extensions).toEqualTypeOf<Extension[] | undefined>()
  // @ts-expect-error an extension has a uri
  defineExtension({ description: 'x' })
  expectTypeOf<Message>().not.toBeAny()
})
