/** What comes with gRPC: gRPC-Web, the Connect protocol, JSON codecs, the health service and reflection. */
import { create, createFileRegistry, fromBinary, fromJson, toJson, type DescMethodServerStreaming, type DescMethodUnary, type JsonValue } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect'
import { compressionGzip, createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import t from 'tap'
import type { Task } from '../../schemas/v1/common.ts'
import { ErrorInfoSchema, BadRequestSchema } from '../../schemas/proto/gen/google/rpc/error_details_pb.ts'
import { Health, HealthCheckResponse_ServingStatus as Serving } from '../../schemas/proto/gen/grpc/health/v1/health_pb.ts'
import { ServerReflection, type ServerReflectionRequest } from '../../schemas/proto/gen/grpc/reflection/v1/reflection_pb.ts'
import { ServerReflection as OldServerReflection } from '../../schemas/proto/gen/grpc/reflection/v1alpha/reflection_pb.ts'
import { A2AService } from '../../schemas/proto/gen/lf/a2a/v1/a2a_pb.ts'
import { grpcHost, http2Host } from '../helpers/grpc-host.ts'
import { sendParams } from '../helpers/rpc.ts'
import { watchedStore } from '../helpers/stores.ts'
import { until } from '../helpers/wait.ts'

/** Every way in, but the native one. */
function transports (url: string, address: string): Array<[string, Transport]> {
  const baseUrl = `http://${address}`
  return [
    ['Connect, on the server of the host', createConnectTransport({ baseUrl: url, httpVersion: '1.1' })],
    ['Connect in protobuf, compressed', createConnectTransport({ baseUrl, httpVersion: '2', useBinaryFormat: true, sendCompression: compressionGzip, compressMinBytes: 0 })],
    ['gRPC-Web, on the server of the host', createGrpcWebTransport({ baseUrl: url, httpVersion: '1.1' })],
    ['gRPC-Web in JSON', createGrpcWebTransport({ baseUrl, httpVersion: '2', useBinaryFormat: false })],
    ['gRPC in JSON', createGrpcTransport({ baseUrl, useBinaryFormat: false })],
    ['gRPC, compressed', createGrpcTransport({ baseUrl, sendCompression: compressionGzip, compressMinBytes: 0 })]
  ]
}

/** Speaks ProtoJSON. */
function clientOf (transport: Transport) {
  const { sendMessage, getTask, subscribeToTask, sendStreamingMessage } = A2AService.method
  return {
    send: async (params: object, headers = {}) => await ask(transport, sendMessage, params, headers),
    get: async (params: object, headers = {}) => await ask(transport, getTask, params, headers),
    stream: (params: object, options = {}) => follow(transport, sendStreamingMessage, params, options),
    subscribe: (params: object, options = {}) => follow(transport, subscribeToTask, params, options)
  }
}

async function ask (transport: Transport, method: DescMethodUnary, params: object, headers = {}): Promise<unknown> {
  const { message } = await transport.unary(method, undefined, undefined, headers, fromJson(method.input, params as JsonValue))
  return toJson(method.output, message)
}

async function * follow (transport: Transport, method: DescMethodServerStreaming, params: object, { signal, timeout }: { signal?: AbortSignal, timeout?: number } = {}) {
  async function * input () { yield fromJson(method.input, params as JsonValue) }
  const { message } = await transport.stream(method, signal, timeout, {}, input())
  for await (const event of message) yield toJson(method.output, event)
}

async function failure (work: Promise<unknown>): Promise<ConnectError> {
  return await work.then(() => { throw new Error('should have failed') }, (error: unknown) => ConnectError.from(error))
}

async function all<T> (items: AsyncIterable<T>): Promise<T[]> {
  const got: T[] = []
  for await (const item of items) got.push(item)
  return got
}

t.test('the relatives of gRPC', async t => {
  const { store, readers } = watchedStore()
  const { url, address } = await grpcHost(t, { store, limits: { bodySize: 20_000 } }, app => {
    app.addHook('onRequest', async request => {
      if (request.headers.authorization === 'bad') throw Object.assign(new Error('Who are you?'), { statusCode: 401 })
    })
  })
  for (const [name, transport] of transports(url, address)) {
    t.test(name, async t => {
      const client = clientOf(transport)
      const { task } = await client.send(sendParams('Hi')) as { task: Task }
      t.match(task, { status: { state: 'TASK_STATE_COMPLETED' }, artifacts: [{ parts: [{ text: 'Hi' }] }] })
      t.match(await all(client.stream(sendParams('Hi'))), [{ task: {} }, { artifactUpdate: {} }, { statusUpdate: {} }])

      const notFound = await failure(client.get({ id: 'nobody' }))
      t.equal(notFound.code, Code.NotFound)
      t.match(notFound.findDetails(ErrorInfoSchema), [{ reason: 'TASK_NOT_FOUND', domain: 'a2a-protocol.org', metadata: { taskId: 'nobody' } }])
      const invalid = await failure(client.send({ message: { messageId: 'm', role: 'ROLE_USER' } }))
      t.match([invalid.code, invalid.findDetails(BadRequestSchema)], [Code.InvalidArgument, [{ fieldViolations: [{ field: 'message.parts' }] }]])
      t.equal((await failure(all(client.subscribe({ id: 'nobody' })))).code, Code.NotFound)
      const refused = await failure(client.get({ id: 'x' }, { authorization: 'bad' }))
      t.match([refused.code, refused.rawMessage], [Code.Unauthenticated, 'Who are you?'], 'hooks of the host')
      t.equal((await failure(client.send(sendParams('x'.repeat(20_000))))).code, Code.ResourceExhausted)
      t.equal((await failure(client.get({ id: 'x' }, { 'a2a-version': '0.3' }))).code, Code.FailedPrecondition)

      const { task: waiting } = await client.send(sendParams('ask')) as { task: Task }
      t.equal((await failure(all(client.subscribe({ id: waiting.id }, { timeout: 100 })))).code, Code.DeadlineExceeded)
      const controller = new AbortController()
      const subscription = client.subscribe({ id: waiting.id }, { signal: controller.signal })
      t.match(await subscription.next(), { value: { task: { id: waiting.id } } })
      controller.abort()
      await until(() => readers.size === 0)
    })
  }
})

t.test('the Connect protocol takes plain JSON', async t => {
  const { app } = await grpcHost(t)
  const post = async (method: string, payload: object) => await app.inject({ method: 'POST', url: `/lf.a2a.v1.A2AService/${method}`, payload })
  t.match((await post('SendMessage', sendParams('Hi'))).json(), { task: { artifacts: [{ parts: [{ text: 'Hi' }] }] } })
  const { statusCode, body } = await post('SendMessage', sendParams([{ raw: '?' }]))
  t.equal(statusCode, 400)
  t.match(JSON.parse(body), { code: 'invalid_argument' })
})

t.test('streams end with the server', async t => {
  const { app, url, address } = await grpcHost(t)
  const [, [, transport] = []] = transports(url, address)
  if (transport === undefined) return t.fail('no transport')
  const client = clientOf(transport)
  const { task } = await client.send(sendParams('ask')) as { task: Task }
  const stream = client.subscribe({ id: task.id })
  await stream.next()
  const health = createClient(Health, createGrpcTransport({ baseUrl: `http://${address}` })).watch({})[Symbol.asyncIterator]()
  t.match(await health.next(), { value: { status: Serving.SERVING } })
  const closed = app.close()
  const ended = failure(all(stream))
  t.match(await health.next(), { value: { status: Serving.NOT_SERVING } })
  t.equal((await ended).code, Code.Unavailable)
  t.match(await health.next(), { done: true })
  await closed
})

t.test('health', async t => {
  const { address } = await http2Host(t, { versions: ['1.0'] })
  const health = createClient(Health, createGrpcTransport({ baseUrl: `http://${address}` }))
  t.match(await health.check({}), { status: Serving.SERVING })
  t.match(await health.check({ service: 'lf.a2a.v1.A2AService' }), { status: Serving.SERVING })
  t.equal((await failure(health.check({ service: 'a2a.v1.A2AService' }))).code, Code.NotFound, 'a version that is not served')
  t.match(Object.keys((await health.list({})).statuses), ['', 'lf.a2a.v1.A2AService'])
  const controller = new AbortController()
  const unknown = health.watch({ service: 'nonsense' }, { signal: controller.signal })[Symbol.asyncIterator]()
  t.match(await unknown.next(), { value: { status: Serving.SERVICE_UNKNOWN } })
  controller.abort()
})

t.test('reflection', async t => {
  const { address } = await grpcHost(t)
  const transport = createGrpcTransport({ baseUrl: `http://${address}` })
  const ask = async (service: typeof ServerReflection, question: ServerReflectionRequest['messageRequest']) => {
    async function * questions () { yield { host: 'here', messageRequest: question } }
    const [answer] = await all(createClient(service, transport).serverReflectionInfo(questions()))
    return answer?.messageResponse
  }
  const services = ['lf.a2a.v1.A2AService', 'a2a.v1.A2AService', 'grpc.health.v1.Health']
  t.match(await ask(ServerReflection, { case: 'listServices', value: '' }), { value: { service: services.map(name => ({ name })) } })
  const old = createClient(OldServerReflection, transport)
  async function * one () { yield { messageRequest: { case: 'listServices' as const, value: '' } } }
  t.match(await all(old.serverReflectionInfo(one())), [{ messageResponse: { value: { service: services.map(name => ({ name })) } } }])

  for (const symbol of ['lf.a2a.v1.A2AService', 'lf.a2a.v1.A2AService.SendMessage', 'lf.a2a.v1.Part.raw', 'a2a.v1.TASK_STATE_CANCELLED', 'a2a.v1.Task']) {
    const found = await ask(ServerReflection, { case: 'fileContainingSymbol', value: symbol })
    if (found?.case !== 'fileDescriptorResponse') return t.fail(`${symbol} ${found?.case}`)
    const registry = registryOf(found.value.fileDescriptorProto)
    t.ok(registry.getFile(symbol.startsWith('lf.') ? 'lf/a2a/v1/a2a.proto' : 'a2a/v1/a2a.proto'), 'with all that it imports')
  }
  t.match(await ask(ServerReflection, { case: 'fileByFilename', value: 'google/protobuf/struct.proto' }), { case: 'fileDescriptorResponse' })
  t.match(await ask(ServerReflection, { case: 'fileByFilename', value: 'nonsense.proto' }), { case: 'errorResponse', value: { errorCode: Code.NotFound } })
  t.match(await ask(ServerReflection, { case: 'fileContainingSymbol', value: 'nonsense' }), { case: 'errorResponse', value: { errorCode: Code.NotFound } })

  const { address: closed } = await grpcHost(t, { grpc: { port: 0, reflection: false } })
  async function * any () { yield { messageRequest: { case: 'listServices' as const, value: '' } } }
  const refused = await failure(all(createClient(ServerReflection, createGrpcTransport({ baseUrl: `http://${closed}` })).serverReflectionInfo(any())))
  t.equal(refused.code, Code.Unimplemented)
})

/** Fails unless the files are whole, each after those that it imports. */
function registryOf (files: Uint8Array[]) {
  const file = files.map(bytes => fromBinary(FileDescriptorProtoSchema, bytes)).reverse()
  return createFileRegistry(create(FileDescriptorSetSchema, { file }))
}
