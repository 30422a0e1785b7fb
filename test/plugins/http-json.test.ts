/** HTTP+JSON in both versions: paths, verbs, media types, query parameters, errors, streams and faults. */
import { once } from 'node:events'
import net from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import Fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify'
import t, { type Test } from 'tap'
import type { AgentCard } from '../../schemas/v1/card.ts'
import type { SendMessageResponse, StreamResponse, Task } from '../../schemas/v1/common.ts'
import type { ListTasksResponse } from '../../schemas/v1/requests.ts'
import type { ProtoStreamResponse, ProtoTask } from '../../schemas/v0_3/proto.ts'
import type { Executor } from '../../lib/agent/executor.ts'
import { A2AError } from '../../lib/protocol/errors.ts'
import { createMemoryStore } from '../../lib/stores/memory/store.ts'
import { Snapshot } from '../../lib/task/store.ts'
import a2a from '../../plugins/a2a.ts'
import { agent, card, closeAfter, host, listen, logSink, obey, type HostOptions } from '../helpers/host.ts'
import { openEvents, RestClient, type RestError } from '../helpers/rest.ts'
import { message, RpcClient, sendParams } from '../helpers/rpc.ts'
import { storeWith, watchedStore } from '../helpers/stores.ts'
import { closed, until } from '../helpers/wait.ts'

const json = 'application/a2a+json'
const errorInfo = 'type.googleapis.com/google.rpc.ErrorInfo'

async function serve (t: Test, options: HostOptions = {}) {
  const app = await host(t, { executor: obey, ...options })
  return { app, rest: new RestClient(app), v03: new RestClient(app, { base: '/a2a/v1', headers: { 'content-type': 'application/json' } }), url: async () => `${await listen(app)}/a2a` }
}

/** What an error of 1.0 must look like, whoever has found it. */
function status (code: number, name: string, reason: string, text = /./) {
  return {
    status: code,
    headers: { 'content-type': json },
    body: { error: { code, status: name, message: text, details: [{ '@type': errorInfo, reason, domain: 'a2a-protocol.org' }] } }
  }
}

t.test('operations', async t => {
  const { app, rest } = await serve(t)

  t.test('send, get, list', async t => {
    const { status, headers, body } = await rest.post<SendMessageResponse>('/message:send', sendParams('Hello'))
    t.equal(status, 200)
    t.equal(headers['content-type'], json)
    if (!('task' in body)) throw new Error('a task was expected')
    t.match(body.task, { status: { state: 'TASK_STATE_COMPLETED' }, artifacts: [{ parts: [{ text: 'Hello' }] }] })
    const { id } = body.task
    t.strictSame((await rest.get<Task>(`/tasks/${id}`)).body, body.task)
    t.strictSame(await new RpcClient(app).get(id), body.task, 'one agent, whichever binding')
    t.strictSame((await rest.get<ListTasksResponse>('/tasks')).body.tasks.map(task => task.id), [id])
    t.match((await rest.post('/message:send', sendParams('reply'))).body, { message: { parts: [{ text: 'Just a message' }] } })
  })

  t.test('cancel, with and without a body', async t => {
    for (const [body, headers] of [[undefined, {}], [undefined, { 'content-type': 'application/json' }], ['', { 'content-type': json }], [{}, {}], [{ metadata: { why: 'late' } }, {}]] as const) {
      const task = await rest.send('stay', { configuration: { returnImmediately: true } })
      t.match(await rest.post(`/tasks/${task.id}:cancel`, body, headers), { status: 200, body: { id: task.id, status: { state: 'TASK_STATE_CANCELED' } } })
    }
  })

  t.test('the path wins over the body', async t => {
    const [one, two] = [await rest.send('stay', { configuration: { returnImmediately: true } }), await rest.send('stay', { configuration: { returnImmediately: true } })]
    t.match((await rest.post(`/tasks/${one.id}:cancel`, { id: two.id })).body, { id: one.id })
    t.match((await rest.post(`/tasks/${two.id}:cancel`)).body, { id: two.id, status: { state: 'TASK_STATE_CANCELED' } })
  })

  t.test('names in snake_case are understood', async t => {
    const sent = await rest.post('/message:send', { message: { message_id: 'm', role: 'ROLE_USER', parts: [{ text: 'x', media_type: 'text/plain' }] }, configuration: { history_length: 0 } })
    t.match(sent.body, { task: { history: undefined } })
  })

  t.test('push configurations and the extended card, which this agent does not have', async t => {
    const { id } = await rest.send('x')
    const unsupported = status(400, 'FAILED_PRECONDITION', 'PUSH_NOTIFICATION_NOT_SUPPORTED')
    t.match(await rest.post(`/tasks/${id}/pushNotificationConfigs`, { url: 'https://example.com' }), unsupported)
    t.match(await rest.get(`/tasks/${id}/pushNotificationConfigs?pageSize=5`), unsupported)
    t.match(await rest.get(`/tasks/${id}/pushNotificationConfigs/a:b`), unsupported)
    t.match(await rest.ask('DELETE', `/tasks/${id}/pushNotificationConfigs/a`), unsupported)
    t.match((await rest.post(`/tasks/${id}/pushNotificationConfigs`, { url: 'nowhere' })).body.error.details[0]?.fieldViolations, [{ field: 'url', description: 'must be an absolute URL' }])
    t.match(await rest.get('/extendedAgentCard'), status(400, 'FAILED_PRECONDITION', 'UNSUPPORTED_OPERATION'))
  })

  t.test('the extended card', async t => {
    const { rest, v03 } = await serve(t, { extendedCard: { ...card, description: 'All of it' } })
    t.match(await rest.get<AgentCard>('/extendedAgentCard'), { headers: { 'cache-control': 'private, no-cache' }, body: { description: 'All of it', supportedInterfaces: [{}] } })
    t.match((await rest.get<AgentCard>('/acme/extendedAgentCard')).body, { description: 'All of it' })
    t.match(await v03.get('/card'), { status: 200, headers: { 'content-type': 'application/json' }, body: { description: 'All of it', protocolVersion: '0.3.0', url: /\/a2a$/ } })
  })
})

