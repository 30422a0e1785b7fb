/** What is somebody else's does not exist: in every operation of every binding, for other callers and other tenants, on every store. */
import { randomUUID } from 'node:crypto'
import { PGlite } from '@electric-sql/pglite'
import t, { type Test } from 'tap'
import type { FastifyInstance } from 'fastify'
import type { TaskContext, TaskStore } from '../../lib/index.ts'
import { createMemoryStore } from '../../lib/stores/memory/store.ts'
import { openPostgresStore } from '../../plugins/postgres-store.ts'
import { openRedisStore } from '../../plugins/redis-store.ts'
import { GrpcClient, readError } from '../helpers/grpc.ts'
import { grpcHost } from '../helpers/grpc-host.ts'
import { obey } from '../helpers/host.ts'
import { startPostgres } from '../helpers/postgres.ts'
import { startRedis } from '../helpers/redis.ts'
import { message, message03 } from '../helpers/rpc.ts'

const secret = 'the secret of ada'
const hook = 'http://127.0.0.1:9/hook-of-ada'
const push = { key: Buffer.alloc(32, 1).toString('base64'), targets: { http: true, allow: ['127.0.0.1'] } }
const security = { schemes: { key: { type: 'apiKey' as const, keys: ['ada', 'bob'].map(id => ({ key: `key of ${id}`, id })) } } }

type Caller = { readonly id: string, readonly tenant: string }
type Target = { readonly id: string, readonly contextId: string, readonly configId: string }
type HttpAsk = { method: 'GET' | 'POST' | 'DELETE', url: string, body?: unknown, version?: string }
type GrpcAsk = { version: '1.0' | '0.3', call: string, params: object }
type Ask = HttpAsk | GrpcAsk

