/** Whose tasks are whose, who may do what, and authorization within a task. */
import t from 'tap'
import Fastify from 'fastify'
import type { AgentOptions, Principal, TaskContext } from '../../lib/index.ts'
import { A2AError } from '../../lib/index.ts'
import a2a from '../../plugins/a2a.ts'
import { card, closeAfter, host, listen, obey } from '../helpers/host.ts'
import { openEvents, RestClient } from '../helpers/rest.ts'
import { RpcClient, sendParams } from '../helpers/rpc.ts'

const keyOf = (id: string) => ({ 'x-api-key': `key of ${id}` })
const security = {
  schemes: {
    key: {
      type: 'apiKey',
      keys: [
        { key: 'key of ada', id: 'ada', scopes: ['editor'], claims: { team: 'blue' } },
        { key: 'key of bob', id: 'bob', scopes: ['viewer'], claims: { team: 'blue' } },
        { key: 'key of eve', id: 'eve', scopes: ['editor'], claims: { team: 'red' } }
      ]
    },
    second: { type: 'bearer', tokens: [{ token: 'two', id: 'ada', scopes: ['book'] }] }
  },
  requirements: [{ key: [] }]
} as const satisfies { schemes: NonNullable<AgentOptions['security']>['schemes'], requirements: unknown }
const options = { security: { schemes: security.schemes, requirements: [{ key: [] as string[] }] }, allowAnonymous: undefined }

t.test('owner: callers of the same owner share their tasks', async t => {
  const asked: unknown[] = []
  const app = await host(t, {
    ...options,
    executor: obey,
    owner: async (principal, { tenant, operation, headers }) => {
      asked.push([tenant, operation, headers['x-api-key']])
      return `team ${String(principal.claims?.team)}`
    }
  })
  const [ada, bob, eve] = ['ada', 'bob', 'eve'].map(id => new RpcClient(app, { headers: keyOf(id) })) as [RpcClient, RpcClient, RpcClient]
  const task = await ada.send('ask')
  t.equal((await bob.get(task.id)).id, task.id)
  t.match(await eve.error('GetTask', { id: task.id }), { code: -32001 })
  t.match(await bob.result('ListTasks'), { totalSize: 1 })
  t.match(await eve.result('ListTasks'), { totalSize: 0 })
  t.strictSame(asked[0], [undefined, 'SendMessage', 'key of ada'])
})

t.test('owner: an answer that is none fails the request', async t => {
  const app = await host(t, { ...options, owner: () => '' })
  t.match(await new RpcClient(app, { headers: keyOf('ada') }).error('ListTasks'), { code: -32603 })
})

t.test('authorize: what a caller may not do is refused, and what it may not see does not exist', async t => {
  const asked: unknown[] = []
  const app = await host(t, {
    ...options,
    executor: async task => task.referencedTasks.map(({ id }) => id).join() || await obey(task),
    extendedCard: card,
    owner: ({ claims }) => String(claims?.team),
    authorize: (principal, operation, task) => {
      asked.push([principal?.id, operation, task?.id])
      if (task?.metadata?.secret === true) return false
      if (operation === 'CancelTask' && principal?.id === 'bob') throw new A2AError('PermissionDeniedError', 'Viewers don\'t cancel')
      return principal?.scopes?.includes('editor') === true || operation.startsWith('Get') || operation === 'ListTasks' || task !== undefined
    }
  })
  const ada = new RpcClient(app, { headers: keyOf('ada') })
  const bob = new RpcClient(app, { headers: keyOf('bob') })
  const { id } = await ada.send('ask')
  t.strictSame(asked.at(-1), ['ada', 'SendMessage', undefined])
  t.equal((await bob.get(id)).id, id)
  t.strictSame(asked.at(-1), ['bob', 'GetTask', id])
  t.match(await bob.ask('SendMessage', sendParams('mine')), { status: 403, body: { error: { code: -32053 } } })
  t.match(await bob.error('CancelTask', { id }), { code: -32053, message: 'Viewers don\'t cancel' })
  t.match(await bob.result('ListTasks'), { tasks: [{ id }], totalSize: 1 })
  t.equal((await new RestClient(app, { headers: keyOf('bob') }).get('/extendedAgentCard')).status, 200)
  t.strictSame(asked.at(-1), ['bob', 'GetExtendedAgentCard', undefined])
})

