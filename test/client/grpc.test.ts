/** What is special about gRPC: addresses, TLS, metadata, details of errors, limits, and connections that break. */
import { readFile } from 'node:fs/promises'
import net from 'node:net'
import t, { type Test } from 'tap'
import { create, toBinary } from '@bufbuild/protobuf'
import { anyPack } from '@bufbuild/protobuf/wkt'
import { Metadata, Server, ServerCredentials, status, type ServerWritableStream, type UntypedHandleCall } from '@grpc/grpc-js'
import { belongsTo, placeOf } from '../../lib/client/addresses.ts'
import { apiKey, bearer, createRegistry, discover, RemoteError, type AgentEvent, type ClientOptions } from '../../lib/client/index.ts'
import type { TaskContext } from '../../lib/index.ts'
import { ErrorInfoSchema, RetryInfoSchema } from '../../schemas/proto/gen/google/rpc/error_details_pb.ts'
import { StatusSchema } from '../../schemas/proto/gen/google/rpc/status_pb.ts'
import { certificate } from '../helpers/certificate.ts'
import { grpcHost } from '../helpers/grpc-host.ts'
import { stopped } from '../helpers/host.ts'
import { cardOf } from './nasty.ts'
import { cutter } from './cutter.ts'

const grpc: ClientOptions = { transports: ['GRPC'], versions: ['1.0'] }
const quick: ClientOptions = { ...grpc, retry: { minDelay: 0, maxDelay: 0 }, reconnect: { minDelay: 0, maxDelay: 0 }, poll: { minDelay: 1 } }

function cardAt (address: string, more: Record<string, unknown> = {}) {
  return cardOf('http://127.0.0.1', { supportedInterfaces: [{ url: address, protocolBinding: 'GRPC', protocolVersion: '1.0' }], ...more })
}

type Calls = Record<string, (call: ServerWritableStream<Buffer, Buffer>, callback: (error: object | null, value?: Buffer) => void) => void>

/** A server that does as it is told, in bytes. @param streams the methods that are streams */
async function raw (t: Test, calls: Calls, streams: string[] = []): Promise<string> {
  const server = new Server()
  const bytes = (value: Buffer) => value
  const definition = Object.fromEntries(Object.keys(calls).map(name => [name, {
    path: `/lf.a2a.v1.A2AService/${name}`,
    requestStream: false,
    responseStream: streams.includes(name),
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes
  }]))
  // The library types no handlers of definitions that are made at run time.
  server.addService(definition, calls as unknown as Record<string, UntypedHandleCall>)
  const port = await new Promise<number>((resolve, reject) => server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => error === null ? resolve(port) : reject(error)))
  t.teardown(() => server.forceShutdown())
  return `127.0.0.1:${port}`
}

async function connect (t: Test, address: string, options: ClientOptions = {}) {
  const agent = await discover(cardAt(address), { ...quick, ...options })
  t.teardown(() => agent.close())
  return agent
}

t.test('addresses, as cards write them', async t => {
  const from = (address: string, origin?: string, grpcTls?: boolean) => placeOf(address, 'GRPC', { origin, grpcTls })?.href
  t.equal(from('agent.example.com:50051', 'https://agent.example.com'), 'https://agent.example.com:50051/', 'as the card came')
  t.equal(from('agent.example.com:50051', 'http://agent.example.com'), 'http://agent.example.com:50051/')
  t.equal(from('agent.example.com:50051'), 'https://agent.example.com:50051/', 'with a card in hand, over TLS')
  t.equal(from('localhost:50051'), 'http://localhost:50051/', 'unless it is this machine')
  t.equal(from('[::1]:50051'), 'http://[::1]:50051/')
  t.equal(from('agent:50051', undefined, false), 'http://agent:50051/')
  t.equal(from('agent.example.com'), 'https://agent.example.com/')
  t.equal(from('dns:///agent.example.com:50051'), 'https://agent.example.com:50051/')
  t.equal(from('grpc://agent.example.com:50051', 'https://agent.example.com'), 'http://agent.example.com:50051/', 'a scheme says it')
  t.equal(from('grpcs://agent.example.com:50051', 'http://agent.example.com'), 'https://agent.example.com:50051/')
  t.equal(from('http://localhost:50051/', 'https://localhost', true), 'http://localhost:50051/')
  for (const none of ['', 'https://agent.example.com/path', 'unix:/tmp/socket', 'ada@agent.example.com:1', 'a b:1', 'agent:99999']) t.equal(from(none), undefined, none)
})

