import Fastify, { type FastifyInstance } from 'fastify'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { PushOptions } from '../../lib/push/options.ts'
import { createMemoryStore } from '../../lib/stores/memory/store.ts'
import a2a from '../../plugins/a2a.ts'
import pushReceiver, { type PushNotification, type PushReceiverOptions } from '../../plugins/push-receiver.ts'
import { createSut } from '../conformance/server.ts'
import { agent, closeAfter, echo, host, listen, obey, type HostOptions } from '../helpers/host.ts'
import { RestClient } from '../helpers/rest.ts'
import { message03, RpcClient } from '../helpers/rpc.ts'
import { storeWith } from '../helpers/stores.ts'
import { until } from '../helpers/wait.ts'
import { hook, summary } from '../push/hook.ts'

const push: PushOptions = { targets: { http: true, allow: ['127.0.0.0/8'] }, poll: 20, retry: { minDelay: 20, maxDelay: 40 } }
const target = { url: 'http://127.0.0.1:9/hook', token: 'hunter2', authentication: { scheme: 'Bearer', credentials: 'swordfish' } }
const shown = { url: target.url, authentication: { scheme: 'Bearer' } }

async function pushing (t: Test, options: HostOptions = {}): Promise<{ app: FastifyInstance, rpc: RpcClient, rest: RestClient, old: RpcClient }> {
  const app = await host(t, { push, executor: obey, ...options })
  return { app, rpc: new RpcClient(app), rest: new RestClient(app), old: new RpcClient(app, { version: '0.3' }) }
}

type Config = { id: string, taskId: string, url: string }

t.test('configurations are made, shown without their secrets, listed and deleted', async t => {
  const { rpc } = await pushing(t)
  const { id: taskId } = await rpc.send('ask')
  const created = await rpc.result<Config>('CreateTaskPushNotificationConfig', { taskId, ...target, unknown: 1 })
  t.match(created, { taskId, url: target.url, id: /^[\da-f-]{36}$/ })
  const { id } = created
  t.strictSame(await rpc.result('GetTaskPushNotificationConfig', { taskId, id }), { taskId, id, ...shown })
  t.strictSame(await rpc.result('ListTaskPushNotificationConfigs', { taskId }), { configs: [{ taskId, id, ...shown }], nextPageToken: '' })
  const other = await rpc.result<Config>('CreateTaskPushNotificationConfig', { taskId, url: target.url })
  t.not(other.id, id, 'several of one task')
  await rpc.result('CreateTaskPushNotificationConfig', { taskId, id, url: 'http://127.0.0.1:9/changed' })
  t.strictSame(await rpc.result('GetTaskPushNotificationConfig', { taskId, id }), { taskId, id, url: 'http://127.0.0.1:9/changed' })
  for (let i = 0; i < 2; i++) t.strictSame(await rpc.result('DeleteTaskPushNotificationConfig', { taskId, id }), {})
  t.match(await rpc.error('GetTaskPushNotificationConfig', { taskId, id }), { code: -32001 })
  t.strictSame((await rpc.result<{ configs: Config[] }>('ListTaskPushNotificationConfigs', { taskId })).configs.map(({ id }) => id), [other.id])
})

t.test('an option lets the secrets be shown', async t => {
  const { rpc } = await pushing(t, { push: { ...push, revealSecrets: true } })
  const { id: taskId } = await rpc.send('ask')
  await rpc.result('CreateTaskPushNotificationConfig', { taskId, id: 'c', ...target })
  t.strictSame(await rpc.result('GetTaskPushNotificationConfig', { taskId, id: 'c' }), { taskId, id: 'c', ...target })
})

t.test('a store sees no secret', async t => {
  const inner = createMemoryStore()
  const seen: string[] = []
  const store = storeWith({
    create: (scope, events, lease, configs) => { seen.push(JSON.stringify(configs)); return inner.create(scope, events, lease, configs) },
    putPushConfig: (scope, taskId, record) => { seen.push(JSON.stringify(record)); return inner.putPushConfig(scope, taskId, record) }
  }, inner)
  const { rpc } = await pushing(t, { store })
  const { id: taskId } = await rpc.send('ask', { configuration: { taskPushNotificationConfig: target } })
  await rpc.result('CreateTaskPushNotificationConfig', { taskId, ...target })
  t.equal(seen.length, 2)
  for (const record of seen) t.notMatch(record, /hunter2|swordfish|127\.0\.0\.1/)
})

