import { ask, rpc, send } from '../load/requests.ts'
import { unary } from '../load/unary.ts'
import { rateRow, ratioRow } from '../report.ts'
import { inTurns, ratio } from '../rounds.ts'
import type { Scenario } from './scenario.ts'

const few = 1_000
const many = 100_000

/** ListTasks, a page of 50, with few and with many tasks in the store. */
export const listScenario: Scenario = async ({ start, ...extent }) => {
  const withFew = await start('ours', { BENCH_MAX_TASKS: String(2 * many) })
  const withMany = await start('ours', { BENCH_MAX_TASKS: String(2 * many) })
  const sdk = await start('sdk')
  const bare = await start('bare')
  const body = rpc('ListTasks', {})
  await fill(withFew.port, few)
  await fill(withMany.port, many)
  await fill(sdk.port, few)
  await bare.play([await ask(withFew.port, body)])

  const load = (port: number) => (duration: number) => unary(port, body, { duration })
  const results = await inTurns({
    few: { server: withFew, load: load(withFew.port) },
    many: { server: withMany, load: load(withMany.port) },
    sdk: { server: sdk, load: load(sdk.port) },
    bare: { server: bare, load: load(bare.port) }
  }, extent)
  return [
    rateRow('ListTasks, 1,000 tasks', 'fastify-a2a', results.few),
    rateRow('ListTasks, 100,000 tasks', 'fastify-a2a', results.many),
    rateRow('ListTasks, 1,000 tasks', '@a2a-js/sdk', results.sdk),
    rateRow('ListTasks, same size', 'bare Fastify', results.bare),
    ratioRow('100,000 tasks', 'of 1,000 tasks', ratio(results.many, results.few), 0.8),
    ratioRow('1,000 tasks', 'of the SDK', ratio(results.few, results.sdk)),
    ratioRow('1,000 tasks', 'of bare Fastify', ratio(results.few, results.bare))
  ]
}

async function fill (port: number, tasks: number): Promise<void> {
  await unary(port, send('SendMessage', 'answer'), { amount: tasks })
  const { result } = JSON.parse(await ask(port, rpc('ListTasks', {}))) as { result: { totalSize: number, tasks: unknown[] } } // what a list answers
  if (result.totalSize !== tasks || result.tasks.length !== 50) throw new Error(`there are ${result.totalSize} tasks, not ${tasks}`)
}