t.test('gRPC belongs to the origins of its host, unless it is less secure', async t => {
  const belongs = (address: string, origin: string) => belongsTo(new URL(address), 'GRPC', origin)
  t.ok(belongs('https://a.example.com:50051', 'https://a.example.com'))
  t.ok(belongs('https://a.example.com:50051', 'https://*.example.com'))
  t.ok(belongs('https://a.example.com:50051', 'http://a.example.com'))
  t.ok(belongs('http://localhost:50051', 'http://localhost:3000'))
  t.notOk(belongs('http://a.example.com:50051', 'https://a.example.com'))
  t.notOk(belongs('https://b.example.com:50051', 'https://a.example.com'))
  t.notOk(belongs('https://example.com', 'https://*.example.com'))
  t.notOk(belongs('https://a.example.com', 'a.example.com'))
  t.notOk(belongsTo(new URL('https://a.example.com:8443'), 'JSONRPC', 'https://a.example.com'), 'others have the port of their origin')
})

t.test('credentials go to the host of the card, and to no other one', async t => {
  const seen: Array<string | undefined> = []
  const { url } = await grpcHost(t, {}, app => { app.addHook('onRequest', async ({ headers }) => { seen.push(headers.authorization) }) })
  const agent = await discover(url, { ...grpc, credentials: bearer('secret') })
  t.teardown(() => agent.close())
  await agent.send('Hello')
  t.strictSame(seen, [undefined, 'Bearer secret'], 'not with the card')

  const { port } = new URL(url)
  const elsewhere = { ...cardAt('localhost:1'), name: 'Elsewhere' }
  const fetch = async () => new Response(JSON.stringify(elsewhere))
  await t.rejects(discover(`http://127.0.0.1:${port}`, { ...grpc, fetch, cache: new Map(), credentials: bearer('secret') }), { code: 'A2A_ERR_TRUST', message: /http:\/\/localhost:1/ })
  t.equal((await discover(`http://127.0.0.1:${port}/2`, { ...grpc, fetch, cache: new Map(), credentials: bearer('secret'), origins: ['http://localhost'] })).transport, 'GRPC')

  const registry = await createRegistry({ agents: [cardAt('grpc.example.com:50051')], client: grpc, trust: { origins: ['https://api.example.com'] } })
  t.match([...registry.health().values()], [{ isHealthy: false, lastError: { code: 'A2A_ERR_TRUST' } }])
  const plain = await createRegistry({ agents: [cardAt('grpc://grpc.example.com:50051')], client: grpc, trust: { requireTls: true } })
  t.match([...plain.health().values()], [{ isHealthy: false, lastError: { code: 'A2A_ERR_TRUST' } }])
})

t.test('a key for a query has no place', async t => {
  const { url } = await grpcHost(t)
  const agent = await discover(url, { ...grpc, credentials: apiKey('secret', { location: 'query', name: 'key' }) })
  t.teardown(() => agent.close())
  await t.rejects(agent.send('Hello'), { code: 'A2A_ERR_CREDENTIALS', message: /^key belongs into the query/ })
})