t.test('lists come in pages', async t => {
  const { rpc, old, rest } = await pushing(t)
  const { id: taskId } = await rpc.send('ask')
  const ids = Array.from({ length: 7 }, (_, index) => `c${index}`)
  for (const id of ids) await rpc.result('CreateTaskPushNotificationConfig', { taskId, id, url: target.url })
  const listed: string[][] = []
  let pageToken = ''
  do {
    const page = await rpc.result<{ configs: Config[], nextPageToken: string }>('ListTaskPushNotificationConfigs', { taskId, pageSize: 3, pageToken })
    listed.push(page.configs.map(({ id }) => id))
    pageToken = page.nextPageToken
  } while (pageToken !== '')
  t.strictSame(listed, [ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)])
  t.equal((await rpc.result<{ configs: Config[] }>('ListTaskPushNotificationConfigs', { taskId, pageSize: 0 })).configs.length, 7)
  t.match(await rpc.error('ListTaskPushNotificationConfigs', { taskId, pageToken: 'bm9uc2Vuc2U' }), { code: -32602, message: /pageToken/ })
  t.match(await rpc.error('ListTaskPushNotificationConfigs', { taskId, pageSize: 101 }), { code: -32602 })
  t.equal((await old.result<unknown[]>('tasks/pushNotificationConfig/list', { id: taskId })).length, 7, '0.3 has no pages')
  t.match((await rest.get(`/tasks/${taskId}/pushNotificationConfigs?pageSize=2`)).body, { configs: [{ id: 'c0' }, { id: 'c1' }], nextPageToken: /./ })
})

t.test('a task has a bounded number of them, and they are its owner\'s', async t => {
  const app = Fastify()
  closeAfter(t, app)
  app.addHook('onRequest', async request => { request.a2aPrincipal = { id: String(request.headers['x-user']) } })
  await app.register(a2a, agent({ push: { ...push, configs: 2 }, executor: obey }))
  const alice = new RpcClient(app, { headers: { 'x-user': 'alice' } })
  const mallory = new RpcClient(app, { headers: { 'x-user': 'mallory' } })
  const { id: taskId } = await alice.send('ask', { configuration: { taskPushNotificationConfig: { ...target, id: 'a' } } })
  await alice.result('CreateTaskPushNotificationConfig', { taskId, id: 'b', ...target })
  t.match(await alice.error('CreateTaskPushNotificationConfig', { taskId, id: 'c', ...target }), { code: -32051, message: /at most 2/ })
  t.match(await alice.error('SendMessage', { message: { messageId: 'm', role: 'ROLE_USER', taskId, parts: [{ text: 'x' }] }, configuration: { taskPushNotificationConfig: { ...target, id: 'c' } } }), { code: -32051 })
  t.match(await alice.result('CreateTaskPushNotificationConfig', { taskId, id: 'b', ...target }), { id: 'b' }, 'one of them can be replaced')
  for (const [method, params] of Object.entries({ Create: { taskId, ...target }, Get: { taskId, id: 'a' }, Delete: { taskId, id: 'a' } })) {
    t.match(await mallory.error(`${method}TaskPushNotificationConfig`, params), { code: -32001 }, method)
  }
  t.match(await mallory.error('ListTaskPushNotificationConfigs', { taskId }), { code: -32001 })
  t.match(await alice.result('GetTaskPushNotificationConfig', { taskId, id: 'a' }), { id: 'a' })
})

