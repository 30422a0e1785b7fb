/** What a call over gRPC meets beside its operation: deadlines, disconnects, limits, hooks, and the end of the server. */
import { connect } from 'node:http2'
import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { fromJson, toBinary, type DescMessage, type JsonValue } from '@bufbuild/protobuf'
import { compressionAlgorithms, credentials, status } from '@grpc/grpc-js'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import type { Task } from '../../schemas/v1/common.ts'
import type { Executor, TaskContext } from '../../lib/agent/executor.ts'
import { GetTaskRequestSchema, SendMessageRequestSchema, SubscribeToTaskRequestSchema } from '../../schemas/proto/gen/lf/a2a/v1/a2a_pb.ts'
import a2a, { A2AError, defineExtension } from '../../plugins/index.ts'
import { certificate } from '../helpers/certificate.ts'
import { GrpcClient, readError } from '../helpers/grpc.ts'
import { grpcHost, http2Host } from '../helpers/grpc-host.ts'
import { agent, card, closeAfter, obey } from '../helpers/host.ts'
import { RpcClient, sendParams } from '../helpers/rpc.ts'
import { watchedStore } from '../helpers/stores.ts'
import { until } from '../helpers/wait.ts'

const stay = sendParams('stay', { configuration: { returnImmediately: true } })
const soon = () => new Date(Date.now() + 500)

t.test('a deadline ends the call, and not the task', async t => {
  const { store, readers } = watchedStore()
  const { address } = await grpcHost(t, { store, cancelGrace: 0 })
  const client = new GrpcClient(t, address)
  await t.resolves(client.ask('ListTasks', {}), 'it is there')
  t.match(await client.error('SendMessage', sendParams('stay'), { deadline: soon() }), { code: status.DEADLINE_EXCEEDED })
  t.match(await client.streamError('SendStreamingMessage', sendParams('stay'), { deadline: soon() }), { code: status.DEADLINE_EXCEEDED })
  await until(() => readers.size === 0)
  t.match(await client.ask('ListTasks', {}), { tasks: [{ status: { state: 'TASK_STATE_WORKING' } }, { status: { state: 'TASK_STATE_WORKING' } }] })

  const raw = await rawCall(t, address, 'SendStreamingMessage', frame(sendParams('stay')), { 'grpc-timeout': '50m' })
  t.match(await raw.end, { 'grpc-status': '4' }, 'the server says so, too')
  await until(() => readers.size === 0)
  t.match(await (await rawCall(t, address, 'SendMessage', frame(sendParams('stay')), { 'grpc-timeout': '50m' })).end, { 'grpc-status': '4' })
  t.match(await (await rawCall(t, address, 'SendMessage', frame(sendParams('x')), { 'grpc-timeout': '99999999H' })).end, { 'grpc-status': '0' }, 'one that is longer than a timer can wait is none')
  t.match(await (await rawCall(t, address, 'SendMessage', frame(sendParams('x')), { 'grpc-timeout': 'soon' })).end, { 'grpc-status': '3' })
})

t.test('a client that cancels frees what its stream held', async t => {
  const { store, readers, signals } = watchedStore()
  const { address } = await grpcHost(t, { store, limits: { streams: 1 } })
  const client = new GrpcClient(t, address)
  const { task } = await client.ask<{ task: Task }>('SendMessage', stay)
  const stream = client.stream('SubscribeToTask', { id: task.id })
  await once(stream, 'data')
  t.match(await client.streamError('SubscribeToTask', { id: task.id }), { code: status.RESOURCE_EXHAUSTED }, 'streams of one client are bounded')
  stream.cancel()
  t.match(readError(await once(stream, 'error').then(([error]) => error)), { code: status.CANCELLED })
  await until(() => readers.size === 0 && signals.every(({ listeners }) => listeners === 0))
  const again = client.stream('SubscribeToTask', { id: task.id })
  await once(again, 'data')
  t.pass('and there is room for another one')

  again.on('error', () => {})
  again.cancel()
  await until(() => readers.size === 0)
})

t.test('a reader that does not read pauses its stream, and is cut off', async t => {
  const chunk = 'x'.repeat(8192)
  const flood: Executor = async (task: TaskContext) => {
    if (task.text !== 'flood') return await obey(task)
    for (let i = 0; i < 2000 && !task.signal.aborted; i++) {
      await task.artifact({ artifactId: 'a', text: `${i} ${chunk}` })
      if (i % 4 === 0) await nextTurn()
    }
  }
  const { store, readers } = watchedStore()
  const buffer = 64 * 1024
  let most = 0
  const { address } = await grpcHost(t, { store, executor: flood, stream: { buffer, stall: 50 } }, app => {
    app.addHook('onRequest', async (_request, { raw }) => {
      const watch = setInterval(() => { most = Math.max(most, raw.writableLength) }, 1)
      raw.once('close', () => clearInterval(watch))
    })
  })
  const call = await rawCall(t, address, 'SendStreamingMessage', frame(sendParams('flood')))
  call.stream.pause()
  await until(() => readers.size === 1)
  await until(() => readers.size === 0)
  t.ok(most < buffer + 64 * 9000, `at most ${most} bytes waited`)
  await until(() => call.stream.destroyed || call.stream.resume().destroyed)
  const { tasks: [task] } = await new GrpcClient(t, address).ask<{ tasks: Task[] }>('ListTasks', {})
  t.ok(task, 'the task goes on')
})