t.test('authorize: tasks that may not be seen are not in lists, references and contexts', async t => {
  let hidden = ''
  const seen: Array<string | undefined> = []
  const app = await host(t, {
    ...options,
    executor: async task => {
      seen.push([...task.referencedTasks, ...await task.contextTasks()].map(({ id }) => id).filter(id => id !== task.taskId).join())
      return await obey(task)
    },
    authorize: (_principal, _operation, task) => task?.id !== hidden
  })
  const ada = new RpcClient(app, { headers: keyOf('ada') })
  const first = await ada.send('ask')
  const second = await ada.send('Hello', { message: { contextId: first.contextId, referenceTaskIds: [first.id] } })
  hidden = first.id
  await ada.send('Hello', { message: { contextId: first.contextId, referenceTaskIds: [first.id] } })
  t.strictSame(seen, ['', `${first.id},${first.id}`, second.id])
  for (const [method, params] of [['GetTask', { id: hidden }], ['CancelTask', { id: hidden }], ['SubscribeToTask', { id: hidden }], ['SendMessage', sendParams('more', { message: { taskId: hidden } })]] as const) {
    t.match(await ada.error(method, params), { code: -32001, message: 'Task not found' }, method)
  }
  const list = await ada.result<{ tasks: Array<{ id: string }>, totalSize: number }>('ListTasks')
  t.notOk(list.tasks.some(({ id }) => id === hidden))
  t.equal(list.totalSize, 2)
})

t.test('a context of another owner can\'t be joined, and the answer does not say why', async t => {
  const app = await host(t, { ...options, executor: obey })
  const ada = new RpcClient(app, { headers: keyOf('ada') })
  const bob = new RpcClient(app, { headers: keyOf('bob') })
  const { contextId, id } = await ada.send('ask')
  t.match(await bob.error('SendMessage', sendParams('Hello', { message: { contextId } })), { code: -32602, message: 'Invalid parameters: message.contextId can\'t be used' })
  t.match(await bob.error('SendStreamingMessage', sendParams('Hello', { message: { contextId, referenceTaskIds: [id] } })), { code: -32602 })
  t.equal((await ada.send('again', { message: { contextId } })).contextId, contextId)
  t.equal((await bob.send('mine', { message: { contextId: 'bobs' } })).contextId, 'bobs')
  t.match(await bob.result('ListTasks', { contextId }), { tasks: [], totalSize: 0 })
  t.match(await ada.error('SendMessage', { ...sendParams('Hello', { message: { contextId: 'bobs' } }) }), { code: -32602 })
  t.equal((await ada.send('elsewhere', { message: { contextId: 'bobs' }, tenant: 't' } as object)).contextId, 'bobs', 'another tenant is another world')
})

t.test('a skill\'s requirements are asked for when it is chosen', async t => {
  const app = await host(t, {
    ...options,
    executor: obey,
    card: { ...card, skills: [{ id: 'search' }, { id: 'book', securityRequirements: [{ second: ['book'] }] }, { id: 'pay', securityRequirements: [{ key: ['pay'] }] }] }
  })
  const rest = new RestClient(app, { headers: keyOf('ada') })
  const send = async (skillId: string, headers = {}, more = {}) => await rest.post<{ task: { id: string } }>('/message:send', sendParams('ask', { message: { metadata: { skillId }, ...more } }), headers)
  t.equal((await send('search')).status, 200)
  const refused = await send('book')
  t.equal(refused.status, 401)
  t.equal(refused.headers['www-authenticate'], 'Bearer realm="a2a", scope="book"')
  t.match(await send('pay'), { status: 403, headers: { 'www-authenticate': /^ApiKey/ } })
  const booked = await send('book', { authorization: 'Bearer two' })
  t.equal(booked.status, 200)
  const { id: taskId } = booked.body.task
  t.equal((await send('book', {}, { taskId })).status, 401, 'also for what follows')
  t.equal((await rest.post('/message:send', sendParams('more', { message: { taskId } }))).status, 401, 'whether or not it is named')
  t.equal((await rest.post('/message:send', sendParams('more', { message: { taskId } }), { authorization: 'Bearer two' })).status, 200)
  const declared = (await app.inject({ url: '/.well-known/agent-card.json', headers: { 'a2a-version': '0.3' } })).json().skills
  t.strictSame(declared.map(({ security }: { security: unknown }) => security), [undefined, [{ second: ['book'] }], [{ key: ['pay'] }]])
})

