/** What executors return by mistake. */
import t from 'tap'
import { host, logSink } from '../helpers/host.ts'
import { RpcClient } from '../helpers/rpc.ts'

t.test('an iterable that is no JSON fails the task, and the log says what to write instead', async t => {
  const cases = { generator: function * () { yield 'never seen' }, map: () => new Map([['a', 1]]), set: () => new Set(['a']) }
  for (const [name, executor] of Object.entries(cases)) {
    const logger = logSink()
    const app = await host(t, { executor: () => executor(), server: { logger } })
    const task = await new RpcClient(app).send('x')
    t.match(task, { status: { state: 'TASK_STATE_FAILED', message: { parts: [{ text: 'The agent failed to complete the task' }] } }, artifacts: undefined }, name)
    t.match(JSON.stringify(logger.lines), /a generator must be async \(async function \*\)/, name)
  }
})

t.test('what is JSON stays what it is', async t => {
  for (const value of [[1, 2], { a: [1] }, 'text', 7, true]) {
    const task = await new RpcClient(await host(t, { executor: () => value })).send('x')
    t.match(task.artifacts?.[0]?.parts[0], typeof value === 'string' ? { text: value } : { data: value })
  }
})