t.test('the operations of 0.3', async t => {
  const { old, rest } = await pushing(t)
  const { id } = await old.result<{ id: string }>('message/send', { message: message03('ask') })
  const pushNotificationConfig = { url: target.url, token: 'hunter2', authentication: { schemes: ['Bearer'], credentials: 'swordfish' } }
  t.match(await old.result('tasks/pushNotificationConfig/set', { taskId: id, pushNotificationConfig }), { taskId: id, pushNotificationConfig: { id, url: target.url } })
  await old.result('tasks/pushNotificationConfig/set', { taskId: id, pushNotificationConfig: { ...pushNotificationConfig, id: 'second' } })
  const first = { taskId: id, pushNotificationConfig: { id, url: target.url, authentication: { schemes: ['Bearer'] } } }
  t.strictSame(await old.result('tasks/pushNotificationConfig/get', { id }), first, 'without an id, the first one')
  t.match(await old.result('tasks/pushNotificationConfig/get', { id, pushNotificationConfigId: 'second' }), { pushNotificationConfig: { id: 'second' } })
  t.strictSame((await old.result<unknown[]>('tasks/pushNotificationConfig/list', { id }))[0], first)
  for (let i = 0; i < 2; i++) t.equal(await old.result('tasks/pushNotificationConfig/delete', { id, pushNotificationConfigId: 'second' }), null)
  t.match(await old.error('tasks/pushNotificationConfig/get', { id, pushNotificationConfigId: 'second' }), { code: -32001 })
  t.match(await old.error('tasks/pushNotificationConfig/set', { taskId: id, pushNotificationConfig: { url: 'https://10.0.0.1/' } }), { code: -32602, message: /pushNotificationConfig\.url must not lead to a private/ })

  const path = `/v1/tasks/${id}/pushNotificationConfigs`
  const made = await rest.post(path, { config: { name: `tasks/${id}`, push_notification_config: { id: 'rest', url: target.url, token: 'hunter2' } } }, { 'a2a-version': '0.3' })
  t.match(made.body, { name: `tasks/${id}/pushNotificationConfigs/rest`, pushNotificationConfig: { url: target.url } })
  t.strictSame((await rest.get(`${path}/rest`)).body, { name: `tasks/${id}/pushNotificationConfigs/rest`, pushNotificationConfig: { id: 'rest', url: target.url } })
  t.match((await rest.get(path)).body, { configs: [{}, { pushNotificationConfig: { id: 'rest' } }] })
  t.strictSame((await rest.ask('DELETE', `${path}/rest`)).body, {})
})

t.test('the operations over HTTP+JSON', async t => {
  const { rest } = await pushing(t)
  const { id: taskId } = await rest.send('ask')
  const path = `/tasks/${taskId}/pushNotificationConfigs`
  t.match((await rest.post(path, { id: 'c', ...target })).body, { taskId, id: 'c', url: target.url })
  t.strictSame((await rest.get(`${path}/c`)).body, { taskId, id: 'c', ...shown })
  t.strictSame((await rest.get(path)).body, { configs: [{ taskId, id: 'c', ...shown }], nextPageToken: '' })
  for (let i = 0; i < 2; i++) t.match(await rest.ask('DELETE', `${path}/c`), { status: 200, body: {} })
  t.match(await rest.get(`${path}/c`), { status: 404 })
})

t.test('a target that is refused is refused at once, by its place in the request', async t => {
  const { rpc, old } = await pushing(t, { push: true })
  const { id: taskId } = await rpc.send('ask')
  const cases: Array<[string, RegExp]> = [
    ['https://10.0.0.1/', /must not lead to a private/], ['http://example.com/', /must be an https URL/], ['https://user:pw@example.com/', /user name or password/],
    ['https://localhost/', /host of a private network/], ['https://169.254.169.254/', /must not lead/]
  ]
  for (const [url, text] of cases) {
    const error = await rpc.error('CreateTaskPushNotificationConfig', { taskId, url })
    t.match(error, { code: -32602, message: text, data: [{ fieldViolations: [{ field: 'url', description: text }] }] }, url)
    const inline = await rpc.error('SendMessage', { message: { messageId: 'm', role: 'ROLE_USER', parts: [{ text: 'x' }] }, configuration: { taskPushNotificationConfig: { url } } })
    t.match(inline, { code: -32602, data: [{ fieldViolations: [{ field: 'configuration.taskPushNotificationConfig.url' }] }] }, url)
  }
  t.match(await old.error('message/send', { message: message03('x'), configuration: { pushNotificationConfig: { url: 'https://127.0.0.1/' } } }), { code: -32602, message: /configuration\.pushNotificationConfig\.url/ })
  t.equal((await rpc.result<{ totalSize: number }>('ListTasks')).totalSize, 1, 'and nothing has run')
})