t.test('ids', async t => {
  const inner = createMemoryStore()
  // Ids of ours are plain; those of a store that others write to may be anything.
  const ids = ['a:b', 'a:b:cancelled', 'subscribe', ':', 'a/b', 'a b', 'é💥', 'a%b', 'a?b#c', '..x', 'a+b', '::', 'urn:uuid:5']
  const samples: Snapshot[] = []
  const known = (id: string) => ids.includes(id) && samples[0] !== undefined
    ? Snapshot.ofTask({ id, contextId: 'c', status: { state: 'TASK_STATE_COMPLETED' } }, samples[0].meta)
    : undefined
  const store = storeWith({ get: async (scope, id) => known(id) ?? await inner.get(scope, id) }, inner)
  const { rest, url } = await serve(t, { store })
  const sample = await inner.get({ agent: 'default', tenant: '', owner: '' }, (await rest.send('x')).id)
  if (sample !== undefined) samples.push(sample)
  const base = await url()

  for (const id of ids) {
    const encoded = encodeURIComponent(id)
    // A client on a socket: what `inject` does to a path is its own business.
    t.match(await (await fetch(`${base}/tasks/${encoded}`)).json(), { id }, `get ${encoded}`)
    t.match(await (await fetch(`${base}/tasks/${encoded}:cancel`, { method: 'POST' })).json(), { error: { details: [{ reason: 'TASK_NOT_CANCELABLE', metadata: { taskId: id } }] } }, `cancel ${encoded}`)
    for (const method of ['GET', 'POST']) {
      t.match(await (await fetch(`${base}/acme/tasks/${encoded}:subscribe`, { method })).json(), { error: { details: [{ reason: 'UNSUPPORTED_OPERATION', metadata: { taskId: id } }] } }, `subscribe ${encoded}`)
    }
    t.match(await (await fetch(`${base}/v1/tasks/${encoded}`)).json(), { id }, `0.3 ${encoded}`)
  }
  t.match((await rest.get('/tasks/a:b')).body, { id: 'a:b' }, 'a colon needs no encoding')
  t.match((await rest.post('/tasks/a:b:cancel')).body, { error: { details: [{ metadata: { taskId: 'a:b' } }] } }, 'the last colon begins the verb')
  t.match(await rest.get('/tasks/%C3%28'), { status: 400 }, 'bytes that are no UTF-8')
  t.match((await rest.get('/tasks/')).body, { error: { code: 400, message: /id must not be empty/ } })
})

t.test('what the server answers before any plugin can have the host\'s form', async t => {
  const frameworkErrors = ({ statusCode = 400, message }: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
    reply.code(statusCode).send({ error: { code: statusCode, message } })
  }
  const long = 'x'.repeat(150)
  const { rest } = await serve(t, { server: { frameworkErrors } })
  t.match(await rest.get('/tasks/%zz'), { status: 400, body: { error: { code: 400 } } })
  t.match(await rest.get(`/tasks/${long}`), { status: 414, body: { error: { code: 414 } } })
  const wide = await serve(t, { server: { routerOptions: { maxParamLength: 1024 } } })
  t.match(await wide.rest.get(`/tasks/${long}`), status(404, 'NOT_FOUND', 'TASK_NOT_FOUND'))
  t.match((await wide.rest.get(`/tasks/${'x'.repeat(257)}`)).body.error.details[0]?.fieldViolations, [{ field: 'id', description: 'must have at most 256 characters' }])
  t.match(await wide.rest.post(`/${long}/message:send`, sendParams('x')), { status: 200 })
})

t.test('tenants', async t => {
  const { rest } = await serve(t)

  t.test('stand in the path, the query or the body', async t => {
    const { id } = await rest.send('x', {}, '/acme')
    for (const path of [`/acme/tasks/${id}`, `/tasks/${id}?tenant=acme`]) t.match(await rest.get(path), { status: 200, body: { id } }, path)
    for (const path of [`/tasks/${id}`, `/other/tasks/${id}`, `/other/tasks/${id}?tenant=acme`]) t.match(await rest.get(path), status(404, 'NOT_FOUND', 'TASK_NOT_FOUND'), path)
    t.match((await rest.post<SendMessageResponse>('/message:send', { ...sendParams('x'), tenant: 'acme' })).body, { task: {} })
    t.match((await rest.post<SendMessageResponse>('/acme/message:send', { ...sendParams('x'), tenant: 'other' })).body, { task: {} })
    t.match((await rest.get<ListTasksResponse>('/acme/tasks')).body, { totalSize: 3 }, 'what the path says holds')
    t.match((await rest.get<ListTasksResponse>('/other/tasks')).body, { totalSize: 0 })
  })

  t.test('may be called as they like', async t => {
    for (const name of ['tasks', 'v1', 'v2', 'message:send', 'extendedAgentCard', 'a%2Fb', 'x:cancel', '%C3%A9']) {
      const headers = { 'a2a-version': '1.0' }
      const sent = await rest.post<SendMessageResponse>(`/${name}/message:send`, sendParams('x'), headers)
      if (!('task' in sent.body)) throw new Error(`${name}: ${sent.text}`)
      const { id } = sent.body.task
      t.match(await rest.get(`/${name}/tasks/${id}`, headers), { status: 200, body: { id } }, name)
      t.match(await rest.get(`/tasks/${id}`, headers), { status: 404 }, `only ${name} has it`)
      t.match(await rest.get<ListTasksResponse>(`/tasks?tenant=${name}`, headers), { body: { totalSize: 1 } }, name)
      t.match(await rest.post(`/${name}/tasks/${id}:cancel`, undefined, headers), status(400, 'FAILED_PRECONDITION', 'TASK_NOT_CANCELABLE'), name)
    }
    t.match(await rest.get('/tasks/tasks'), status(404, 'NOT_FOUND', 'TASK_NOT_FOUND'), 'a task is meant, not the list of that tenant')
    await rest.post('/v1/message:send', { ...sendParams('x'), tenant: 'other' }, { 'a2a-version': '1.0' })
    t.match((await rest.get<ListTasksResponse>('/v1/tasks', { 'a2a-version': '1.0' })).body, { totalSize: 2 }, 'the path wins there, too')
    t.match((await rest.get<ListTasksResponse>('/tasks?tenant=other')).body, { totalSize: 0 })
    t.match(await rest.get('/v1/extendedAgentCard', { 'a2a-version': '1.0' }), status(400, 'FAILED_PRECONDITION', 'UNSUPPORTED_OPERATION'))
  })
})