t.test('messages that are too large, and bytes that are none', async t => {
  const { address } = await grpcHost(t, { limits: { bodySize: 10_000, jsonDepth: 20 } })
  const client = new GrpcClient(t, address)
  const large = sendParams('x'.repeat(10_000))
  t.match(await client.error('SendMessage', large), { code: status.RESOURCE_EXHAUSTED })
  const packed = new GrpcClient(t, address, { channel: { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip } })
  t.match(await packed.ask('SendMessage', sendParams('x'.repeat(5_000))), { task: {} }, 'compressed messages are read')
  t.match(await packed.error('SendMessage', large), { code: status.RESOURCE_EXHAUSTED }, 'a small one that becomes large is refused')
  const ends = async (body: Buffer, headers = {}) => (await (await rawCall(t, address, 'SendMessage', body, headers)).end)['grpc-status']
  t.equal(await ends(withPrefix(Buffer.from('garbage'))), '3')
  t.equal(await ends(withPrefix(Buffer.alloc(500, 0xff))), '3')
  t.equal(await ends(Buffer.alloc(0)), '3')
  t.equal(await ends(Buffer.from([0, 0, 0, 0, 9, 1])), '3', 'shorter than announced')
  t.equal(await ends(Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1])), '8', 'nothing is set aside for what is only announced')
  t.equal(await ends(Buffer.concat([frame(sendParams('x')), frame(sendParams('x'))])), '3', 'more than one')
  t.equal(await ends(withPrefix(gzipSync('garbage'), 1), { 'grpc-encoding': 'gzip' }), '3')
  t.equal(await ends(withPrefix(Buffer.from('not gzip'), 1), { 'grpc-encoding': 'gzip' }), '3')
  t.equal(await ends(withPrefix(Buffer.from('x'), 1), { 'grpc-encoding': 'lzma' }), '12')
  let deep: unknown = 1
  for (let i = 0; i < 45; i++) deep = [deep]
  t.match(await client.error('SendMessage', { ...sendParams('x'), metadata: { deep } }), { code: status.INVALID_ARGUMENT })
  t.match(await client.error('SendMessage', { ...sendParams('x'), metadata: JSON.parse('{"a":{"__proto__":{"b":1}}}') }), { code: status.INVALID_ARGUMENT })
  t.match(await client.ask('SendMessage', sendParams('still here')), { task: {} })
})

t.test('metadata that is too large is refused, and unknown methods are said to be', async t => {
  const { address } = await grpcHost(t, { grpc: { port: 0, maxHeaderSize: 2_000 } })
  const client = new GrpcClient(t, address)
  const { code } = await client.error('ListTasks', {}, { metadata: { 'x-large': 'y'.repeat(10_000) } })
  t.ok([status.INTERNAL, status.RESOURCE_EXHAUSTED, status.UNAVAILABLE].includes(code), `status ${code}`)
  t.match(await client.ask('ListTasks', {}), { pageSize: Number }, 'the connection is not broken')
  const headers = { ':path': '/lf.a2a.v1.A2AService/Nonsense' }
  t.match(await (await rawCall(t, address, 'x', frame(sendParams('x')), headers)).end, { 'grpc-status': '12' })
  t.match(await (await rawCall(t, address, 'x', frame(sendParams('x')), { ':path': '/a2a' })).end, { 'grpc-status': '12' }, 'nothing else can be reached there')
})