/** Everything that names a task, by binding. Where a binding has no tenants, its callers are in none. */
const operations: Record<string, (target: Target, tenant: string) => Ask> = {
  ...v1('GetTask', ({ id }) => ({ id })),
  ...v1('CancelTask', ({ id }) => ({ id })),
  ...v1('SubscribeToTask', ({ id }) => ({ id })),
  ...v1('SendMessage', ({ id }) => ({ message: message('more', { taskId: id }) })),
  ...v1('SendStreamingMessage', ({ id }) => ({ message: message('more', { taskId: id }) })),
  ...v1('CreateTaskPushNotificationConfig', ({ id, configId }) => ({ taskId: id, id: configId, url: 'http://127.0.0.1:9/mine' })),
  ...v1('GetTaskPushNotificationConfig', ({ id, configId }) => ({ taskId: id, id: configId })),
  ...v1('ListTaskPushNotificationConfigs', ({ id }) => ({ taskId: id })),
  ...v1('DeleteTaskPushNotificationConfig', ({ id, configId }) => ({ taskId: id, id: configId })),
  ...rpc03('tasks/get', ({ id }) => ({ id })),
  ...rpc03('tasks/cancel', ({ id }) => ({ id })),
  ...rpc03('tasks/resubscribe', ({ id }) => ({ id })),
  ...rpc03('message/send', ({ id }) => ({ message: message03('more', { taskId: id }) })),
  ...rpc03('message/stream', ({ id }) => ({ message: message03('more', { taskId: id }) })),
  ...rpc03('tasks/pushNotificationConfig/set', ({ id, configId }) => ({ taskId: id, pushNotificationConfig: { id: configId, url: 'http://127.0.0.1:9/mine' } })),
  ...rpc03('tasks/pushNotificationConfig/get', ({ id, configId }) => ({ id, pushNotificationConfigId: configId })),
  ...rpc03('tasks/pushNotificationConfig/list', ({ id }) => ({ id })),
  ...rpc03('tasks/pushNotificationConfig/delete', ({ id, configId }) => ({ id, pushNotificationConfigId: configId })),
  ...grpc03('GetTask', ({ id }) => ({ name: `tasks/${id}` })),
  ...grpc03('CancelTask', ({ id }) => ({ name: `tasks/${id}` })),
  ...grpc03('TaskSubscription', ({ id }) => ({ name: `tasks/${id}` })),
  ...grpc03('SendMessage', ({ id }) => ({ message: { messageId: '1', role: 'ROLE_USER', content: [{ text: 'more' }], taskId: id } })),
  ...grpc03('SendStreamingMessage', ({ id }) => ({ message: { messageId: '1', role: 'ROLE_USER', content: [{ text: 'more' }], taskId: id } })),
  ...grpc03('CreateTaskPushNotificationConfig', ({ id, configId }) => ({ parent: `tasks/${id}`, configId, config: { name: `tasks/${id}/pushNotificationConfigs/${configId}`, pushNotificationConfig: { id: configId, url: 'http://127.0.0.1:9/mine' } } })),
  ...grpc03('GetTaskPushNotificationConfig', ({ id, configId }) => ({ name: `tasks/${id}/pushNotificationConfigs/${configId}` })),
  ...grpc03('ListTaskPushNotificationConfig', ({ id }) => ({ parent: `tasks/${id}` })),
  ...grpc03('DeleteTaskPushNotificationConfig', ({ id, configId }) => ({ name: `tasks/${id}/pushNotificationConfigs/${configId}` })),
  ...rest('GET', ({ id }) => `/tasks/${id}`),
  ...rest('POST', ({ id }) => `/tasks/${id}:cancel`, () => ({})),
  ...rest('GET', ({ id }) => `/tasks/${id}:subscribe`),
  ...rest('POST', ({ id }) => `/tasks/${id}:subscribe`, () => ({})),
  ...rest('POST', () => '/message:send', ({ id }) => ({ message: message('more', { taskId: id }) })),
  ...rest('POST', () => '/message:stream', ({ id }) => ({ message: message('more', { taskId: id }) })),
  ...rest('POST', ({ id }) => `/tasks/${id}/pushNotificationConfigs`, ({ configId }) => ({ id: configId, url: 'http://127.0.0.1:9/mine' })),
  ...rest('GET', ({ id }) => `/tasks/${id}/pushNotificationConfigs`),
  ...rest('GET', ({ id, configId }) => `/tasks/${id}/pushNotificationConfigs/${configId}`),
  ...rest('DELETE', ({ id, configId }) => `/tasks/${id}/pushNotificationConfigs/${configId}`),
  ...rest03('GET', ({ id }) => `/tasks/${id}`),
  ...rest03('POST', ({ id }) => `/tasks/${id}:cancel`, () => ({})),
  ...rest03('GET', ({ id }) => `/tasks/${id}:subscribe`),
  ...rest03('POST', () => '/message:send', ({ id }) => ({ message: { messageId: '1', role: 'ROLE_USER', content: [{ text: 'more' }], taskId: id } })),
  ...rest03('POST', () => '/message:stream', ({ id }) => ({ message: { messageId: '1', role: 'ROLE_USER', content: [{ text: 'more' }], taskId: id } })),
  ...rest03('POST', ({ id }) => `/tasks/${id}/pushNotificationConfigs`, ({ id, configId }) => ({ parent: `tasks/${id}`, configId, config: { name: `tasks/${id}/pushNotificationConfigs/${configId}`, pushNotificationConfig: { id: configId, url: 'http://127.0.0.1:9/mine' } } })),
  ...rest03('GET', ({ id }) => `/tasks/${id}/pushNotificationConfigs`),
  ...rest03('GET', ({ id, configId }) => `/tasks/${id}/pushNotificationConfigs/${configId}`),
  ...rest03('DELETE', ({ id, configId }) => `/tasks/${id}/pushNotificationConfigs/${configId}`)
}

type Fields = (target: Target) => Record<string, unknown>

/** JSON-RPC and gRPC have the same methods. */
function v1 (method: string, params: Fields): typeof operations {
  const paramsOf = (target: Target, tenant: string) => ({ ...params(target), ...tenant !== '' && { tenant } })
  return {
    [`JSON-RPC 1.0 ${method}`]: (target, tenant) => ({ method: 'POST', url: '/a2a', version: '1.0', body: { jsonrpc: '2.0', id: 1, method, params: paramsOf(target, tenant) } }),
    [`gRPC 1.0 ${method}`]: (target, tenant) => ({ version: '1.0', call: method, params: paramsOf(target, tenant) })
  }
}

function grpc03 (call: string, params: Fields): typeof operations {
  return { [`gRPC 0.3 ${call}`]: target => ({ version: '0.3', call, params: params(target) }) }
}

function rpc03 (method: string, params: Fields): typeof operations {
  return { [`JSON-RPC 0.3 ${method}`]: target => ({ method: 'POST', url: '/a2a', body: { jsonrpc: '2.0', id: 1, method, params: params(target) } }) }
}

function rest (method: HttpAsk['method'], path: (target: Target) => string, body?: Fields): typeof operations {
  const name = path({ id: '{id}', contextId: '', configId: '{configId}' })
  return { [`HTTP+JSON 1.0 ${method} ${name}`]: (target, tenant) => ({ method, url: `/a2a${tenant === '' ? '' : `/${tenant}`}${path(target)}`, ...body && { body: body(target) } }) }
}

