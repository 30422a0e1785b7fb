/** What stands between callers and operations, as it is on gRPC and its relatives: the audit log, network rules, rates, slow requests. */
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect as connectTcp } from 'node:net'
import type { Duplex } from 'node:stream'
import { X509Certificate } from 'node:crypto'
import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect'
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import { credentials, status } from '@grpc/grpc-js'
import t, { type Test } from 'tap'
import { limitsUri, type AgentOptions, type AuditRecord } from '../../lib/index.ts'
import { A2AService } from '../../schemas/proto/gen/lf/a2a/v1/a2a_pb.ts'
import { certificate } from '../helpers/certificate.ts'
import { GrpcClient } from '../helpers/grpc.ts'
import { grpcHost } from '../helpers/grpc-host.ts'
import { RpcClient, sendParams } from '../helpers/rpc.ts'
import { closed, until } from '../helpers/wait.ts'

const security: AgentOptions['security'] = {
  schemes: { key: { type: 'apiKey', keys: [{ key: 'of ada', id: 'ada', scopes: ['flights'] }, { key: 'of bob', id: 'bob' }] } },
  requirements: [{ key: ['flights'] }]
}
const as = (key: string) => ({ metadata: { 'x-api-key': key } })
const message03 = { message: { messageId: '1', role: 'ROLE_USER', content: [{ text: 'Hello' }] } }

t.test('a record for each decision, and one for each call', async t => {
  const { app, url, address, records } = await audited(t, { security, allowAnonymous: undefined })
  const client = new GrpcClient(t, address)
  const older = new GrpcClient(t, address, { version: '0.3' })
  await client.ask('SendMessage', sendParams('Hello'), as('of ada'))
  await client.events('SendStreamingMessage', sendParams('Hello'), as('of ada'))
  await older.ask('SendMessage', message03, as('of ada'))
  for (const key of ['of eve', 'of bob']) await client.error('GetTask', { id: 'x' }, as(key))
  await older.error('GetTask', { name: 'tasks/x' })
  await client.error('GetTask', { id: 'x' }, as('of ada'))
  const connect = createClient(A2AService, createConnectTransport({ baseUrl: url, httpVersion: '1.1' }))
  await t.rejects(connect.getTask({ id: 'x' }), { code: Code.Unauthenticated })
  await t.rejects(connect.getTask({ id: 'x' }, { headers: { 'x-api-key': 'of ada' } }), { code: Code.NotFound })
  await until(() => records.length >= 18)

  const accepted = { event: 'authentication', outcome: 'accepted', principal: { id: 'ada', scheme: 'key' }, address: '127.0.0.1' }
  const refused = (reason: string) => ({ event: 'authentication', outcome: 'refused', principal: null, reason })
  const operation = { event: 'operation', binding: 'GRPC' }
  t.match(records, [
    accepted, { ...operation, operation: 'SendMessage', version: '1.0', taskId: String, outcome: 'success' },
    accepted, { ...operation, operation: 'SendStreamingMessage', taskId: String, outcome: 'success' },
    accepted, { ...operation, operation: 'SendMessage', version: '0.3', taskId: String, outcome: 'success' },
    refused('The API key is not known'), { ...operation, outcome: 'refused', error: 'UnauthenticatedError' },
    refused('one of these scopes is missing: flights'), { ...operation, outcome: 'refused', error: 'PermissionDeniedError' },
    refused('no credentials'), { ...operation, outcome: 'refused', error: 'UnauthenticatedError' },
    accepted, { ...operation, operation: 'GetTask', taskId: 'x', outcome: 'refused', error: 'TaskNotFoundError' },
    refused('no credentials'), { ...operation, outcome: 'refused', error: 'UnauthenticatedError' },
    accepted, { ...operation, operation: 'GetTask', taskId: 'x', outcome: 'refused', error: 'TaskNotFoundError' }
  ])
  t.equal(records.length, 18, 'and no other')
  t.notMatch(JSON.stringify(records), /of ada|Hello/)
  await new RpcClient(app, { headers: { 'x-api-key': 'of eve' } }).ask('ListTasks')
  t.match(records.at(-2), refused('The API key is not known'), 'JSON-RPC is recorded in the same way')
})

