import Fastify from 'fastify'
import t from 'tap'
import a2a, { StoreUnavailableError } from '../../plugins/index.ts'
import { storeWith } from '../helpers/stores.ts'

t.test('a store that cannot be reached is an outage that passes, and its cause stays inside', async t => {
  const gone = async () => { throw new StoreUnavailableError(new Error('connect ECONNREFUSED db.internal:5432')) }
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(a2a, {
    allowAnonymous: true,
    card: { name: 'Agent', description: 'Answers' },
    executor: () => 'done',
    store: storeWith({ create: gone, get: gone, list: gone })
  })
  const message = { messageId: 'm', role: 'ROLE_USER', parts: [{ text: 'hello' }] }
  for (const [method, params] of [['SendMessage', { message }], ['SendStreamingMessage', { message }], ['GetTask', { id: 'x' }], ['ListTasks', {}]] as const) {
    const response = await app.inject({
      method: 'POST',
      url: '/a2a',
      headers: { 'content-type': 'application/json', 'a2a-version': '1.0' },
      payload: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    })
    t.equal(response.statusCode, 503, method)
    t.equal(response.headers['retry-after'], '1')
    t.match(response.json(), { id: 1, error: { code: -32050, message: 'The task store cannot be reached' } })
    t.notMatch(response.body, /ECONNREFUSED|internal/)
  }
})

t.test('health says which store does not answer, and why', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  const card = { name: 'Agent', description: 'Answers' }
  const pings = [async () => {}, async () => { throw new StoreUnavailableError() }, async () => await new Promise<void>(() => {})]
  for (const [i, ping] of pings.entries()) await app.register(a2a, { prefix: `/agent-${i}`, allowAnonymous: true, card, executor: () => 'done', store: storeWith({ ping }) })
  const { ok, stores } = await app.a2a.health({ timeout: 50 })
  t.equal(ok, false)
  t.match(stores, [
    { agents: ['/agent-0'], ok: true },
    { agents: ['/agent-1'], ok: false, error: { name: 'UnavailableError' } },
    { agents: ['/agent-2'], ok: false, error: { message: /not answered within 50 ms/ } }
  ])
})

t.test('health of agents that share the default store', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  const agent = { allowAnonymous: true, card: { name: 'Agent', description: 'Answers' }, executor: () => 'done' }
  await app.register(a2a, { prefix: '/one', ...agent })
  await app.register(a2a, { prefix: '/two', ...agent })
  t.match(await app.a2a.health(), { ok: true, stores: { length: 1, 0: { agents: ['/one', '/two'], ok: true } } })
})