function rest03 (method: HttpAsk['method'], path: (target: Target) => string, body?: Fields): typeof operations {
  const name = path({ id: '{id}', contextId: '', configId: '{configId}' })
  return { [`HTTP+JSON 0.3 ${method} ${name}`]: target => ({ method, url: `/a2a/v1${path(target)}`, ...body && { body: body(target) } }) }
}

type Answer = { status: number, text: string }

type Server = { app: FastifyInstance, grpc: Record<GrpcAsk['version'], GrpcClient> }

async function ask ({ app, grpc }: Server, { id }: Caller, asked: Ask): Promise<Answer> {
  if ('call' in asked) return await askGrpc(grpc[asked.version], `key of ${id}`, asked)
  const { method, url, body, version } = asked
  const { statusCode, body: text } = await app.inject({
    method,
    url,
    headers: { 'x-api-key': `key of ${id}`, ...body !== undefined && { 'content-type': 'application/json' }, ...version !== undefined && { 'a2a-version': version } },
    ...body !== undefined && { payload: JSON.stringify(body) }
  })
  return { status: statusCode, text }
}

async function askGrpc (client: GrpcClient, key: string, { call, params }: GrpcAsk): Promise<Answer> {
  const parameters = { metadata: { 'x-api-key': key } }
  const isStream = call === 'SubscribeToTask' || call === 'TaskSubscription' || call === 'SendStreamingMessage'
  const answer = await (isStream ? client.events(call, params, parameters) : client.ask(call, params, parameters)).catch(readError)
  return { status: 'code' in answer ? Number(answer.code) : 0, text: JSON.stringify(answer) }
}

/** An answer without the names that were asked for: those of no task must look the same. */
function nameless ({ status, text }: Answer, { id, configId, contextId }: Target): Answer {
  return { status, text: text.replaceAll(id, 'ID').replaceAll(configId, 'CONFIG').replaceAll(contextId, 'CONTEXT') }
}

async function isolates (t: Test, store: TaskStore): Promise<void> {
  const seen: unknown[] = []
  const { app, address } = await grpcHost(t, {
    store,
    id: randomUUID(),
    push,
    security,
    allowAnonymous: undefined,
    executor: async (task: TaskContext) => {
      seen.push(...task.referencedTasks, ...(await task.contextTasks()).filter(({ id }) => id !== task.taskId))
      return await obey(task)
    }
  })
  const server: Server = { app, grpc: { '1.0': new GrpcClient(t, address), 0.3: new GrpcClient(t, address, { version: '0.3' }) } }
  for (const tenant of ['one', '']) {
    const ada: Caller = { id: 'ada', tenant }
    const made = await ask(server, ada, { method: 'POST', url: `/a2a${tenant === '' ? '' : `/${tenant}`}/message:send`, body: { message: message('ask', { metadata: { secret } }), configuration: { taskPushNotificationConfig: { id: 'config-of-ada', url: hook } } } })
    const { task } = JSON.parse(made.text) as { task: { id: string, contextId: string } } // what a send answers
    const real: Target = { id: task.id, contextId: task.contextId, configId: 'config-of-ada' }
    const none: Target = { id: randomUUID(), contextId: randomUUID(), configId: 'config-of-none' }
    const intruders = [{ id: 'bob', tenant }, { id: 'bob', tenant: 'two' }, { id: 'ada', tenant: 'two' }, ...tenant === '' ? [] : [{ id: 'ada', tenant: '' }]]
    for (const intruder of intruders) {
      const who = `${intruder.id} in ${intruder.tenant || 'no tenant'}, of a task in ${tenant || 'no tenant'}`
      for (const [name, operation] of Object.entries(operations)) {
        // Where there are no tenants, this is the owner.
        if (name.includes(' 0.3 ') && intruder.tenant !== '' && intruder.id === 'ada' && tenant === '') continue
        const answer = await ask(server, intruder, operation(real, intruder.tenant))
        t.strictSame(nameless(answer, real), nameless(await ask(server, intruder, operation(none, intruder.tenant)), none), `${name}: ${who}`)
        t.match(answer.text, /Task not found/, `${name}: ${who}`)
        t.notMatch(answer.text, secret)
        t.notMatch(answer.text, 'hook-of-ada')
      }
      await seesNothing(t, server, intruder, real, who)
    }
    t.strictSame(seen, [], 'executors neither')
    const mine = await ask(server, ada, operations['HTTP+JSON 1.0 GET /tasks/{id}']!(real, tenant))
    t.match(JSON.parse(mine.text), { id: real.id, status: { state: 'TASK_STATE_INPUT_REQUIRED' }, history: [{ metadata: { secret } }] }, 'and nothing has touched it')
    const configs = await ask(server, ada, operations['HTTP+JSON 1.0 GET /tasks/{id}/pushNotificationConfigs']!(real, tenant))
    t.match(JSON.parse(configs.text), { configs: [{ id: 'config-of-ada', url: hook }] })
    await ask(server, ada, operations['HTTP+JSON 1.0 POST /tasks/{id}:cancel']!(real, tenant))
  }
  await keepsContexts(t, server)
}