t.test('the version of a request', async t => {
  const { rest, v03, app } = await serve(t)
  const unsupported = status(400, 'FAILED_PRECONDITION', 'VERSION_NOT_SUPPORTED')

  t.test('shows in the path; a header must fit', async t => {
    for (const version of ['1.0', '1.0.1', ' 1.0 ', '']) t.match(await rest.get('/tasks', { 'a2a-version': version }), { status: 200 }, version)
    t.match(await rest.get('/tasks?A2A-Version=1.0'), { status: 200 })
    for (const version of ['0.3', '0.3.0', '99.0', 'x', '2']) t.match(await rest.get('/tasks', { 'a2a-version': version }), unsupported, version)
    t.match(await rest.get('/tasks?A2A-Version=99.0'), unsupported)
    t.match((await rest.get('/tasks', { 'a2a-version': '0.3' })).body.error.details[0]?.metadata, { supported: '1.0' })
    for (const version of ['0.3', '0.3.0', '']) t.match(await v03.get('/tasks', { 'a2a-version': version }), { status: 200, body: [] }, version)
    t.match((await v03.get('/card', { 'a2a-version': '1.0' })).body, { error: { details: [{ reason: 'VERSION_NOT_SUPPORTED' }] } }, '1.0 has no such path')
  })

  t.test('a client of 0.3 is not taken for a tenant where only 1.0 is served', async t => {
    const only1 = new RestClient(await host(t, { versions: ['1.0'] }))
    t.match(await only1.post('/v1/message:send', sendParams('x')), unsupported)
    t.match((await only1.post('/v1/message:send', sendParams('x'))).body.error.message, /send A2A-Version: 1\.0/)
    t.match(await only1.post('/v1/message:send', sendParams('x'), { 'a2a-version': '1.0' }), { status: 200 })
  })

  t.test('one that is not served has no paths', async t => {
    const only03 = new RestClient(await host(t, { versions: ['0.3'] }))
    t.match(await only03.get('/tasks'), status(404, 'NOT_FOUND', 'METHOD_NOT_FOUND'))
    t.match(await only03.get('/v1/tasks', { 'a2a-version': '1.0' }), { status: 400, body: { error: { details: [{ reason: 'VERSION_NOT_SUPPORTED' }] } } })
    t.match(await only03.get('/v1/tasks'), { status: 200 })
  })

  t.test('a binding that is off has none either', async t => {
    const rpcOnly = await host(t, { bindings: ['JSONRPC'] })
    t.match((await rpcOnly.inject({ url: '/a2a/tasks' })).json(), { error: 'Not Found' })
    const restOnly = await host(t, { bindings: ['HTTP+JSON'] })
    t.match(await new RestClient(restOnly).post(''), status(404, 'NOT_FOUND', 'METHOD_NOT_FOUND'))
    t.equal((await app.inject({ url: '/elsewhere' })).json().message, 'Route GET:/elsewhere not found', 'what is not below is the host\'s')
  })
})

t.test('query parameters', async t => {
  const { rest } = await serve(t)
  for (const text of ['a', 'b', 'c']) await rest.send(text, { message: { contextId: 'ctx' } })
  const list = async (query: string) => await rest.get<ListTasksResponse>(`/tasks?${query}`)

  t.test('have the types of their fields', async t => {
    t.match((await list('pageSize=2')).body, { pageSize: 2, tasks: { length: 2 } })
    t.match((await list('page_size=2')).body, { pageSize: 2 })
    t.ok((await list('includeArtifacts=true')).body.tasks.every(({ artifacts }) => artifacts?.length === 1))
    t.ok((await list('includeArtifacts=false')).body.tasks.every(({ artifacts }) => artifacts === undefined))
    t.match((await list('status=TASK_STATE_COMPLETED&contextId=ctx&historyLength=0')).body, { totalSize: 3, tasks: [{ history: undefined }] })
    t.match((await list('status=TASK_STATE_WORKING')).body, { totalSize: 0 })
    t.match((await list('status=TASK_STATE_UNSPECIFIED&pageToken=')).body, { totalSize: 3 }, 'not set')
    t.match((await list('statusTimestampAfter=2020-01-01T00:00:00Z')).body, { totalSize: 3 })
    t.match((await list('statusTimestampAfter=2999-01-01T00:00:00.5%2B02:00')).body, { totalSize: 0 })
    t.match((await list('unknown=1&A2A-Version=1.0&__proto__=x&constructor=y')).body, { totalSize: 3 }, 'others are ignored')
    const { nextPageToken } = (await list('pageSize=2')).body
    t.match((await list(`pageSize=2&pageToken=${encodeURIComponent(nextPageToken)}`)).body, { tasks: { length: 1 }, nextPageToken: '' })
  })

  t.test('and nothing else', async t => {
    const cases: Array<[string, string, RegExp]> = [
      ['pageSize=x', 'pageSize', /integer/], ['pageSize=1.5', 'pageSize', /integer/], ['pageSize=1e1', 'pageSize', /integer/], ['pageSize=', 'pageSize', /integer/],
      ['pageSize=0x5', 'pageSize', /integer/], ['pageSize=%205', 'pageSize', /integer/], ['pageSize=0', 'pageSize', /at least 1/], ['pageSize=101', 'pageSize', /at most 100/],
      ['pageSize=999999999999999999999', 'pageSize', /at most/], ['historyLength=-1', 'historyLength', /at least 0/], ['historyLength=2147483648', 'historyLength', /at most/],
      ['includeArtifacts=1', 'includeArtifacts', /boolean/], ['includeArtifacts=TRUE', 'includeArtifacts', /boolean/], ['includeArtifacts=yes', 'includeArtifacts', /boolean/],
      ['status=DONE', 'status', /one of TASK_STATE_SUBMITTED/], ['status=completed', 'status', /one of/], ['statusTimestampAfter=yesterday', 'statusTimestampAfter', /timestamp/],
      ['statusTimestampAfter=1700000000', 'statusTimestampAfter', /timestamp/], [`contextId=${'x'.repeat(257)}`, 'contextId', /at most 256/], ['pageToken=nonsense', 'pageToken', /nextPageToken/],
      ['pageSize=1&pageSize=2', 'pageSize', /integer/], ['status=TASK_STATE_WORKING&status=TASK_STATE_FAILED', 'status', /one of/], ['contextId=a&contextId=b', 'contextId', /string/]
    ]
    for (const [query, field, description] of cases) {
      const { status, body } = await rest.get(`/tasks?${query}`)
      t.equal(status, 400, query)
      t.match(body.error, { code: 400, status: 'INVALID_ARGUMENT', details: [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field, description }] }, { reason: 'INVALID_PARAMS' }] }, query)
    }
  })
})