t.test('nothing goes around a proxy: with fetch or a dispatcher, gRPC has to be asked for', async t => {
  const both = { ...cardAt('localhost:1'), supportedInterfaces: [...cardAt('localhost:1').supportedInterfaces, { url: 'http://localhost:1', protocolBinding: 'JSONRPC', protocolVersion: '1.0' }] }
  t.equal((await discover(both)).transport, 'GRPC')
  t.equal((await discover(both, { fetch })).transport, 'JSONRPC')
  t.equal((await discover(both, { fetch, transports: ['GRPC'] })).transport, 'GRPC')
  await t.rejects(discover(cardAt('localhost:1'), { fetch }), { code: 'A2A_ERR_INTERFACE', message: /takes JSONRPC, HTTP\+JSON in/ })
})

t.test('TLS, and who is not known is not spoken to', async t => {
  const { key, cert } = certificate()
  const { address } = await grpcHost(t, { grpc: { port: 0, tls: { key, cert } } })
  const [, port] = address.split(':')
  const agent = await connect(t, `localhost:${port}`, { grpc: { tls: { ca: cert } } })
  t.equal((await agent.send('Hello')).text, 'Hello')
  const wary = await connect(t, `https://localhost:${port}`, { retry: { retries: 0 } })
  await t.rejects(wary.task('t').get(), { code: 'A2A_ERR_NETWORK', message: /self-signed/ })
})

t.test('metadata: version, extensions, trace, credentials, and a deadline', async t => {
  let seen = new Metadata()
  let deadline: unknown
  const address = await raw(t, { GetTask: (call, callback) => { seen = call.metadata; deadline = call.getDeadline(); callback({ code: status.NOT_FOUND }) } })
  const agent = await connect(t, address, { credentials: bearer('secret'), extensions: ['https://example.com/ext'], headers: { 'x-mine': '1' }, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', timeouts: { call: 5_000 } })
  await t.rejects(agent.task('t').get(), { name: 'NotFoundError' })
  t.match(seen.getMap(), { 'a2a-version': '1.0', 'a2a-extensions': 'https://example.com/ext', authorization: 'Bearer secret', 'x-mine': '1', traceparent: /^00-0af7651916cd43dd8448eb211c80319c-/ })
  t.ok(Number(deadline) - Date.now() < 5_500)
})

t.test('errors: details are those of other bindings, and what is not known is kept', async t => {
  const details = [
    anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { reason: 'TASK_NOT_CANCELABLE', domain: 'a2a-protocol.org', metadata: { taskId: 't' } })),
    anyPack(RetryInfoSchema, create(RetryInfoSchema, { retryDelay: { seconds: 1n, nanos: 500_000_000 } })),
    { $typeName: 'google.protobuf.Any' as const, typeUrl: 'type.googleapis.com/acme.Secret', value: new Uint8Array([1, 2, 3]) }
  ]
  const metadata = new Metadata()
  metadata.set('grpc-status-details-bin', Buffer.from(toBinary(StatusSchema, create(StatusSchema, { code: status.FAILED_PRECONDITION, message: 'Too late', details }))))
  const plain: Record<string, object> = { 't-1': { code: status.INTERNAL, details: 'Oops' }, 't-2': { code: status.DEADLINE_EXCEEDED }, 't-3': { code: status.PERMISSION_DENIED, details: 'No' }, 't-4': { code: status.NOT_FOUND, details: 'TaskNotFoundError: gone' } }
  const address = await raw(t, {
    CancelTask: (_call, callback) => callback({ code: status.FAILED_PRECONDITION, details: 'Too late', metadata }),
    GetTask: (call, callback) => callback(plain[call.request.toString('utf8').match(/t-\d/)?.[0] ?? ''] ?? {})
  })
  const agent = await connect(t, address, { retry: { retries: 0 } })
  const error = await agent.task('t').cancel().catch((error: unknown) => error)
  t.ok(error instanceof RemoteError)
  t.match(error, { name: 'TaskNotCancelableError', message: 'Too late', code: -32002, retryAfter: 1500, metadata: { taskId: 't' }, remote: { binding: 'GRPC', status: status.FAILED_PRECONDITION } })
  t.match((error as RemoteError).details, [{ '@type': /ErrorInfo$/ }, { '@type': /RetryInfo$/, retryDelay: '1.500s' }, { '@type': 'type.googleapis.com/acme.Secret', value: 'AQID' }])
  await t.rejects(agent.task('t-1').get(), { name: 'InternalError', message: 'Oops' })
  await t.rejects(agent.task('t-2').get(), { code: 'A2A_ERR_TIMEOUT' })
  await t.rejects(agent.task('t-3').get(), { name: 'PermissionDeniedError' })
  await t.rejects(agent.task('t-4').get(), { name: 'TaskNotFoundError' })
})