t.test('a stream that its caller leaves is recorded as such', async t => {
  const { address, records } = await audited(t, {})
  const stream = new GrpcClient(t, address).stream('SendStreamingMessage', sendParams('stay'))
  stream.on('error', () => {})
  await once(stream, 'data')
  stream.cancel()
  await until(() => records.length > 0)
  t.match(records, [{ binding: 'GRPC', operation: 'SendStreamingMessage', taskId: String, outcome: 'aborted' }])
})

t.test('calls count with those of the other bindings', async t => {
  const { app, url, address } = await grpcHost(t, { security, allowAnonymous: undefined, rateLimit: { max: 4, operations: { GetTask: { max: 1 } } } })
  const client = new GrpcClient(t, address)
  const first = await client.answer('ListTasks', {}, as('of ada'))
  t.match(first.metadata, { 'x-ratelimit-limit': '4', 'x-ratelimit-remaining': '3' })
  await client.error('GetTask', { id: 'x' }, as('of ada'))
  t.match(await client.error('GetTask', { id: 'x' }, as('of ada')), {
    code: status.RESOURCE_EXHAUSTED, message: 'More than 1 requests within 60 s', details: [{ '@type': /RetryInfo/, retryDelay: /^\d+s$/ }, { reason: 'RESOURCE_EXHAUSTED' }]
  })
  t.equal((await new RpcClient(app, { headers: { 'x-api-key': 'of ada' } }).ask('ListTasks')).status, 200)
  await client.ask('ListTasks', {}, as('of ada'))
  t.match(await client.streamError('SendStreamingMessage', sendParams('Hello'), as('of ada')), { code: status.RESOURCE_EXHAUSTED, message: 'More than 4 requests within 60 s' })
  for (const [name, transport] of relatives(url, address)) {
    const relative = createClient(A2AService, transport)
    await t.rejects(relative.listTasks({}, { headers: { 'x-api-key': 'of ada' } }), { code: Code.ResourceExhausted }, name)
  }
})

t.test('whoever shows wrong credentials again and again is not listened to, on any binding', async t => {
  const { app, url, address, records } = await audited(t, { security, allowAnonymous: undefined, rateLimit: { failures: { max: 3 } } })
  const client = new GrpcClient(t, address)
  await client.ask('ListTasks', {}, as('of ada'))
  await client.error('ListTasks', {})
  t.match(await client.error('ListTasks', {}, as('guess 1')), { code: status.UNAUTHENTICATED })
  t.equal((await new RpcClient(app, { headers: { 'x-api-key': 'guess 2' } }).ask('ListTasks')).status, 401)
  const connect = createClient(A2AService, createConnectTransport({ baseUrl: url, httpVersion: '1.1' }))
  await t.rejects(connect.listTasks({}, { headers: { 'x-api-key': 'guess 3' } }), { code: Code.Unauthenticated })

  const late = { code: status.RESOURCE_EXHAUSTED, message: 'Too many wrong credentials came from this address', details: [{ '@type': /RetryInfo/ }, {}] }
  t.match(await client.error('ListTasks', {}, as('of ada')), late, 'a guess that is right says nothing any more')
  t.match(await new RpcClient(app, { headers: { 'x-api-key': 'of ada' } }).ask('ListTasks'), { status: 429, headers: { 'retry-after': /^\d+$/ }, body: { error: { code: -32051 } } })
  t.match(records.at(-2), { event: 'authentication', outcome: 'refused', reason: 'Too many wrong credentials came from this address' })
  const elsewhere = await app.inject({ method: 'POST', url: '/a2a', remoteAddress: '203.0.113.7', headers: { 'x-api-key': 'of ada', 'a2a-version': '1.0' }, payload: { jsonrpc: '2.0', id: 1, method: 'ListTasks' } })
  t.equal(elsewhere.statusCode, 200, 'another address is')
})