t.test('media types', async t => {
  const { rest, v03 } = await serve(t)
  const body = JSON.stringify(sendParams('x'))
  const send = async (headers: Record<string, string>) => await rest.post('/message:send', body, headers)

  t.test('of requests', async t => {
    for (const type of ['application/a2a+json', 'application/json', 'Application/A2A+JSON; charset=utf-8', 'application/vnd.x+json']) t.match(await send({ 'content-type': type }), { status: 200 }, type)
    for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'json', '*/*']) {
      t.match(await send({ 'content-type': type }), status(415, 'INVALID_ARGUMENT', 'CONTENT_TYPE_NOT_SUPPORTED'), type)
      t.match(await v03.post('/message:send', body, { 'content-type': type }), { status: 415, headers: { 'content-type': 'application/json' }, body: { code: -32005, error: { code: 415 } } }, type)
    }
    t.match((await rest.post('/message:send', '')).body.error, { status: 'INVALID_ARGUMENT', message: /message is required/ })
  })

  t.test('of answers', async t => {
    const takes: Array<[string, string]> = [
      ['*/*', json], ['application/*', json], ['application/json', 'application/json'], [json, json], ['application/json, application/a2a+json', json],
      ['application/json, application/a2a+json;q=0.5', 'application/json'], ['text/html, application/json;q=0.9, */*;q=0.1', 'application/json'], ['application/a2a+json;q=0, */*', 'application/json'],
      ['text/event-stream, application/json', 'application/json']
    ]
    for (const [accept, type] of takes) t.match(await send({ accept }), { status: 200, headers: { 'content-type': type } }, accept)
    for (const accept of ['text/html', 'application/xml', 'text/event-stream', '*/*;q=0', 'application/json;q=0', '']) {
      if (accept === '') continue
      t.match(await send({ accept }), status(406, 'INVALID_ARGUMENT', 'INVALID_REQUEST', /Accept/), accept)
    }
    t.match(await rest.get('/tasks/none', { accept: 'application/json' }), { status: 404, headers: { 'content-type': 'application/json' } }, 'errors too')
    t.match(await v03.get('/tasks', { accept: json }), { headers: { 'content-type': json } })
    t.match(await v03.get('/tasks'), { headers: { 'content-type': 'application/json' } })
    const { body: { totalSize } } = await rest.get<ListTasksResponse>('/tasks')
    await send({ accept: 'text/html' })
    t.match((await rest.get<ListTasksResponse>('/tasks')).body, { totalSize }, 'what is not acceptable is not done')
  })

  t.test('of streams', async t => {
    for (const accept of ['text/event-stream', 'text/*', '*/*', 'application/json', json]) {
      t.match(await rest.post('/message:stream', sendParams('x'), { accept }), { status: 200, headers: { 'content-type': 'text/event-stream' } }, accept)
    }
    t.match(await rest.post('/message:stream', sendParams('x'), { accept: 'text/html' }), status(406, 'INVALID_ARGUMENT', 'INVALID_REQUEST'))
  })
})

