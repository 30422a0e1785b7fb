/** Rate limits, concurrency, network rules, slow requests, and what the card says of them. */
import { X509Certificate } from 'node:crypto'
import { connect } from 'node:net'
import { Agent, fetch } from 'undici'
import Fastify, { type FastifyInstance } from 'fastify'
import rateLimit from '@fastify/rate-limit'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import a2a from '../../plugins/a2a.ts'
import { limitsUri } from '../../lib/index.ts'
import { certificate } from '../helpers/certificate.ts'
import { agent, card, closeAfter, host, listen, obey, type HostOptions } from '../helpers/host.ts'
import { startRedis } from '../helpers/redis.ts'
import { RestClient } from '../helpers/rest.ts'
import { RpcClient, sendParams } from '../helpers/rpc.ts'

t.test('how often a caller may call, on every binding together, in the form of each', async t => {
  const app = await known(t, { rateLimit: { max: 3, window: 30_000 } })
  const rpc = new RpcClient(app)
  const first = await rpc.ask('ListTasks')
  t.match(first.headers, { 'x-ratelimit-limit': '3', 'x-ratelimit-remaining': '2' })
  await rpc.ask('ListTasks')
  t.equal((await new RestClient(app).ask('GET', '/tasks')).status, 200)

  const refused = await rpc.ask('ListTasks')
  t.match(refused, { status: 429, headers: { 'retry-after': /^(30|29)$/ }, body: { id: 1, error: { code: -32051, message: 'More than 3 requests within 30 s' } } })
  t.match(refused.body.error?.data, [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: /s$/ }, { reason: 'RESOURCE_EXHAUSTED' }])
  t.match(await new RestClient(app).ask('GET', '/tasks'), { status: 429, headers: { 'retry-after': /\d/ }, body: { error: { code: 429, status: 'RESOURCE_EXHAUSTED' } } })
  const v03 = await new RpcClient(app, { version: '0.3' }).ask('message/stream', sendParams('hello'))
  t.match(v03, { status: 429, headers: { 'retry-after': /\d/ }, body: { error: { code: -32051 } } })

  t.equal((await rpc.ask('ListTasks', undefined, { who: 'ada' })).status, 200, 'a principal counts for itself')
  t.equal((await rpc.ask('ListTasks', undefined, { who: 'bob' })).status, 200)
  t.equal((await app.inject('/.well-known/agent-card.json')).statusCode, 200, 'the card is for everybody')
})

t.test('anonymous callers are counted by address, before they are turned away', async t => {
  const app = await host(t, { allowAnonymous: false, rateLimit: { max: 2 }, server: { trustProxy: true } })
  const from = async (address: string) => (await new RpcClient(app, { headers: { 'x-forwarded-for': address } }).ask('ListTasks')).status
  t.strictSame([await from('203.0.113.1'), await from('203.0.113.1'), await from('203.0.113.1'), await from('203.0.113.2')], [401, 401, 429, 401])
  t.strictSame([await from('2001:db8::1'), await from('2001:db8::2'), await from('2001:db8::3')], [401, 401, 429], 'an IPv6 network is one caller')
})

t.test('operations have limits of their own', async t => {
  const app = await host(t, { rateLimit: { max: 4, operations: { SendMessage: { max: 1 } } } })
  const rpc = new RpcClient(app)
  const statuses = []
  for (const [method, params] of [['SendMessage', sendParams('a')], ['SendMessage', sendParams('a')], ['ListTasks', {}], ['ListTasks', {}], ['ListTasks', {}], ['ListTasks', {}]] as const) {
    statuses.push((await rpc.ask(method, params)).status)
  }
  t.strictSame(statuses, [200, 429, 200, 200, 200, 429], 'what an operation refuses does not count for the others')
})

t.test('agents count apart, and where the host limits too, by its store', async t => {
  const app = Fastify()
  closeAfter(t, app)
  await app.register(rateLimit, { global: true, max: 1000 })
  for (const prefix of ['/one', '/two']) await app.register(a2a, agent({ prefix, rateLimit: { max: 1 } }))
  const [one, two] = ['/one/a2a', '/two/a2a'].map(url => new RpcClient(app, { url }))
  t.strictSame([(await one?.ask('ListTasks'))?.status, (await one?.ask('ListTasks'))?.status, (await two?.ask('ListTasks'))?.status], [200, 429, 200])
})

