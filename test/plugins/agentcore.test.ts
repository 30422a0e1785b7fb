/** Served as Amazon Bedrock AgentCore Runtime wants it. */
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import type { AgentCard } from '../../schemas/v1/card.ts'
import type { AgentOptions } from '../../lib/agent/options.ts'
import a2a, { agentCore, type AgentCoreContext } from '../../plugins/index.ts'
import { card, closeAfter, listen, logSink, obey } from '../helpers/host.ts'
import { message03, RpcClient, sendParams } from '../helpers/rpc.ts'
import { until } from '../helpers/wait.ts'

const runtimeUrl = 'https://bedrock-agentcore.us-east-1.amazonaws.com/runtimes/arn%3Aaws%3Abedrock-agentcore%3Aus-east-1%3A1%3Aruntime%2Fflights/invocations/'

async function serve (t: Test, options: Partial<AgentOptions> = {}, server = {}) {
  const app = Fastify(server)
  closeAfter(t, app)
  await app.register(a2a, { preset: 'agentcore', card, executor: obey, shutdownGrace: 0, cancelGrace: 50, ...options })
  return app
}

t.test('JSON-RPC at the root, in both versions, and nothing else', async t => {
  const app = await serve(t)
  const url = await listen(app)
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'message/send', params: { message: message03('Hi') } }) })
  t.match(await answer.json(), { result: { status: { state: 'completed' } } })
  t.match(await new RpcClient(app, { url: '/' }).send('Hi'), { status: { state: 'TASK_STATE_COMPLETED' } })
  t.equal((await app.inject('/tasks')).statusCode, 404, 'there is no HTTP+JSON')
  t.same(agentCore.listen, { host: '0.0.0.0', port: 9000 })
})

t.test('the card has the URL of the runtime', async t => {
  process.env.AGENTCORE_RUNTIME_URL = runtimeUrl
  t.teardown(() => { delete process.env.AGENTCORE_RUNTIME_URL })
  const urls = async (options: Partial<AgentOptions>) => {
    const app = await serve(t, options)
    return (await app.inject({ url: '/.well-known/agent-card.json', headers: { 'a2a-version': '1.0' } })).json<AgentCard>().supportedInterfaces.map(({ url, protocolBinding }) => `${protocolBinding} ${url}`)
  }
  t.same(await urls({}), [`JSONRPC ${runtimeUrl}`, `JSONRPC ${runtimeUrl}`])
  t.same(await urls({ publicUrl: 'https://mine.example', versions: ['1.0'], paths: { rpc: '/rpc' } }), ['JSONRPC https://mine.example/rpc'], 'what is given wins')
  process.env.AGENTCORE_RUNTIME_URL = ''
  t.match(await urls({}), [/^JSONRPC http:\/\/localhost/, String])
  process.env.AGENTCORE_RUNTIME_URL = 'nonsense'
  await t.rejects(async () => await serve(t), { message: /publicUrl must be an absolute http\(s\) URL/ })
})

t.test('ping says whether turns run', async t => {
  const app = await serve(t)
  const ping = async () => (await app.inject('/ping')).json()
  const idle = await ping()
  t.match(idle, { status: 'Healthy', time_of_last_update: Number })
  t.ok(Math.abs(idle.time_of_last_update - Date.now() / 1000) < 60, 'in seconds')
  const rpc = new RpcClient(app, { url: '/' })
  const { task: { id } } = await rpc.result<{ task: { id: string } }>('SendMessage', sendParams('stay', { configuration: { returnImmediately: true } }))
  t.match(await ping(), { status: 'HealthyBusy' })
  await rpc.result('CancelTask', { id })
  await until(async () => (await ping()).status === 'Healthy')
  const plain = Fastify()
  closeAfter(t, plain)
  await plain.register(a2a, { card, executor: obey, allowAnonymous: true })
  t.equal((await plain.inject('/ping')).statusCode, 404, 'without the preset, there is no ping')
})

t.test('the executor is told of the session and of who calls', async t => {
  let seen: AgentCoreContext | undefined
  const logger = logSink()
  const app = await serve(t, { executor: task => { seen = agentCore.of(task) } }, { logger })
  const headers = {
    'X-Amzn-Bedrock-AgentCore-Runtime-Session-Id': 'session-1',
    'X-Amzn-Bedrock-AgentCore-Runtime-Request-Id': 'request-1',
    'X-Amzn-Bedrock-AgentCore-Runtime-User-Id': 'ann',
    'X-Amzn-Bedrock-AgentCore-Runtime-Custom-Locale': 'de',
    WorkloadAccessToken: 'workload-secret',
    OAuth2CallbackUrl: 'https://callback.example',
    Authorization: 'Bearer caller-secret'
  }
  const { text } = await new RpcClient(app, { url: '/', headers }).ask('SendMessage', sendParams('x'))
  t.strictSame(seen, {
    sessionId: 'session-1',
    requestId: 'request-1',
    userId: 'ann',
    workloadAccessToken: 'workload-secret',
    oauth2CallbackUrl: 'https://callback.example',
    authorization: 'Bearer caller-secret',
    custom: { locale: 'de' }
  })
  t.notMatch(text, /secret/)
  t.notMatch(JSON.stringify(logger.lines), /secret/)
  await new RpcClient(app, { url: '/' }).send('x')
  t.match(seen, { sessionId: undefined, custom: {} })

  const plain = Fastify()
  closeAfter(t, plain)
  await plain.register(a2a, { card, executor: task => { seen = agentCore.of(task) }, allowAnonymous: true })
  await new RpcClient(plain, { headers }).send('x')
  t.equal(seen, undefined, 'without the preset, nothing is handed over')
})

t.test('it starts in production: the runtime has let the caller in', async t => {
  const { NODE_ENV } = process.env
  process.env.NODE_ENV = 'production'
  t.teardown(() => {
    if (NODE_ENV === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = NODE_ENV
  })
  t.equal((await (await serve(t)).inject('/ping')).statusCode, 200)
  t.match(await new RpcClient(await serve(t, { allowAnonymous: false }), { url: '/' }).error('ListTasks'), { code: -32052 })
})

t.test('in a config file, and only by its name', async t => {
  const dir = t.testdir({ 'agent.mjs': 'export default task => task.text\n', 'agent.yaml': 'preset: agentcore\nexecutor: ./agent.mjs\ncard: { name: Flights, description: Finds flights }\n' })
  const app = Fastify()
  closeAfter(t, app)
  await app.register(a2a, { config: `${dir}/agent.yaml` })
  t.equal((await app.inject('/ping')).statusCode, 200)
  await t.rejects(async () => await Fastify().register(a2a, {
    // @ts-expect-error no such preset
    preset: 'lambda',
    card,
    executor: obey
  }), { message: /preset must be one of agentcore/ })
})