t.test('paths and verbs', async t => {
  const { app, rest, v03 } = await serve(t)
  const { id } = await rest.send('x')

  t.test('a wrong verb is told the right ones', async t => {
    const cases: Array<[string, string, string]> = [
      ['GET', '', 'POST'], ['PUT', '', 'POST'], ['GET', '/message:send', 'POST'], ['DELETE', '/message:stream', 'POST'], ['POST', '/tasks', 'GET, HEAD'],
      ['POST', `/tasks/${id}`, 'GET, HEAD'], ['PATCH', `/tasks/${id}`, 'GET, HEAD'], ['GET', `/tasks/${id}:cancel`, 'POST'], ['HEAD', `/tasks/${id}:cancel`, 'POST'],
      ['PUT', `/tasks/${id}:subscribe`, 'GET, POST'], ['HEAD', `/tasks/${id}:subscribe`, 'GET, POST'], ['DELETE', `/tasks/${id}/pushNotificationConfigs`, 'POST, GET, HEAD'],
      ['POST', `/tasks/${id}/pushNotificationConfigs/a`, 'GET, HEAD, DELETE'], ['POST', '/extendedAgentCard', 'GET, HEAD'], ['GET', '/acme/message:send', 'POST'],
      ['POST', '/acme/tasks', 'GET, HEAD'], ['GET', `/acme/tasks/${id}:cancel`, 'POST'], ['GET', '/message:send?x=/tasks', 'POST']
    ]
    for (const [verb, path, allow] of cases) {
      const { status: code, headers, body } = await rest.ask(verb, path)
      t.equal(code, 405, `${verb} ${path}`)
      t.match(headers, { allow, 'content-type': json }, `${verb} ${path}`)
      if (verb !== 'HEAD') t.match(body.error, { code: 405, status: 'UNIMPLEMENTED', message: new RegExp(verb), details: [{ '@type': errorInfo }] })
    }
    t.match(await v03.get('/message:send'), { status: 405, headers: { allow: 'POST' }, body: { code: -32601, error: { code: 405 } } })
  })

  t.test('OPTIONS and HEAD', async t => {
    t.match(await rest.ask('OPTIONS', `/tasks/${id}`), { status: 204, headers: { allow: 'GET, HEAD' }, text: '' })
    t.match(await rest.ask('OPTIONS', ''), { status: 204, headers: { allow: 'POST' } })
    t.match(await rest.ask('OPTIONS', '/nowhere'), { status: 404 })
    const { text } = await rest.get(`/tasks/${id}`)
    t.match(await rest.ask('HEAD', `/tasks/${id}`), { status: 200, text: '', headers: { 'content-type': json, 'content-length': String(Buffer.byteLength(text)) } })
  })

  t.test('a host that answers preflights itself still does', async t => {
    const app = Fastify()
    closeAfter(t, app)
    app.addHook('onRequest', async (request, reply) => {
      reply.header('access-control-allow-origin', '*')
      if (request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined) return reply.code(204).header('access-control-allow-methods', 'GET, POST').send()
    })
    await app.register(a2a, agent())
    const rest = new RestClient(app)
    t.match(await rest.ask('OPTIONS', '/tasks', { headers: { 'access-control-request-method': 'GET' } }), { status: 204, headers: { 'access-control-allow-methods': 'GET, POST', allow: undefined } })
    t.match(await rest.get('/tasks'), { status: 200, headers: { 'access-control-allow-origin': '*' } })
    t.match(await rest.get('/nowhere'), { status: 404, headers: { 'access-control-allow-origin': '*' } })
  })

  t.test('nothing is at other paths', async t => {
    for (const path of ['/nowhere', '/message', '/message:nope', '/tasks/', `/tasks/${id}/nope`, `/tasks/${id}/pushNotificationConfigs/a/b`, '/a/b/c/d', '/acme/nowhere', '/%00', '/__proto__/x', '/v1/nowhere']) {
      for (const verb of ['GET', 'POST', 'PUT', 'PROPFIND']) {
        if (path === '/tasks/' && verb === 'GET') continue
        const { status: code, headers, text } = await rest.ask(verb, path)
        t.equal(code, 404, `${verb} ${path} ${text}`)
        t.match(headers['content-type'], /^application\/(a2a\+)?json$/)
        t.match(JSON.parse(text), { error: { code: 404, status: 'NOT_FOUND', message: /./, details: [{ '@type': errorInfo }] } })
      }
    }
  })

  t.test('the base can be elsewhere', async t => {
    for (const rpc of ['/agents/x', '/agents/x/', '/']) {
      const app = await host(t, { paths: { rpc } })
      const base = rpc.replace(/\/$/, '')
      const moved = new RestClient(app, { base })
      const { id } = await moved.send('x')
      t.match(await moved.get(`/tasks/${id}`), { status: 200 }, rpc)
      t.match((await app.inject({ url: '/.well-known/agent-card.json' })).json().supportedInterfaces[1], { url: `http://localhost:80${base}`, protocolBinding: 'HTTP+JSON' })
      t.match(await new RpcClient(app, { url: rpc }).get(id), { id })
    }
    const root = await host(t, { paths: { rpc: '/' } })
    t.match((await root.inject({ url: '/nowhere' })).json(), { error: 'Not Found' }, 'at the root, the host answers what nobody knows')
    const prefixed = await host(t, { prefix: '/agents/y' })
    t.match(await new RestClient(prefixed, { base: '/agents/y/a2a' }).get('/nowhere'), status(404, 'NOT_FOUND', 'METHOD_NOT_FOUND'))
    t.match((await prefixed.inject({ url: '/agents/y/nowhere' })).json(), { error: 'Not Found' })
  })

  t.test('beside a host with a not-found handler of its own, and another agent', async t => {
    const app = Fastify()
    closeAfter(t, app)
    app.setNotFoundHandler((_request, reply) => reply.code(404).send('lost'))
    await app.register(a2a, agent())
    await app.register(a2a, agent({ prefix: '/second' }))
    t.equal((await app.inject({ url: '/nowhere' })).body, 'lost')
    for (const base of ['/a2a', '/second/a2a']) t.match(await new RestClient(app, { base }).get('/nowhere'), status(404, 'NOT_FOUND', 'METHOD_NOT_FOUND'))
  })
  t.match((await app.inject({ url: '/nowhere' })).json(), { error: 'Not Found' })
})

t.test('errors', async t => {
  t.test('of the protocol', async t => {
    const { rest, v03 } = await serve(t)
    t.match(await rest.get('/tasks/none'), status(404, 'NOT_FOUND', 'TASK_NOT_FOUND'))
    t.match(await v03.get('/tasks/none'), { status: 404, headers: { 'content-type': 'application/json' }, body: { code: -32001, message: 'Task not found', error: { code: 404, status: 'NOT_FOUND', details: [{ reason: 'TASK_NOT_FOUND' }] } } })
    const { id } = await rest.send('x')
    t.match(await rest.post('/message:send', sendParams('more', { message: { taskId: id } })), status(400, 'FAILED_PRECONDITION', 'UNSUPPORTED_OPERATION'))
    const { status: code, body } = await rest.post('/message:send', { message: { ...message('x'), parts: [{ text: 'x' }, { raw: '?' }] } })
    t.equal(code, 400)
    t.match(body.error.details, [{ fieldViolations: [{ field: 'message.parts[1].raw', description: 'must be base64' }] }, { reason: 'INVALID_PARAMS' }], 'with the path of the field')
    t.match((await v03.post('/message:send', { message: { messageId: 'm', role: 'ROLE_USER', content: [{ text: 'x' }, { file: {} }] } })).body, { code: -32602, message: /message\.content\[1\]\.file must have exactly one of fileWithUri, fileWithBytes/ })
  })

  t.test('of hooks and limits of the host', async t => {
    const app = Fastify()
    closeAfter(t, app)
    app.addHook('onRequest', async ({ headers }) => {
      const wanted = Number(headers['x-fail'])
      if (wanted > 0) throw Object.assign(new Error('said the hook'), { statusCode: wanted })
    })
    await app.register(a2a, agent())
    const rest = new RestClient(app)
    const cases: Array<[number, string, string]> = [[401, 'UNAUTHENTICATED', 'UNAUTHENTICATED'], [403, 'PERMISSION_DENIED', 'PERMISSION_DENIED'], [429, 'RESOURCE_EXHAUSTED', 'RESOURCE_EXHAUSTED'], [418, 'INVALID_ARGUMENT', 'INVALID_REQUEST']]
    for (const [code, name, reason] of cases) {
      for (const path of ['/tasks', '/nowhere']) t.match(await rest.get(path, { 'x-fail': String(code) }), status(code, name, reason, /said the hook/), `${code} ${path}`)
    }
    t.match(await rest.get('/tasks', { 'x-fail': '503' }), { ...status(503, 'UNAVAILABLE', 'UNAVAILABLE'), headers: { 'retry-after': '1' }, body: { error: { details: [{ retryDelay: '1s' }, {}] } } })
    const hidden = await rest.get('/tasks', { 'x-fail': '500' })
    t.match(hidden, status(500, 'INTERNAL', 'INTERNAL'))
    t.notMatch(hidden.text, /said the hook/)
  })

  t.test('anonymous callers, where they are not served', async t => {
    const { rest } = await serve(t, { allowAnonymous: false })
    for (const path of ['/tasks', '/tasks/x:subscribe', '/extendedAgentCard']) t.match(await rest.get(path), status(401, 'UNAUTHENTICATED', 'UNAUTHENTICATED'), path)
  })

  t.test('an internal fault is told to the log alone', async t => {
    const logger = logSink()
    const { rest } = await serve(t, { server: { logger }, store: storeWith({ get: async () => { throw new Error('db password is hunter2') } }) })
    const answer = await rest.get('/tasks/x')
    t.match(answer, status(500, 'INTERNAL', 'INTERNAL', /^Internal error$/))
    t.notMatch(answer.text, /hunter2/)
    t.ok(logger.lines.some(line => JSON.stringify(line).includes('hunter2')))
  })

  t.test('no room', async t => {
    const { rest } = await serve(t, { limits: { turns: 1, streams: 1 } })
    await rest.send('stay', { configuration: { returnImmediately: true } })
    t.match(await rest.post('/message:send', sendParams('x')), { status: 503, body: { error: { code: 503, status: 'UNAVAILABLE' } } })
  })
})