/** Lists, references and contexts. */
async function seesNothing (t: Test, server: Server, intruder: Caller, { id, contextId }: Target, who: string): Promise<void> {
  const base = intruder.tenant === '' ? '/a2a' : `/a2a/${intruder.tenant}`
  for (const url of [`${base}/tasks`, `${base}/tasks?contextId=${contextId}`, `${base}/tasks?includeArtifacts=true&status=TASK_STATE_INPUT_REQUIRED`]) {
    const { text } = await ask(server, intruder, { method: 'GET', url })
    t.notMatch(text, id, `${url}: ${who}`)
    t.notMatch(text, secret, `${url}: ${who}`)
  }
  const list = await ask(server, intruder, { method: 'GET', url: `${base}/tasks?contextId=${contextId}` })
  t.match(JSON.parse(list.text), { tasks: [], totalSize: 0 }, `the context: ${who}`)
  for (const params of [{}, { contextId }]) {
    const { status, text } = await ask(server, intruder, { version: '1.0', call: 'ListTasks', params: { ...params, tenant: intruder.tenant } })
    t.equal(status, 0)
    t.notMatch(text, id, `gRPC ListTasks: ${who}`)
    t.notMatch(text, secret, `gRPC ListTasks: ${who}`)
  }
  const referring = await ask(server, intruder, { method: 'POST', url: `${base}/message:send`, body: { message: message('Hello', { referenceTaskIds: [id] }) } })
  t.equal(referring.status, 200, `a reference is left out: ${who}`)
  const joining = await ask(server, intruder, { method: 'POST', url: `${base}/message:send`, body: { message: message('Hello', { taskId: id, contextId }) } })
  t.equal(joining.status, 404, `task and context: ${who}`)
  const referringByGrpc = await ask(server, intruder, { version: '1.0', call: 'SendMessage', params: { message: message('Hello', { referenceTaskIds: [id] }), tenant: intruder.tenant } })
  t.equal(referringByGrpc.status, 0, `a reference is left out on gRPC: ${who}`)
}

/** A context belongs to whom it was first used by, in each tenant. */
async function keepsContexts (t: Test, server: Server): Promise<void> {
  const contextId = randomUUID()
  const send = async (id: string, contextId: string, tenant = '') => await ask(server, { id, tenant }, { method: 'POST', url: `/a2a${tenant}/message:send`, body: { message: message('Hello', { contextId }) } })
  t.equal((await send('ada', contextId)).status, 200)
  t.equal((await send('ada', contextId)).status, 200)
  const refused = await send('bob', contextId)
  t.equal(refused.status, 400)
  t.match(refused.text, 'message.contextId can\'t be used')
  const byGrpc = await ask(server, { id: 'bob', tenant: '' }, { version: '1.0', call: 'SendMessage', params: { message: message('Hello', { contextId }) } })
  t.match(byGrpc, { status: 3, text: 'message.contextId can\'t be used' })
  t.equal((await send('bob', contextId, '/two')).status, 200, 'another tenant has contexts of its own')
  t.equal((await send('bob', randomUUID())).status, 200)
}

t.test('memory', async t => {
  await isolates(t, createMemoryStore())
})

t.test('PGlite', async t => {
  const database = await PGlite.create('memory://')
  t.teardown(() => database.close())
  await isolates(t, await openPostgresStore({ pglite: database }))
})

t.test('PostgreSQL', async t => {
  const server = await startPostgres(t)
  if (server === undefined) return
  const store = await openPostgresStore({ connectionString: server.connectionString })
  t.teardown(() => store.close())
  await isolates(t, store)
  t.equal(await store.hasForeignContext?.({ agent: 'a', tenant: '', owner: 'b' }, 'c'), false)
})

t.test('Redis', async t => {
  const server = await startRedis(t)
  if (server === undefined) return
  const store = await openRedisStore({ url: server.url })
  t.teardown(() => store.close())
  await isolates(t, store)
})