t.test('what can\'t be sent in a header is refused', async t => {
  const { rpc } = await pushing(t)
  const { id: taskId } = await rpc.send('ask')
  for (const [field, config] of Object.entries({
    token: { token: 'a\r\nx-evil: 1' },
    'authentication.credentials': { authentication: { scheme: 'Bearer', credentials: 'a\nb' } },
    'authentication.scheme': { authentication: { scheme: 'Bearer x', credentials: 'a' } }
  })) t.match(await rpc.error('CreateTaskPushNotificationConfig', { taskId, url: target.url, ...config }), { code: -32602, data: [{ fieldViolations: [{ field }] }] }, field)
})

t.test('an agent that does not push says so', async t => {
  const { app, rpc } = await pushing(t, { push: false })
  const { id: taskId } = await rpc.send('ask')
  t.match(await rpc.error('CreateTaskPushNotificationConfig', { taskId, url: target.url }), { code: -32003 })
  t.match(await rpc.error('ListTaskPushNotificationConfigs', { taskId }), { code: -32003 })
  t.match(await rpc.error('SendMessage', { message: { messageId: 'm', role: 'ROLE_USER', parts: [{ text: 'x' }] }, configuration: { taskPushNotificationConfig: target } }), { code: -32003 })
  t.equal((await app.inject('/.well-known/agent-card.json')).json().capabilities.pushNotifications, false)
  t.equal((await app.inject('/.well-known/jwks.json')).statusCode, 404)
})

t.test('an inline configuration gets everything from the first event on; of a later message, what follows', async t => {
  const [first, second] = [await hook(t), await hook(t)]
  const { app, rpc } = await pushing(t)
  t.equal((await app.inject('/.well-known/agent-card.json')).json().capabilities.pushNotifications, true)
  const { id: taskId } = await rpc.send('ask', { configuration: { taskPushNotificationConfig: { ...target, url: first.url } } })
  const [created] = await first.got(2)
  t.match(created, { headers: { authorization: 'Bearer swordfish', 'x-a2a-notification-token': 'hunter2' }, body: { task: { id: taskId } } })
  t.match(await rpc.result('ListTaskPushNotificationConfigs', { taskId }), { configs: [{ id: taskId, url: first.url }] }, 'its id is that of the task')
  await rpc.send('done', { message: { taskId }, configuration: { taskPushNotificationConfig: { id: 'second', url: second.url } } })
  await Promise.all([first.got(5), second.got(3)])
  t.strictSame(second.received.map(summary), ['WORKING', 'artifact done', 'COMPLETED'])
  t.match(await rpc.error('SendMessage', { message: { messageId: 'm', role: 'ROLE_USER', taskId, parts: [{ text: 'x' }] }, configuration: { taskPushNotificationConfig: { id: 'third', url: second.url } } }), { code: -32004 })
  t.equal((await rpc.result<{ configs: Config[] }>('ListTaskPushNotificationConfigs', { taskId })).configs.length, 2, 'a task that has ended takes nothing')
  t.match(await rpc.result('CreateTaskPushNotificationConfig', { taskId, id: 'late', url: second.url }), { id: 'late' }, 'but a configuration of its own it does')
})

t.test('clients of 0.3 get the task', async t => {
  const { url, got } = await hook(t)
  const { old } = await pushing(t, { executor: echo })
  await old.result('message/send', { message: message03('hello'), configuration: { pushNotificationConfig: { url, token: 'hunter2' } } })
  await until(async () => (await got(1)).some(({ text }) => text.includes('"completed"')))
  t.match((await got(1)).at(-1), {
    headers: { 'content-type': 'application/json', 'x-a2a-notification-token': 'hunter2' },
    body: { kind: 'task', status: { state: 'completed' }, artifacts: [{ parts: [{ kind: 'text', text: 'hello' }] }] }
  })
})