t.test('bodies', async t => {
  const { rest, v03 } = await serve(t)

  t.test('that are no JSON objects', async t => {
    for (const body of ['{', 'x', '{"a":', '[1,', "{'a':1}", '\u0001', Buffer.from([0xff, 0xfe, 0x00])]) {
      t.match(await rest.post('/message:send', body), status(400, 'INVALID_ARGUMENT', 'JSON_PARSE', /Invalid JSON/), String(body))
    }
    for (const body of ['null', '5', '"x"', '[]', '[{}]', 'true']) {
      const { status, body: { error } } = await rest.post('/message:send', body)
      t.equal(status, 400, body)
      t.match(error, { message: /must be a JSON object/, details: [{}, { reason: 'INVALID_PARAMS' }] }, body)
    }
    t.match(await rest.post('/message:send', '['.repeat(100_000)), status(400, 'INVALID_ARGUMENT', 'INVALID_REQUEST', /nests deeper/))
    t.match(await rest.post('/message:send', '{"message":{"__proto__":{"x":1}}}'), status(400, 'INVALID_ARGUMENT', 'INVALID_REQUEST', /not allowed/))
    for (const body of ['{', '[]', '{"message":{"__proto__":{"x":1}}}']) t.match(await v03.post('/message:send', body), { status: 400, body: { code: /-32(700|60[02])/, error: { code: 400 } } }, body)
  })

  t.test('that are too large', async t => {
    const { rest, v03, url } = await serve(t, { limits: { bodySize: 1000 } })
    t.match(await rest.post('/message:send', sendParams('x'.repeat(1000))), status(413, 'INVALID_ARGUMENT', 'INVALID_REQUEST', /too large/))
    t.match(await v03.post('/message:send', { message: 'x'.repeat(1000) }), { status: 413, body: { code: -32600, error: { code: 413 } } })
    const response = await fetch(`${await url()}/message:send`, {
      method: 'POST',
      headers: { 'content-type': json },
      // No length is announced: the limit is met on the way.
      body: new ReadableStream({ start: controller => { controller.enqueue(Buffer.alloc(2000, 32)); controller.close() } }),
      duplex: 'half'
    } as RequestInit)
    t.equal(response.status, 413)
    t.match(await response.json(), { error: { code: 413, status: 'INVALID_ARGUMENT' } })
    t.match(await rest.send('small'), { status: { state: 'TASK_STATE_COMPLETED' } })
  })

  t.test('that break off', async t => {
    const { rest, url } = await serve(t)
    const { port } = new URL(await url())
    for (const text of ['POST /a2a/message:send HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"mes', 'POST /a2a/message:stream HTTP/1.1\r\nhost: x\r\n']) {
      const socket = net.connect(Number(port), '127.0.0.1')
      await once(socket, 'connect')
      socket.write(text)
      await nextTurn()
      socket.resetAndDestroy()
    }
    t.match((await rest.get<ListTasksResponse>('/tasks')).body, { totalSize: 0 })
  })
})