t.test('anybody may guess where that is wanted', async t => {
  const { address } = await grpcHost(t, { security, allowAnonymous: undefined, rateLimit: { failures: false } })
  const client = new GrpcClient(t, address)
  for (let i = 0; i < 120; i++) await client.error('ListTasks', {}, as('guess'))
  await client.ask('ListTasks', {}, as('of ada'))
})

t.test('who may not call is not asked who he is', async t => {
  let asked = 0
  const scheme = { type: 'custom' as const, authenticate: () => { asked++; return { id: 'ada' } }, card: { httpAuthSecurityScheme: { scheme: 'Magic' } } }
  const { url, address } = await grpcHost(t, { security: { schemes: { scheme } }, allowAnonymous: undefined, network: { deny: { addresses: ['127.0.0.0/8'] } } })
  const client = new GrpcClient(t, address)
  const refused = { code: status.PERMISSION_DENIED, message: 'This caller is not allowed here', details: [{ reason: 'PERMISSION_DENIED' }] }
  t.match(await client.error('ListTasks', {}), refused)
  t.match(await client.streamError('SendStreamingMessage', sendParams('Hello')), refused)
  t.match(await new GrpcClient(t, address, { version: '0.3' }).error('GetTask', { name: 'tasks/x' }), refused)
  for (const [name, transport] of relatives(url, address)) await t.rejects(createClient(A2AService, transport).listTasks({}), { code: Code.PermissionDenied }, name)
  t.equal(asked, 0)
})

t.test('by certificate, and by an issuer', async t => {
  const [server, friend, stranger] = [certificate(), certificate(), certificate()]
  const { fingerprint256 } = new X509Certificate(friend.cert)
  const tls = { ...server, requestCert: true, rejectUnauthorized: false }
  const { address } = await grpcHost(t, { grpc: { port: 0, tls }, network: { allow: { certificates: [fingerprint256], principals: [{ id: 'ada', issuer: 'https://id.example.com' }] } } }, app => {
    app.addHook('onRequest', async request => {
      const { id, issuer } = request.headers
      if (typeof id === 'string') request.a2aPrincipal = { id, ...typeof issuer === 'string' && { issuer } }
    })
  })
  const client = (shown?: { key: string, cert: string }) =>
    new GrpcClient(t, address, { tls: credentials.createSsl(Buffer.from(server.cert), ...shown === undefined ? [] : [Buffer.from(shown.key), Buffer.from(shown.cert)]), channel: { 'grpc.use_local_subchannel_pool': 1 } })
  await client(friend).ask('ListTasks', {})
  t.match(await client(stranger).error('ListTasks', {}), { code: status.PERMISSION_DENIED })
  const unknown = client()
  t.match(await unknown.error('ListTasks', {}), { code: status.PERMISSION_DENIED })
  await unknown.ask('ListTasks', {}, { metadata: { id: 'ada', issuer: 'https://id.example.com' } })
  t.match(await unknown.error('ListTasks', {}, { metadata: { id: 'ada', issuer: 'https://evil.example.com' } }), { code: status.PERMISSION_DENIED }, 'the same id of another issuer')
  t.match(await unknown.error('ListTasks', {}, { metadata: { id: 'ada' } }), { code: status.PERMISSION_DENIED })
})

t.test('turns and streams are those of a caller, and not of whom it shares tasks with', async t => {
  const { address } = await grpcHost(t, { owner: () => 'everybody', limits: { turnsPerClient: 1, streams: 1 } }, app => {
    app.addHook('onRequest', async request => { request.a2aPrincipal = { id: 'ada', issuer: String(request.headers.issuer) } })
  })
  const client = new GrpcClient(t, address)
  const of = (issuer: string) => ({ metadata: { issuer } })
  const stay = { ...sendParams('stay'), configuration: { returnImmediately: true } }
  const { task } = await client.ask<{ task: { id: string } }>('SendMessage', stay, of('one'))
  t.match(await client.error('SendMessage', { ...stay, ...sendParams('stay') }, of('one')), { code: status.RESOURCE_EXHAUSTED, message: '1 messages of this client are being worked on already' })
  await client.ask('SendMessage', { ...stay, ...sendParams('stay') }, of('two'))
  const open = client.stream('SubscribeToTask', { id: task.id }, of('one'))
  open.on('error', () => {})
  await once(open, 'data')
  t.match(await client.streamError('SubscribeToTask', { id: task.id }, of('one')), { code: status.RESOURCE_EXHAUSTED })
  const other = client.stream('SubscribeToTask', { id: task.id }, of('two'))
  other.on('error', () => {})
  await once(other, 'data')
  for (const stream of [open, other]) stream.cancel()
})