t.test('hooks of the host let callers in, or not', async t => {
  const { address } = await grpcHost(t, { allowAnonymous: false }, app => {
    app.addHook('onRequest', async (request, reply) => {
      reply.header('x-seen', 'yes')
      if (request.headers.authorization === 'Bearer ok') request.a2aPrincipal = { id: 'alice' }
      if (request.headers.authorization === 'Bearer bad') throw Object.assign(new Error('Who are you? 100 % ñ'), { statusCode: 401 })
      if (request.headers.authorization === 'Bearer many') throw Object.assign(new Error('Too many'), { statusCode: 429 })
      if (request.headers.authorization === 'Bearer plain') await reply.code(401).send({ message: 'No' })
    })
  })
  const client = new GrpcClient(t, address)
  const as = (token: string) => ({ metadata: { authorization: `Bearer ${token}` } })
  t.match(await client.error('ListTasks', {}, as('bad')), { code: status.UNAUTHENTICATED, message: 'Who are you? 100 % ñ', details: [{ reason: 'UNAUTHENTICATED' }] })
  t.match(await client.streamError('SendStreamingMessage', sendParams('x'), as('bad')), { code: status.UNAUTHENTICATED })
  t.match(await client.error('ListTasks', {}, as('many')), { code: status.RESOURCE_EXHAUSTED, message: 'Too many' })
  t.match(await client.error('ListTasks', {}, as('plain')), { code: status.UNAUTHENTICATED })
  t.match(await client.error('ListTasks', {}), { code: status.UNAUTHENTICATED }, 'anonymous callers')
  const { metadata } = await client.answer('SendMessage', sendParams('x'), as('ok'))
  t.match(metadata, { 'x-seen': 'yes' })
})

t.test('service parameters come as metadata', async t => {
  const uri = 'https://example.com/extensions/test/v1'
  const { address } = await grpcHost(t, { extensions: [defineExtension({ uri })] })
  const client = new GrpcClient(t, address)
  const { metadata } = await client.answer('SendMessage', sendParams('x'), { metadata: { 'a2a-extensions': `${uri}, urn:x:unknown` } })
  t.match(metadata, { 'a2a-extensions': uri })
  t.match(await client.ask('ListTasks', {}, { metadata: { 'a2a-version': '1.0.1' } }), {})
  t.match(await client.error('ListTasks', {}, { metadata: { 'a2a-version': '0.3' } }), { code: status.FAILED_PRECONDITION, details: [{ reason: 'VERSION_NOT_SUPPORTED' }] })
  t.match(await client.error('ListTasks', {}, { metadata: { 'a2a-version': '9.9' } }), { details: [{ reason: 'VERSION_NOT_SUPPORTED' }] })
})

t.test('raw parts are bytes here, and base64 in JSON', async t => {
  const raw = Buffer.alloc(300_000, 'abc').toString('base64')
  const { app, address } = await grpcHost(t, { executor: ({ message }) => message.parts, card: { ...card, defaultInputModes: ['*/*'] } })
  for (const [version, send, get] of [
    ['1.0', sendParams([{ text: 'a' }, { raw, filename: 'b', mediaType: 'image/png' }]), (id: string) => ({ id })],
    ['0.3', { message: { messageId: 'm', role: 'ROLE_USER', content: [{ text: 'a' }, { file: { fileWithBytes: raw, name: 'b', mimeType: 'image/png' } }] } }, (id: string) => ({ name: `tasks/${id}` })]
  ] as const) {
    const client = new GrpcClient(t, address, { version })
    const { task } = await client.ask<{ task: Task }>('SendMessage', send)
    t.strictSame((await new RpcClient(app).get(task.id)).artifacts?.[0]?.parts, [{ text: 'a' }, { raw, filename: 'b', mediaType: 'image/png' }], version)
    t.strictSame(JSON.stringify(await client.ask('GetTask', get(task.id))).split(raw).length, 3, 'in the history and in the artifact')
  }
})

t.test('what JSON can say, and protobuf cannot, is readable here, too', async t => {
  const { app, address } = await grpcHost(t, { executor: async task => `half a pair: \ud83d, ${task.text}` })
  const { task } = await new RpcClient(app).result<{ task: Task }>('SendMessage', sendParams('\ud800 alone'))
  const client = new GrpcClient(t, address)
  const artifacts = [{ parts: [{ text: 'half a pair: \ufffd, \ufffd alone' }] }]
  t.match(await client.ask('GetTask', { id: task.id }), { id: task.id, artifacts })
  t.match(await client.ask('ListTasks', { includeArtifacts: true }), { tasks: [{ id: task.id, artifacts }] })
})

t.test('so is an error that says it', async t => {
  const refusal = new A2AError('UnsupportedOperationError', 'not \ud83d', { metadata: { what: 'half \ude00' } })
  const { address } = await grpcHost(t, { executor: async () => { throw refusal } })
  t.match(await new GrpcClient(t, address).error('SendMessage', sendParams('x')), {
    code: status.FAILED_PRECONDITION, message: 'not \ufffd', details: [{ metadata: { what: 'half \ufffd' } }]
  })
})

t.test('what an agent nests deep is sent: how deep is too deep is for the client to say', async t => {
  const nested = JSON.parse(`${'['.repeat(200)}${']'.repeat(200)}`)
  const { app, address } = await grpcHost(t, { executor: async task => { await task.artifact({ data: nested }) } })
  const { task } = await new RpcClient(app).result<{ task: Task }>('SendMessage', sendParams('x'))
  t.match(await (await rawCall(t, address, 'GetTask', frame({ id: task.id }, GetTaskRequestSchema))).end, { 'grpc-status': '0' })
})