t.test('servers count together through Redis, and go on without it', async t => {
  const redis = await startRedis(t)
  if (redis === undefined) return
  const clients = [0, 1].map(() => new Redis({ port: redis.port, host: '127.0.0.1', lazyConnect: true, retryStrategy: () => null }))
  for (const client of clients) client.on('error', () => {})
  await Promise.all(clients.map(client => client.connect()))
  t.teardown(() => { for (const client of clients) client.disconnect() })
  const servers: RpcClient[] = []
  for (const redis of clients) servers.push(new RpcClient(await host(t, { rateLimit: { max: 3, redis } })))
  const statuses = []
  for (let i = 0; i < 6; i++) statuses.push((await servers[i % 2]?.ask('ListTasks'))?.status)
  t.strictSame(statuses, [200, 200, 200, 429, 429, 429])
  const strict = new RpcClient(await host(t, { rateLimit: { max: 3, redis: clients[0], skipOnError: false } }))
  await redis.stop()
  t.equal((await servers[0]?.ask('ListTasks'))?.status, 200)
  t.match(await strict.ask('ListTasks'), { status: 200, body: { error: { code: -32603 } } })
})

t.test('a client works on so much at once, and no more', async t => {
  const app = await known(t, { executor: obey, limits: { turnsPerClient: 2, queuedTurns: 5 } })
  const rpc = new RpcClient(app)
  const start = async (who: string) => await rpc.ask('SendMessage', { ...sendParams('stay'), configuration: { returnImmediately: true } }, { who })
  const [first] = [await start('ada'), await start('ada')]
  const refused = await start('ada')
  t.match(refused, { status: 429, headers: { 'retry-after': '5' }, body: { error: { code: -32051, message: '2 messages of this client are being worked on already' } } })
  t.equal((await start('bob')).status, 200)
  const { task } = first?.body.result as { task: { id: string } }
  const waiting = await rpc.ask('SendMessage', { ...sendParams('hello', { message: { taskId: task.id } }), configuration: { returnImmediately: true } }, { who: 'ada' })
  t.equal(waiting.status, 429, 'what waits counts, too')
  await rpc.ask('CancelTask', { id: task.id }, { who: 'ada' })
  t.equal((await start('ada')).status, 200, 'what has ended makes room')
})

t.test('by address', async t => {
  const app = await host(t, { network: { allow: { addresses: ['10.0.0.0/8', '2001:db8::/32'] }, deny: { addresses: ['10.6.6.6'] } }, server: { trustProxy: true } })
  const from = async (address: string) => await new RpcClient(app, { headers: { 'x-forwarded-for': address } }).ask('ListTasks')
  const statuses: Record<string, number> = {}
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '2001:db8:1::1', '10.6.6.6', '::ffff:10.6.6.6', '192.168.0.1', 'nonsense']) statuses[address] = (await from(address)).status
  t.strictSame(statuses, { '10.1.2.3': 200, '::ffff:10.1.2.3': 200, '2001:db8:1::1': 200, '10.6.6.6': 403, '::ffff:10.6.6.6': 403, '192.168.0.1': 403, nonsense: 403 })
  t.match(await from('10.6.6.6'), { body: { error: { code: -32053, message: 'This caller is not allowed here' } } })
  t.match(await new RestClient(app, { headers: { 'x-forwarded-for': '10.6.6.6' } }).ask('GET', '/tasks'), { status: 403, body: { error: { status: 'PERMISSION_DENIED' } } })
})

t.test('by principal, or by where it comes from', async t => {
  const app = await known(t, { network: { allow: { principals: ['ada', 'bob'], addresses: ['10.0.0.0/8'] }, deny: { principals: ['bob'] } }, server: { trustProxy: true } })
  const status = async (who?: string, address = '192.0.2.1') => (await new RpcClient(app, { headers: { 'x-forwarded-for': address, ...who !== undefined && { who } } }).ask('ListTasks')).status
  t.strictSame([await status('ada'), await status('bob'), await status('eve'), await status(), await status('eve', '10.0.0.1'), await status('bob', '10.0.0.1')], [200, 403, 403, 403, 200, 403])
})