t.test('the extended card is for callers who say who they are', async t => {
  const app = await host(t, { ...options, extendedCard: principal => ({ ...card, description: `For ${principal?.id}` }) })
  const rest = new RestClient(app)
  t.equal((await rest.get('/extendedAgentCard')).status, 401)
  t.match(await rest.get('/extendedAgentCard', keyOf('ada')), { status: 200, body: { description: 'For ada' } })
  t.match(await new RpcClient(app, { version: '0.3', headers: keyOf('bob') }).result('agent/getAuthenticatedExtendedCard'), { description: 'For bob' })
})

t.test('a task that waits for authorization goes on by a message, or by the host', async t => {
  const seen: Array<[string, Principal | undefined, unknown]> = []
  const executor = async (task: TaskContext) => {
    seen.push([task.text, task.principal, task.message.metadata])
    if (task.text === 'start') return await task.requireAuth('Please sign in')
    return `went on with ${task.text}`
  }
  const app = await host(t, { ...options, executor })
  const ada = new RpcClient(app, { headers: keyOf('ada') })
  const principal = { id: 'ada', scheme: 'oauth' }

  const inBand = await ada.send('start')
  t.equal(inBand.status.state, 'TASK_STATE_AUTH_REQUIRED')
  t.match(await ada.send('signed in', { message: { taskId: inBand.id } }), { status: { state: 'TASK_STATE_COMPLETED' } })

  const { id } = await ada.send('start')
  const events = await openEvents(`${await listen(app)}/a2a/tasks/${id}:subscribe`, { headers: keyOf('ada') })
  await t.rejects(app.a2a.resume(id, { content: 'x' }), { name: 'TaskNotFoundError' }, 'of nobody')
  await t.rejects(app.a2a.resume(id, { content: 'x', principal: { id: 'eve' } }), { name: 'TaskNotFoundError' }, 'of somebody else')
  await t.rejects(app.a2a.resume(id, { content: 'x', principal, tenant: 'other' }), { name: 'TaskNotFoundError' })
  t.equal((await app.a2a.resume(id, { content: 'the consent', principal, metadata: { consent: 7 } })).id, id)
  t.match((await events.all()).at(-1)?.data, 'TASK_STATE_COMPLETED', 'who follows the task sees it go on')
  t.match(seen.at(-1), ['the consent', principal, { consent: 7 }])
  t.match(await ada.get(id), { artifacts: [{ parts: [{ text: 'went on with the consent' }] }] })
  await t.rejects(app.a2a.resume(id, { content: 'again', owner: 'ada' }), { name: 'UnsupportedOperationError' })
})

t.test('resuming finds the agent of the tenant, whichever place it has', async t => {
  const app = Fastify()
  closeAfter(t, app)
  const executor = async (task: TaskContext) => task.text === 'start' ? await task.requireAuth('Please sign in') : 'done'
  await app.register(a2a, { card, executor, prefix: '/one', ...options })
  await app.register(a2a, { prefix: '/two', allowAnonymous: true, agents: { flight: { card, executor }, hotel: { card, executor } } })
  const { id } = await new RpcClient(app, { url: '/two/a2a/hotel' }).send('start')
  await t.rejects(app.a2a.resume(id, { content: 'x', tenant: 'flight' }), { name: 'TaskNotFoundError' })
  t.equal((await app.a2a.resume(id, { content: 'x', tenant: 'hotel' })).id, id)
})
