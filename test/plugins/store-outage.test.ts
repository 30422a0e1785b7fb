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