t.test('with TLS on its own port', async t => {
  const tls = certificate()
  const { address } = await grpcHost(t, { grpc: { port: 0, tls, address: 'agents.example.com:443' } })
  t.equal(address, 'agents.example.com:443')
  const { app } = await grpcHost(t, { grpc: { port: 0, tls } })
  const url = (await app.a2a.agents[0]?.card('http://localhost'))?.supportedInterfaces.find(({ protocolBinding }) => protocolBinding === 'GRPC')?.url ?? ''
  const client = new GrpcClient(t, url, { tls: credentials.createSsl(Buffer.from(tls.cert)) })
  t.match(await client.ask('SendMessage', sendParams('x')), { task: {} })
})

t.test('the end of the server ends streams, and connections', async t => {
  for (const host of [grpcHost, http2Host]) {
    const { store, readers } = watchedStore()
    const { app, address } = await host(t, { store })
    const client = new GrpcClient(t, address)
    const { task } = await client.ask<{ task: Task }>('SendMessage', sendParams('ask'))
    const ended = client.streamError('SubscribeToTask', { id: task.id })
    await until(() => readers.size === 1)
    await app.close()
    t.match(await ended, { code: status.UNAVAILABLE, message: 'The server is shutting down' }, host.name)
  }
})

t.test('many streams of one connection are bounded', async t => {
  const { store, readers } = watchedStore()
  const { address } = await grpcHost(t, { store, grpc: { port: 0, maxConcurrentStreams: 5 } })
  const { task } = await new GrpcClient(t, address).ask<{ task: Task }>('SendMessage', stay)
  const session = connect(`http://${address}`)
  t.teardown(() => session.destroy())
  session.on('error', () => {})
  await once(session, 'remoteSettings')
  t.equal(session.remoteSettings.maxConcurrentStreams, 5)
  const body = frame({ id: task.id }, SubscribeToTaskRequestSchema)
  for (let i = 0; i < 50; i++) session.request(headersOf('SubscribeToTask')).on('error', () => {}).end(body)
  await until(() => readers.size === 5)
  for (let i = 0; i < 200; i++) session.request(headersOf('SubscribeToTask')).on('error', () => {}).close(8)
  await nextTurn()
  t.ok(readers.size <= 5)
  session.destroy()
  await until(() => readers.size === 0)
})

t.test('what can not be served is said at once', async t => {
  const register = async (options = {}, server = {}) => {
    const app = Fastify(server)
    closeAfter(t, app)
    await app.register(a2a, agent(options))
    return app
  }
  await t.rejects(register({ bindings: ['GRPC'] }), { code: 'A2A_ERR_OPTIONS', message: /grpc\.port is missing: gRPC needs HTTP\/2/ })
  await t.rejects(register({ grpc: true, prefix: '/one' }, { http2: true }), { code: 'A2A_ERR_OPTIONS', message: /grpc\.port is missing: .*below \/one/ })
  const one = await register({ grpc: { port: 0 } })
  const address = await one.listen({ host: '127.0.0.1', port: 0 }).then(async url => (await one.a2a.agents[0]?.card(url))?.supportedInterfaces.at(-1)?.url ?? '')
  const two = await register({ grpc: { port: Number(address.split(':')[1]) } })
  await t.rejects(two.listen({ host: '127.0.0.1', port: 0 }), { code: 'EADDRINUSE' })
})

/** A call on HTTP/2 itself. */
async function rawCall (t: Test, address: string, method: string, body: Buffer, more: Record<string, string> = {}) {
  const session = connect(`http://${address}`)
  t.teardown(() => session.destroy())
  session.on('error', () => {})
  const stream = session.request({ ...headersOf(method), ...more })
  stream.on('error', () => {})
  const end = new Promise<Record<string, unknown>>(resolve => {
    let last: Record<string, unknown> = {}
    stream.on('response', headers => { last = headers })
    stream.on('trailers', trailers => { last = trailers })
    stream.on('end', () => resolve(last))
    stream.on('close', () => resolve(last))
  })
  stream.end(body)
  await once(stream, 'response')
  if (!stream.isPaused()) stream.resume()
  return { stream, end }
}

function headersOf (method: string) {
  return { ':method': 'POST', ':path': `/lf.a2a.v1.A2AService/${method}`, 'content-type': 'application/grpc', te: 'trailers' }
}

function frame (params: object, desc: DescMessage = SendMessageRequestSchema): Buffer {
  return withPrefix(Buffer.from(toBinary(desc, fromJson(desc, params as JsonValue))))
}

function withPrefix (bytes: Buffer, flag = 0): Buffer {
  const prefix = Buffer.alloc(5)
  prefix[0] = flag
  prefix.writeUInt32BE(bytes.length, 1)
  return Buffer.concat([prefix, bytes])
}