t.test('what applies to callers can be read over gRPC', async t => {
  const { address } = await grpcHost(t, { publishLimits: true, extendedCard: { name: 'More', description: 'For some' }, rateLimit: { max: 100 } })
  const extension = { uri: limitsUri, params: { rates: [{ max: 100, window: 60_000 }], concurrency: { turns: 500, streams: 1000 } } }
  t.match(await new GrpcClient(t, address).ask('GetExtendedAgentCard', {}), { capabilities: { extensions: [extension] } })
  t.match(await new GrpcClient(t, address, { version: '0.3' }).ask('GetAgentCard', {}), { capabilities: { extensions: [extension] } })
})

t.test('who is not let in need not be read: a large message is answered all the same', async t => {
  const { address } = await grpcHost(t, { security, allowAnonymous: undefined })
  const client = new GrpcClient(t, address)
  for (let i = 0; i < 10; i++) t.match(await client.error('SendMessage', sendParams('x'.repeat(5_000_000)), as('of eve')), { code: status.UNAUTHENTICATED })
  await client.ask('ListTasks', {}, as('of ada'))
})

t.test('a body that comes drop by drop is cut off, whoever reads it', async t => {
  const { url, address } = await grpcHost(t, { limits: { requestTime: 150 } })
  for (const type of ['application/grpc', 'application/grpc+json', 'application/grpc-web+proto', 'application/connect+proto']) {
    const session = connectHttp2(`http://${address}`)
    t.teardown(() => session.destroy())
    const stream = session.request({ ':method': 'POST', ':path': '/lf.a2a.v1.A2AService/SendStreamingMessage', 'content-type': type, te: 'trailers' })
    stream.resume()
    stream.write(Buffer.from([0, 0, 0, 4, 0, 1]))
    await dripped(stream)
    t.pass(type)
  }
  const socket = connectTcp(Number(new URL(url).port), '127.0.0.1')
  socket.write('POST /lf.a2a.v1.A2AService/SendMessage HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{')
  await dripped(socket)
  await new GrpcClient(t, address).ask('ListTasks', {})
})

t.test('a stream goes on for longer than its request may take', async t => {
  const { url, address } = await grpcHost(t, { limits: { requestTime: 50 } })
  const { task } = await new GrpcClient(t, address).ask<{ task: { id: string } }>('SendMessage', sendParams('ask'))
  for (const [name, transport] of relatives(url, address)) {
    const error = await (async () => { for await (const event of createClient(A2AService, transport).subscribeToTask({ id: task.id }, { timeoutMs: 400 })) t.ok(event) })().catch(ConnectError.from)
    t.match(error, { code: Code.DeadlineExceeded }, name)
  }
})

/** Writes drop by drop until the other side has ended it. */
async function dripped (stream: Duplex): Promise<void> {
  const drops = setInterval(() => { if (stream.writable) stream.write(' ') }, 10)
  await closed(stream)
  clearInterval(drops)
}

function relatives (url: string, address: string): Array<[string, Transport]> {
  return [
    ['Connect', createConnectTransport({ baseUrl: url, httpVersion: '1.1' })],
    ['gRPC-Web', createGrpcWebTransport({ baseUrl: `http://${address}`, httpVersion: '2' })]
  ]
}

async function audited (t: Test, options: Partial<AgentOptions>) {
  const records: AuditRecord[] = []
  const stream = { write: (line: string) => { records.push(JSON.parse(line)) } }
  return { ...await grpcHost(t, { ...options, audit: { stream } }), records }
}
