import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import Fastify from 'fastify'
import t from 'tap'
import a2a from '../../plugins/index.ts'
import { until } from '../helpers/wait.ts'

const storage = new AsyncLocalStorage<string>()

const request = (text: string, path = '/a2a') => ({
  method: 'POST' as const,
  url: path,
  headers: { 'a2a-version': '1.0', 'x-name': text },
  payload: { jsonrpc: '2.0', id: text, method: 'SendMessage', params: { message: { messageId: text, role: 'ROLE_USER', parts: [{ text }] } } }
})

t.test('requests that come together', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  const steps: string[] = []
  app.addHook('onRequest', (request, _reply, done) => storage.run(String(request.headers['x-name']), done))
  let isMarked = false
  app.addHook('preHandler', async () => {
    steps.push('read')
    if (isMarked) setImmediate(() => steps.push('turn is over'))
    isMarked = false
  })
  await app.register(a2a, {
    card: { name: 'Test agent', description: 'Says who called' },
    allowAnonymous: true,
    executor: async task => {
      steps.push('run')
      const before = storage.getStore()
      await new Promise(resolve => setImmediate(resolve))
      return `${task.text}: ${before} and ${storage.getStore()}`
    }
  })

  const names = Array.from({ length: 20 }, (_, index) => `caller ${index}`)
  const ask = async () => await Promise.all(names.map(name => app.inject(request(name))))
  await ask()
  steps.length = 0
  const answers = await ask()

  await t.test('are all read before the first of them is handled, once the server has learned that they do', async t => {
    t.same(steps, [...names.map(() => 'read'), ...names.map(() => 'run')])
  })

  await t.test('each have the AsyncLocalStorage that a hook has given them', async t => {
    for (const [index, name] of names.entries()) {
      t.match(answers[index]?.json(), { id: name, result: { task: { artifacts: [{ parts: [{ text: `${name}: ${name} and ${name}` }] }] } } })
    }
  })

  await t.test('one that comes alone waits for nobody', async t => {
    await app.inject(request('first'))
    await nextTurn()
    steps.length = 0
    isMarked = true
    await app.inject(request('second'))
    await until(() => steps.length === 3)
    t.same(steps, ['read', 'run', 'turn is over'])
  })

  await t.test('fail each on its own', async t => {
    const [good, bad] = await Promise.all([app.inject(request('good')), app.inject({ ...request('bad'), headers: { 'content-type': 'application/json', 'a2a-version': '1.0' }, payload: '{' })])
    t.match(good.json(), { result: { task: { status: { state: 'TASK_STATE_COMPLETED' } } } })
    t.match(bad.json(), { error: { code: -32700 } })
  })
})