t.test('0.3', async t => {
  const files: Executor = async task => {
    if (task.text === 'parts') {
      await task.artifact({ artifactId: 'all', parts: [{ text: 't' }, { raw: 'AAAA', filename: 'f.bin', mediaType: 'application/octet-stream' }, { url: 'https://example.com/f' }, { data: { a: 1 } }, { data: [1] }] })
      return
    }
    return await obey(task) ?? undefined
  }
  const { app, rest, v03 } = await serve(t, { executor: files })
  const message03 = (text: string, more: object = {}) => ({ messageId: 'm', role: 'ROLE_USER', content: [{ text }], ...more })
  const send = async (text: string, configuration?: object) => await v03.post<{ task: ProtoTask }>('/message:send', { message: message03(text), ...configuration !== undefined && { configuration } })

  t.test('speaks the shapes of its proto', async t => {
    const { status, headers, body } = await send('Hello')
    t.equal(status, 200)
    t.equal(headers['content-type'], 'application/json')
    t.match(body, { task: { status: { state: 'TASK_STATE_COMPLETED' }, history: [{ role: 'ROLE_USER', content: [{ text: 'Hello' }] }], artifacts: [{ parts: [{ text: 'Hello' }] }] } })
    t.notOk(/"kind"|"parts":\[\{"kind|final/.test(JSON.stringify(body)))
    t.strictSame((await v03.get(`/tasks/${body.task.id}`)).body, body.task)
    t.strictSame((await v03.get('/tasks')).body, [(({ artifacts, ...task }) => task)(body.task)], 'an array')
    t.match(await new RpcClient(app, { version: '0.3' }).result('tasks/get', { id: body.task.id }), { kind: 'task', status: { state: 'completed' } }, 'the same task in JSON-RPC')
    t.match((await v03.post('/message:send', { message: message03('reply') })).body, { message: { role: 'ROLE_AGENT', content: [{ text: 'Just a message' }] } })
  })

  t.test('every kind of part, in both directions', async t => {
    const content = [{ text: 't', metadata: { a: 1 } }, { file: { fileWithBytes: 'AAAA', mimeType: 'image/png', name: 'f.png' } }, { file: { file_with_uri: 'https://example.com/x', mime_type: 'text/plain' } }, { data: { data: { a: [1] } } }]
    const any = await serve(t, { card: { ...card, defaultInputModes: ['*/*'] }, executor: task => { received.push(task.message.parts) } })
    const received: unknown[] = []
    t.match(await any.v03.post('/message:send', { message: { message_id: 'm', role: 'ROLE_USER', content } }), { status: 200, body: { task: { history: [{ content: [{ text: 't', metadata: { a: 1 } }, { file: { fileWithBytes: 'AAAA', name: 'f.png' } }, { file: { fileWithUri: 'https://example.com/x' } }, { data: { data: { a: [1] } } }] }] } } })
    t.strictSame(received, [[{ text: 't', metadata: { a: 1 } }, { raw: 'AAAA', filename: 'f.png', mediaType: 'image/png' }, { url: 'https://example.com/x', mediaType: 'text/plain' }, { data: { a: [1] } }]])
    t.match((await send('parts')).body.task.artifacts, [{
      parts: [
        { text: 't' }, { file: { fileWithBytes: 'AAAA', name: 'f.bin', mimeType: 'application/octet-stream' } }, { file: { fileWithUri: 'https://example.com/f' } },
        { data: { data: { a: 1 } } }, { data: { data: { value: [1] } }, metadata: { data_part_compat: true } }
      ]
    }])
  })

  t.test('zero values say nothing', async t => {
    t.match((await send('stay', { blocking: false })).body.task.status.state, /SUBMITTED|WORKING/)
    t.match((await send('stay', {})).body.task.status.state, /SUBMITTED|WORKING/, 'in a configuration, an absent `blocking` is false')
    t.match((await send('x', { blocking: true, historyLength: 0 })).body.task, { status: { state: 'TASK_STATE_COMPLETED' }, history: [{}] })
    t.match((await v03.post('/message:send', { message: { ...message03('x'), contextId: '', taskId: '', metadata: null } })).body, { task: { status: { state: 'TASK_STATE_COMPLETED' } } })
  })

  t.test('has no tenants', async t => {
    const { body: { task } } = await v03.post<{ task: ProtoTask }>('/message:send', { tenant: 'acme', message: message03('x') })
    t.match(await rest.get(`/tasks/${task.id}`), { status: 200 })
    t.match(await v03.get(`/tasks/${task.id}?tenant=acme`), { status: 200 })
    t.match(await rest.get<ListTasksResponse>('/acme/tasks'), { body: { totalSize: 0 } })
  })

  t.test('cancels, and spells it its own way', async t => {
    const { id } = (await send('stay', { blocking: false })).body.task
    t.match(await v03.post(`/tasks/${id}:cancel`, { name: `tasks/${id}` }), { status: 200, body: { id, status: { state: 'TASK_STATE_CANCELLED' } } })
    t.ok((await v03.get<ProtoTask[]>('/tasks?status=TASK_STATE_CANCELLED')).body.some(task => task.id === id))
    t.match((await rest.get<Task>(`/tasks/${id}`)).body.status.state, 'TASK_STATE_CANCELED')
    t.match(await v03.get('/tasks?status=TASK_STATE_CANCELED'), { status: 400 })
  })

  t.test('streams until `final`', async t => {
    const events = await v03.stream<ProtoStreamResponse>('/message:stream', { message: message03('Hello') })
    t.match(events, [{ task: { status: { state: 'TASK_STATE_SUBMITTED' } } }, { artifactUpdate: { artifact: { parts: [{ text: 'Hello' }] } } }, { statusUpdate: { status: { state: 'TASK_STATE_COMPLETED' }, final: true } }])
    t.match((await v03.stream<ProtoStreamResponse>('/message:stream', { message: message03('ask') })).at(-1), { statusUpdate: { status: { state: 'TASK_STATE_INPUT_REQUIRED', message: { content: [{ text: 'What else?' }] } }, final: true } })
    t.match(await v03.post('/tasks/none:subscribe'), { status: 404, body: { code: -32001 } }, 'what fails before has a status')
  })

  t.test('push configurations come in either form', async t => {
    for (const body of [{ parent: 'tasks/x', configId: 'c', config: { name: '', pushNotificationConfig: { url: 'https://example.com' } } }, { name: 'tasks/x/pushNotificationConfigs/c', pushNotificationConfig: { url: 'https://example.com', authentication: {} } }, { config: { push_notification_config: { url: 'https://example.com' } } }]) {
      t.match((await v03.post('/tasks/x/pushNotificationConfigs', body)).body, { code: -32003 })
    }
    t.match((await v03.post('/tasks/x/pushNotificationConfigs', { pushNotificationConfig: { url: 'x' } })).body, { code: -32602, message: /config\.pushNotificationConfig\.url/ })
    t.match((await v03.get('/tasks/x/pushNotificationConfigs/c')).body, { code: -32003 })
    t.match((await v03.ask('DELETE', '/tasks/x/pushNotificationConfigs/c')).body, { code: -32003 })
    t.match((await v03.get('/tasks/x/pushNotificationConfigs')).body, { code: -32003 })
    t.match((await v03.post('/message:send', { message: message03('x'), configuration: { pushNotification: { url: 'https://example.com' } } })).body, { code: -32003 })
  })
})

t.test('streams', async t => {
  const chunks: Executor = async task => {
    await task.working('On it')
    for (let i = 0; i < 50; i++) {
      await task.artifact({ artifactId: 'a', text: `${i};` })
      if (i % 7 === 0) await nextTurn()
    }
  }
  const read = (events: Array<{ data: string }>) => events.map(({ data }) => JSON.parse(data) as StreamResponse)

  t.test('of a send: ids, order, and no envelope', async t => {
    const { url } = await serve(t, { executor: chunks })
    const stream = await openEvents(`${await url()}/message:stream`, { method: 'POST', body: sendParams('x') })
    const events = await stream.all()
    t.match(stream.headers, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform' })
    t.strictSame(events.map(({ id }) => Number(id)), events.map((_, index) => index + 1))
    const responses = read(events)
    t.match(responses[0], { task: { status: { state: 'TASK_STATE_SUBMITTED' } } })
    t.match(responses.at(-1), { statusUpdate: { status: { state: 'TASK_STATE_COMPLETED' } } })
    t.equal(await stream.ended, true)
  })

  t.test('are resumed by Last-Event-ID, after any event', async t => {
    const { url, rest } = await serve(t, { executor: chunks })
    const base = await url()
    const all = await (await openEvents(`${base}/message:stream`, { method: 'POST', body: sendParams('x') })).all()
    const first = read(all)[0]
    if (first === undefined || !('task' in first)) throw new Error('a stream starts with the task')
    for (const [index, method] of [[0, 'GET'], [1, 'POST'], [20, 'GET'], [all.length - 2, 'POST']] as const) {
      const rest = await (await openEvents(`${base}/tasks/${first.task.id}:subscribe`, { method, headers: { 'last-event-id': String(all[index]?.id) } })).all()
      t.strictSame(rest, all.slice(index + 1), `after ${index}`)
    }
    t.match(await rest.get(`/tasks/${first.task.id}:subscribe`), status(400, 'FAILED_PRECONDITION', 'UNSUPPORTED_OPERATION'), 'nothing is missing: the task is over')
  })

  t.test('subscribers by GET and POST, tenants and both versions see the same', async t => {
    const { url, rest } = await serve(t)
    const base = await url()
    const { id } = await rest.send('stay', { configuration: { returnImmediately: true } }, '/acme')
    const streams = await Promise.all(['GET', 'POST'].map(async method => await openEvents(`${base}/acme/tasks/${id}:subscribe`, { method })))
    for (const stream of streams) t.match(JSON.parse((await stream.next())?.data ?? ''), { task: { id } })
    await rest.post(`/acme/tasks/${id}:cancel`)
    const [one, two] = await Promise.all(streams.map(async stream => await stream.all()))
    t.strictSame(one, two)
    t.match(read(one ?? []).at(-1), { statusUpdate: { status: { state: 'TASK_STATE_CANCELED' } } })
  })

  t.test('heartbeats', async t => {
    const { url } = await serve(t, { stream: { heartbeat: 5 } })
    const stream = await openEvents(`${await url()}/message:stream`, { method: 'POST', body: sendParams('stay') })
    await stream.comment()
    await stream.comment()
    await stream.cut()
  })

  t.test('that fail in the middle say so in an event of their own', async t => {
    const inner = createMemoryStore()
    const store = storeWith({
      async * read (scope, taskId, options) {
        let batches = 0
        for await (const batch of inner.read(scope, taskId, options)) {
          if (++batches > 2) throw new Error('db password is hunter2')
          yield batch
        }
      }
    }, inner)
    const logger = logSink()
    const { url } = await serve(t, { store, executor: chunks, server: { logger } })
    const base = await url()
    for (const [path, body, error] of [
      ['/message:stream', sendParams('x'), { error: { code: 500, status: 'INTERNAL' } }],
      ['/v1/message:stream', { message: { messageId: 'm', role: 'ROLE_USER', content: [{ text: 'x' }] } }, { code: -32603, error: { code: 500 } }]
    ] as const) {
      const response = await fetch(base + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
      const text = await response.text()
      t.equal(response.status, 200)
      const [, data = ''] = /\n\nevent: error\ndata: (.*)\n\n$/.exec(text) ?? []
      t.match(JSON.parse(data), error)
      t.notMatch(text, /hunter2/)
    }
    t.ok(logger.lines.some(line => JSON.stringify(line).includes('hunter2')))
  })

  t.test('where they are off', async t => {
    const { rest } = await serve(t, { capabilities: { streaming: false } })
    t.match(await rest.post('/message:stream', sendParams('x')), status(400, 'FAILED_PRECONDITION', 'UNSUPPORTED_OPERATION', /does not stream/))
    t.match(await rest.get('/tasks/x:subscribe'), status(400, 'FAILED_PRECONDITION', 'UNSUPPORTED_OPERATION'))
  })

  t.test('clients that vanish leave nothing behind', async t => {
    const { store, readers } = watchedStore()
    const { app, url, rest } = await serve(t, { store })
    const base = await url()
    const task = await rest.send('stay', { configuration: { returnImmediately: true } })
    const streams = await Promise.all(Array.from({ length: 50 }, async (_, index) => await openEvents(`${base}/tasks/${task.id}:subscribe`, { method: index % 2 === 0 ? 'GET' : 'POST' })))
    await Promise.all(streams.map(async stream => await stream.next()))
    t.equal(readers.size, 50)
    await Promise.all(streams.map(async stream => await stream.cut()))
    await until(() => readers.size === 0)
    t.match((await rest.get<Task>(`/tasks/${task.id}`)).body.status.state, 'TASK_STATE_WORKING', 'the task goes on')
    await rest.post(`/tasks/${task.id}:cancel`)
    await until(() => app.a2a.agents[0]?.activeTurns === 0)
  })

  t.test('a reader that never reads is cut off', async t => {
    const flood: Executor = async task => {
      for (let i = 0; i < 2000 && !task.signal.aborted; i++) {
        await task.artifact({ artifactId: 'a', text: 'x'.repeat(8192) })
        if (i % 4 === 0) await nextTurn()
      }
    }
    const { store, readers } = watchedStore()
    const { url } = await serve(t, { executor: flood, store, stream: { buffer: 65_536, stall: 20 } })
    const { port, hostname } = new URL(await url())
    const body = JSON.stringify(sendParams('x'))
    const socket = net.connect(Number(port), hostname)
    t.teardown(() => { socket.destroy() })
    socket.on('error', () => {})
    await once(socket, 'connect')
    socket.pause()
    socket.write(`POST /a2a/message:stream HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
    await until(() => readers.size === 1)
    await until(() => readers.size === 0)
    socket.resume()
    await closed(socket)
    t.pass('cut off')
  })

  t.test('end with the server', async t => {
    const { app, url } = await serve(t)
    const stream = await openEvents(`${await url()}/message:stream`, { method: 'POST', body: sendParams('stay') })
    await stream.next()
    await app.close()
    t.equal(await stream.ended, true)
  })
})

t.test('an executor that refuses a message has its error answered', async t => {
  const { rest, v03 } = await serve(t, { executor: () => { throw new A2AError('ContentTypeNotSupportedError', 'No pictures, please') } })
  t.match(await rest.post('/message:send', sendParams('x')), status(400, 'INVALID_ARGUMENT', 'CONTENT_TYPE_NOT_SUPPORTED', /No pictures/))
  t.match(await rest.post('/message:stream', sendParams('x')), status(400, 'INVALID_ARGUMENT', 'CONTENT_TYPE_NOT_SUPPORTED', /No pictures/))
  t.match((await v03.post<RestError>('/message:send', { message: { messageId: 'm', role: 'ROLE_USER', content: [{ text: 'x' }] } })).body, { code: -32005, message: 'No pictures, please' })
})