t.test('new credentials are got once after UNAUTHENTICATED', async t => {
  const asked: string[] = []
  const address = await raw(t, { GetTask: (call, callback) => { asked.push(String(call.metadata.get('authorization'))); callback({ code: status.UNAUTHENTICATED }) } })
  const tokens = ['old', 'new', 'newest']
  const agent = await connect(t, address, { credentials: bearer(() => tokens.shift() ?? 'none') })
  await t.rejects(agent.task('t').get(), { name: 'UnauthenticatedError' })
  t.strictSame(asked, ['Bearer old', 'Bearer new'])
})

t.test('what is repeated: reads on UNAVAILABLE, and no messages', async t => {
  let reads = 0
  let sends = 0
  const address = await raw(t, {
    GetTask: (_call, callback) => { reads++; callback({ code: status.UNAVAILABLE }) },
    SendMessage: (_call, callback) => { sends++; callback({ code: status.UNAVAILABLE }) }
  })
  const agent = await connect(t, address, { retry: { retries: 2, minDelay: 0, maxDelay: 0 } })
  await t.rejects(agent.task('t').get(), { name: 'UnavailableError' })
  await t.rejects(agent.send('Hello'), { name: 'UnavailableError' })
  t.strictSame([reads, sends], [3, 1])
})

t.test('answers that are none, or too large, or never come', async t => {
  const address = await raw(t, {
    GetTask: (_call, callback) => callback(null, Buffer.from([0xff, 0xff, 0xff])),
    CancelTask: (_call, callback) => callback(null, Buffer.alloc(0)),
    SendMessage: (_call, callback) => callback(null, Buffer.alloc(5_000)),
    ListTasks: () => {}
  })
  const agent = await connect(t, address, { maxSize: 1_000, timeouts: { call: 100 }, retry: { retries: 0 } })
  await t.rejects(agent.task('t').get(), { name: 'InvalidAgentResponseError' })
  await t.rejects(agent.task('t').cancel(), { name: 'InvalidAgentResponseError' }, 'a message without anything in it')
  await t.rejects(agent.send('Hello'), { code: 'A2A_ERR_TOO_LARGE' })
  await t.rejects(agent.list()[Symbol.asyncIterator]().next(), { code: 'A2A_ERR_TIMEOUT' })

  const web = net.createServer(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1')
  await new Promise(resolve => web.once('listening', resolve))
  t.teardown(() => web.close())
  const other = await connect(t, `127.0.0.1:${(web.address() as net.AddressInfo).port}`, { retry: { retries: 0 } })
  await t.rejects(other.task('t').get(), { code: 'A2A_ERR_NETWORK' })
})

t.test('a request that gRPC can not say is one with invalid parameters', async t => {
  const agent = await connect(t, await raw(t, { GetTask: (_call, callback) => callback({ code: status.INTERNAL }) }))
  await t.rejects(agent.task('t').get({ historyLength: 1.5 }), { name: 'InvalidParamsError', message: /historyLength|int32/ })
})

t.test('files come and go as bytes', async t => {
  const { url } = await grpcHost(t, {
    async executor (task) {
      const [file] = task.message.parts
      await task.artifact({ name: 'back', parts: [{ text: 'first' }, { raw: file?.raw ?? '', mediaType: 'text/plain' }] })
    }
  })
  for (const version of ['1.0', '0.3'] as const) {
    const agent = await discover(url, { ...grpc, versions: [version] })
    t.teardown(() => agent.close())
    const raw = (await readFile(process.execPath)).subarray(0, 300_000).toString('base64')
    const { task } = await agent.send([{ raw, mediaType: 'text/plain' }])
    t.equal(task?.artifacts?.[0]?.parts[1]?.raw, raw)
    t.equal(task?.artifacts?.[0]?.parts[0]?.text, 'first')
  }
})

t.test('who leaves a stream early ends it, and nothing else', async t => {
  let ended: () => void = () => {}
  const canceled = new Promise<void>(resolve => { ended = resolve })
  const address = await raw(t, { SubscribeToTask: call => { call.on('cancelled', () => ended()); call.write(taskBytes) } }, ['SubscribeToTask'])
  const agent = await connect(t, address)
  const events = agent.task('t').follow()[Symbol.asyncIterator]()
  t.match((await events.next()).value, { type: 'task', task: { id: 't', status: { state: 'TASK_STATE_WORKING' } } })
  await events.return(undefined)
  await canceled
})

t.test('closing waits for what is under way', async t => {
  const { url } = await grpcHost(t, { executor: async task => { await task.working(); await new Promise(resolve => setTimeout(resolve, 100)); return 'done' } })
  const agent = await discover(url, grpc)
  const sent = agent.send('Go')
  await agent.close()
  t.equal((await sent).text, 'done')
})

t.test('connections that are cut: everything is there once, in the end', async t => {
  const tokens = Array.from({ length: 30 }, (_, i) => `<${i}>`)
  const { address } = await grpcHost(t, {
    idempotency: true,
    async * executor (task: TaskContext) {
      const artifact = task.artifactStream({ artifactId: 'a' })
      for (const token of tokens) {
        yield artifact.write(token)
        await new Promise(resolve => setTimeout(resolve, 1))
      }
      yield artifact.end('<end>')
    }
  })
  const { port, cuts } = await cutter(t, Number(address.split(':')[1]))
  const wrong: number[] = []
  for (let cut = 40; cut < 4_000; cut += 130) {
    cuts.splice(0, cuts.length, cut, cut * 2)
    const agent = await discover(cardAt(`127.0.0.1:${port}`), quick)
    const events: AgentEvent[] = []
    for await (const event of agent.stream('Go', { idempotent: true })) events.push(event)
    const parts = events.flatMap(event => event.type === 'task' ? event.task.artifacts ?? [] : event.type === 'artifact' ? event.artifact : []).flatMap(({ parts }) => parts)
    if (parts.map(({ text }) => text).join('') !== [...tokens, '<end>'].join('')) wrong.push(cut)
    await agent.close()
  }
  t.strictSame(wrong, [])
})

t.test('a silent stream is taken up again', async t => {
  const { url } = await grpcHost(t, { executor: async task => { await task.working(); await new Promise(resolve => setTimeout(resolve, 400)); return 'done' } })
  const operations: string[] = []
  const agent = await discover(url, { ...quick, reconnect: { attempts: 1, minDelay: 0 }, timeouts: { idle: 60 }, interceptors: [async (call, next) => { operations.push(call.operation); return await next(call) }] })
  t.teardown(() => agent.close())
  t.equal(await agent.stream('Go').text(), 'done', 'as often as it takes: an agent that answers is not broken')
  t.ok(operations.filter(name => name === 'SubscribeToTask').length > 1)
})

t.test('a signal ends a call', async t => {
  const { url } = await grpcHost(t, { executor: async task => { await stopped(task.signal) } })
  const agent = await discover(url, grpc)
  t.teardown(() => agent.close())
  const controller = new AbortController()
  setTimeout(() => controller.abort(new Error('enough')), 30)
  await t.rejects(agent.send('stay', { signal: controller.signal }), /enough/)
})

/** `{ task: { id: 't', contextId: 'c', status: { state: WORKING } } }` as a StreamResponse. */
const taskBytes = Buffer.from([0x0a, 0x0a, 0x0a, 0x01, 0x74, 0x12, 0x01, 0x63, 0x1a, 0x02, 0x08, 0x02])