t.test('by certificate', async t => {
  const [server, friend, stranger] = [certificate(), certificate(), certificate()]
  const { fingerprint256 } = new X509Certificate(friend.cert)
  const app = Fastify({ https: { ...server, requestCert: true, rejectUnauthorized: false } })
  closeAfter(t, app)
  await app.register(a2a, agent({ network: { allow: { certificates: [fingerprint256] } } }))
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const status = async (client?: { key: string, cert: string }) => {
    const dispatcher = new Agent({ connect: { ...client, rejectUnauthorized: false } })
    const response = await fetch(`${url}/a2a/tasks`, { dispatcher })
    await response.text()
    await dispatcher.close()
    return response.status
  }
  t.strictSame([await status(friend), await status(stranger), await status()], [200, 403, 403])
})

t.test('a request that comes drop by drop is cut off', async t => {
  const app = await host(t, { limits: { requestTime: 100 } })
  const { port } = new URL(await listen(app))
  const socket = connect(Number(port), '127.0.0.1')
  socket.on('error', () => {})
  socket.write('POST /a2a HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{')
  const drops = setInterval(() => socket.write(' '), 10)
  await new Promise(resolve => socket.once('close', resolve))
  clearInterval(drops)
  t.pass('and not kept for as long as it likes')
  t.equal((await new RpcClient(app).ask('ListTasks')).status, 200)
})

t.test('the card says what applies to callers', async t => {
  const skills = [{ id: 'plain' }, { id: 'long', timeout: 60_000, securityRequirements: [{ schemes: { key: { list: ['write'] } } }] }]
  const security = { schemes: { key: { type: 'apiKey' as const, keys: [{ key: 'of ada', id: 'ada', scopes: ['write'] }] } } }
  const app = await host(t, { card: { ...card, skills }, security, publishLimits: true, rateLimit: { max: 100, operations: { SendMessage: { max: 5, window: 1000 } } }, limits: { turnsPerClient: 7, streams: 9 } })
  const { capabilities } = (await app.inject('/.well-known/agent-card.json')).json()
  t.strictSame(capabilities.extensions, [{
    uri: limitsUri,
    description: 'What applies to a caller: rates, concurrency, sizes, and what single skills need',
    params: {
      rates: [{ max: 100, window: 60_000 }, { operation: 'SendMessage', max: 5, window: 1000 }],
      concurrency: { turns: 7, streams: 9 },
      message: { bodySize: 10 * 1024 * 1024, parts: 1000 },
      skills: { long: { timeout: 60_000, securityRequirements: [{ schemes: { key: { list: ['write'] } } }] } }
    }
  }])
})

t.test('options that can\'t be right', async t => {
  const cases: Array<[object, RegExp]> = [
    [{ rateLimit: { max: 0 } }, /rateLimit\.max must be a whole number, at least 1/],
    [{ rateLimit: { operations: { SendMesage: { max: 1 } } } }, /rateLimit\.operations\.SendMesage is not an option; did you mean SendMessage/],
    [{ rateLimit: { redis: {} } }, /rateLimit\.redis must be a client of ioredis/],
    [{ network: { allow: { addresses: ['example.com'] } } }, /network\.allow\.addresses\[0\] must be an address or a block/],
    [{ network: { deny: { certificates: ['AB:CD'] } } }, /network\.deny\.certificates\[0\] must be a SHA-256 fingerprint/]
  ]
  for (const [options, message] of cases) await t.rejects(host(t, options), { code: 'A2A_ERR_OPTIONS', message })
})

/** Callers are who the header `who` says. */
async function known (t: Test, options: HostOptions): Promise<FastifyInstance> {
  const app = Fastify(options.server ?? {})
  closeAfter(t, app)
  app.addHook('onRequest', async request => { if (typeof request.headers.who === 'string') request.a2aPrincipal = { id: request.headers.who } })
  const { server, ...rest } = options
  await app.register(a2a, agent(rest))
  return app
}