t.test('the trace of the request goes on', async t => {
  const { url, got } = await hook(t)
  const { rpc } = await pushing(t)
  const { id: taskId } = await rpc.send('ask')
  const trace = '0af7651916cd43dd8448eb211c80319c'
  await rpc.result('CreateTaskPushNotificationConfig', { taskId, url }, { traceparent: `00-${trace}-b7ad6b7169203331-01` })
  await rpc.send('done', { message: { taskId } })
  const [first] = await got(1)
  t.match(first?.headers.traceparent, new RegExp(`^00-${trace}-(?!b7ad6b7169203331)[\\da-f]{16}-01$`))
})

t.test('options are checked', async t => {
  const wrong: Array<[unknown, RegExp]> = [
    [{ key: 'short' }, /push\.key must be 32 bytes in base64/], [{ events: [] }, /push\.events/], [{ events: ['nothing'] }, /push\.events/], [{ targets: { allow: ['https://x'] } }, /push\.targets\.allow\[0\] must be a host/],
    [{ timeout: 0 }, /push\.timeout must be a whole number of milliseconds/], [{ retry: { attempts: 0 } }, /push\.retry\.attempts/], [{ nonsense: 1 }, /push\.nonsense is not an option/], [{ sign: { keys: [{ kty: 'oct', k: 'eA' }] } }, /can't sign/]
  ]
  for (const [push, text] of wrong) await t.rejects(host(t, { push: push as PushOptions }), { code: 'A2A_ERR_OPTIONS', message: text }, JSON.stringify(push))
  const durable = storeWith({}, createMemoryStore())
  await t.rejects(host(t, { push: true, store: new Proxy(durable, { get: (store, name) => name === 'isVolatile' ? false : Reflect.get(store, name) }) }), /push\.key is missing/)
})

t.test('the conformance agent does what the public kit looks for', async t => {
  const { url, got } = await hook(t)
  const { app } = await createSut({ PORT: '0' })
  closeAfter(t, app)
  const rpc = new RpcClient(app)
  const { id } = await rpc.send('x', { message: { messageId: 'tck-complete-task-1' } })
  for (const taskId of [id, (await rpc.send('x', { message: { messageId: 'tck-input-required-1' } })).id]) {
    t.match(await rpc.result('CreateTaskPushNotificationConfig', { task_id: taskId, id: 'tck-config', url, authentication: { scheme: 'Bearer', credentials: 'c' } }), { id: 'tck-config', url })
  }
  await rpc.send('x', { message: { messageId: 'tck-complete-task-2' }, configuration: { taskPushNotificationConfig: { id: 'tck-config', url, authentication: { scheme: 'Bearer', credentials: 'secret' } } } })
  const [first] = await got(1)
  t.match(first, { headers: { authorization: 'Bearer secret', 'content-type': 'application/a2a+json' } })
  t.ok(first !== undefined && Object.keys(first.body).length === 1 && ['task', 'message', 'statusUpdate', 'artifactUpdate'].includes(String(Object.keys(first.body)[0])))
})

t.test('a receiver gets each notification once, checked, from an agent that signs', async t => {
  const { app: server, rpc } = await pushing(t, { push: { ...push, sign: true }, executor: echo, publicUrl: 'http://agent.example' })
  const received: PushNotification[] = []
  const url = await listen(server)
  const client = await receiver(t, { signature: { jwks: `${url}/.well-known/jwks.json`, issuer: 'http://agent.example' }, token: 'hunter2', handler: notification => { received.push(notification) } })
  const task = await rpc.send('hello', { configuration: { taskPushNotificationConfig: { url: client.url, token: 'hunter2' } } })
  await until(() => received.length === 3)
  t.strictSame(received.map(({ event }) => Object.keys(event)[0]), ['task', 'artifactUpdate', 'statusUpdate'])
  t.match(received[2], { taskId: task.id, version: '1.0', issuer: 'http://agent.example', id: /^[\w-]{32}$/, event: { statusUpdate: { status: { state: 'TASK_STATE_COMPLETED' } } } })
  t.strictSame(server.a2a.agents[0]?.deadLetters && (await server.a2a.agents[0].deadLetters.list()).items, [])
})

t.test('keys are changed under a receiver without a gap', async t => {
  let keys: JWK[] = [await privateKey('one')]
  const { app: server, rpc } = await pushing(t, { push: { ...push, sign: { keys: () => keys } }, executor: echo })
  const url = await listen(server)
  const received: PushNotification[] = []
  const client = await receiver(t, { signature: { jwks: new URL('/.well-known/jwks.json', url) }, handler: notification => { received.push(notification) } })
  const configuration = { taskPushNotificationConfig: { url: client.url } }
  await rpc.send('hello', { configuration })
  await until(() => received.length === 3)
  keys = [await privateKey('two'), ...keys]
  const jwks = await server.inject('/.well-known/jwks.json')
  t.match(jwks, { statusCode: 200, headers: { 'content-type': /^application\/jwk-set\+json/, 'cache-control': 'public, max-age=300' } })
  await rpc.send('hello', { configuration })
  await until(() => received.length === 6)
  t.equal((await server.a2a.agents[0]?.deadLetters?.list())?.items.length, 0)
})

t.test('what is not authentic is refused, and what comes again is dropped', async t => {
  const { app: server, rpc } = await pushing(t, { push: { ...push, sign: true }, executor: echo })
  const { url, got } = await hook(t)
  await rpc.send('hello', { configuration: { taskPushNotificationConfig: { url, token: 'hunter2' } } })
  const [first, second] = await got(3)
  if (first === undefined || second === undefined) return t.fail('there are three')
  const jwks = (await server.inject('/.well-known/jwks.json')).json()
  const received: PushNotification[] = []
  const { app } = await receiver(t, { signature: { jwks, audience: url }, token: taskId => taskId === (first.body.task as Config & { id: string }).id ? 'hunter2' : undefined, handler: notification => { received.push(notification) } })
  const headersOf = ({ headers }: typeof first, more: Record<string, string | undefined> = {}) => Object.fromEntries(Object.entries({ 'content-type': String(headers['content-type']), 'x-a2a-notification-signature': String(headers['x-a2a-notification-signature']), 'x-a2a-notification-token': 'hunter2', ...more }).filter(([, value]) => value !== undefined))
  const post = async (text: string, headers: object) => (await app.inject({ method: 'POST', url: '/a2a/notifications', payload: text, headers: headers as Record<string, string> })).statusCode
  t.equal(await post(first.text, headersOf(first)), 204)
  t.equal(await post(first.text, headersOf(first)), 204, 'a replay does no harm')
  t.equal(received.length, 1)
  t.equal(await post(second.text, headersOf(first)), 401, 'the signature of another body')
  t.equal(await post(`${second.text} `, headersOf(second)), 401, 'a body that was changed')
  t.equal(await post(second.text, headersOf(second, { 'x-a2a-notification-token': 'wrong' })), 401)
  t.equal(await post(second.text, headersOf(second, { 'x-a2a-notification-token': undefined })), 401)
  t.equal(await post(second.text, headersOf(second, { 'x-a2a-notification-signature': undefined })), 401)
  t.equal(await post(second.text, headersOf(second, { 'x-a2a-notification-signature': await forged(second.text) })), 401, 'a key that is not the agent\'s')
  t.equal(await post(second.text, headersOf(second, { 'x-a2a-notification-signature': `${Buffer.from('{"alg":"none"}').toString('base64url')}.${String(second.headers['x-a2a-notification-signature']).split('.')[1]}.` })), 401)
  t.equal(received.length, 1)
  t.equal(await post(second.text, headersOf(second)), 204, 'Authorization is not needed where the signature has a header of its own')

  const elsewhere = await receiver(t, { signature: { jwks, audience: 'https://other.example/hook' }, handler: () => {} })
  t.equal((await elsewhere.app.inject({ method: 'POST', url: '/a2a/notifications', payload: first.text, headers: headersOf(first) as Record<string, string> })).statusCode, 401, 'it was meant for somebody else')
  await sleep(1100)
  const strict = await receiver(t, { signature: { jwks, maxAge: -30_000 }, handler: () => {} })
  t.equal((await strict.app.inject({ method: 'POST', url: '/a2a/notifications', payload: first.text, headers: headersOf(first) as Record<string, string> })).statusCode, 401, 'it is too old')
})

t.test('a receiver checks what was registered, takes what it expects, and asks again for what it could not take', async t => {
  const status = (taskId: string) => JSON.stringify({ statusUpdate: { taskId, contextId: 'c', status: { state: 'TASK_STATE_WORKING' } } })
  let isDown = true
  const received: string[] = []
  const { app } = await receiver(t, {
    authentication: { scheme: 'Bearer', credentials: 'swordfish' },
    expects: taskId => taskId !== 'foreign',
    handler: async ({ taskId }) => {
      if (isDown) throw new Error('the database is down')
      received.push(taskId)
    },
    bodySize: 1000
  })
  const post = async (payload: string, headers: Record<string, string> = { authorization: 'bearer swordfish', 'x-a2a-notification-id': 'd1' }) => await app.inject({ method: 'POST', url: '/a2a/notifications', payload, headers: { 'content-type': 'application/json', ...headers } })
  const failed = await post(status('mine'))
  t.equal(failed.statusCode, 500)
  t.notMatch(failed.body, /database/)
  isDown = false
  t.equal((await post(status('mine'))).statusCode, 204)
  t.equal((await post(status('mine'))).statusCode, 204)
  t.strictSame(received, ['mine'])
  t.equal((await post(status('foreign'))).statusCode, 404)
  for (const authorization of ['', 'Bearer wrong', 'Basic swordfish', 'swordfish']) t.equal((await post(status('mine'), { authorization })).statusCode, 401, authorization)
  for (const body of ['', '{', '[]', '{}', '{"statusUpdate":{}}', '{"message":{"messageId":"m","role":"ROLE_AGENT","parts":[{"text":"x"}]}}', '{"kind":"task"}', '{"__proto__":{}}']) t.equal((await post(body)).statusCode, 400, body)
  t.equal((await post(status('x'.repeat(1000)))).statusCode, 413)
  await t.rejects(receiver(t, { handler: () => {} }), /token, authentication or signature is missing/)
})

t.test('notifications can be iterated, and are asked for again while nobody does', async t => {
  const { rpc, old } = await pushing(t, { executor: echo })
  const client = await receiver(t, { token: 'hunter2', buffer: 1 })
  const configuration = { taskPushNotificationConfig: { url: client.url, token: 'hunter2' } }
  const task = await rpc.send('hello', { configuration })
  await sleep(60)
  const events: string[] = []
  for await (const { event, taskId } of client.app.a2aNotifications) {
    t.equal(taskId, task.id)
    events.push(String(Object.keys(event)[0]))
    if (events.length === 3) break
  }
  t.strictSame(events, ['task', 'artifactUpdate', 'statusUpdate'])

  const abort = new AbortController()
  const ofNone = client.app.a2aNotifications.read({ taskId: 'another', signal: abort.signal })
  const all = client.app.a2aNotifications.read()
  await old.result('message/send', { message: message03('old'), configuration: { pushNotificationConfig: { url: client.url, token: 'hunter2' } } })
  for await (const { event, version } of all) {
    t.equal(version, '0.3')
    if ('task' in event && event.task.status.state === 'TASK_STATE_COMPLETED') break
  }
  abort.abort()
  for await (const { taskId } of ofNone) t.fail(`${taskId} is of another task`)
})

async function receiver (t: Test, options: PushReceiverOptions): Promise<{ app: FastifyInstance, url: string }> {
  const app = Fastify()
  closeAfter(t, app)
  await app.register(pushReceiver, options)
  return { app, url: `${await listen(app)}/a2a/notifications` }
}

async function privateKey (kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { ...await exportJWK(privateKey), kid }
}

async function forged (body: string): Promise<string> {
  const { createSigner } = await import('../../lib/push/signing.ts')
  const signer = await createSigner({ keys: undefined, issuer: undefined, path: '/', ttl: 300_000 })
  return await signer.sign({ id: 'forged', audience: 'x', issuer: 'x', body })
}
