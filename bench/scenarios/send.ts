import { ask, send } from '../load/requests.ts'
import { unary } from '../load/unary.ts'
import { rateRow, ratioRow } from '../report.ts'
import { inTurns, ratio } from '../rounds.ts'
import type { Scenario } from './scenario.ts'

/** SendMessage, blocking: a task with one text artifact. */
export const sendScenario: Scenario = async ({ start, ...extent }) => {
  const ours = await start('ours')
  const sdk = await start('sdk')
  const bare = await start('bare')
  const body = send('SendMessage', 'answer')
  for (const { port } of [ours, sdk]) checkCompleted(await ask(port, body))
  await bare.play([await ask(ours.port, body)])

  const load = (port: number) => (duration: number) => unary(port, body, { duration })
  const results = await inTurns({
    ours: { server: ours, load: load(ours.port) },
    sdk: { server: sdk, load: load(sdk.port) },
    bare: { server: bare, load: load(bare.port) }
  }, extent)
  return [
    rateRow('SendMessage', 'fastify-a2a', results.ours),
    rateRow('', '@a2a-js/sdk', results.sdk),
    rateRow('', 'bare Fastify', results.bare),
    ratioRow('', 'of bare Fastify', ratio(results.ours, results.bare), 0.5),
    ratioRow('', 'of the SDK', ratio(results.ours, results.sdk), 6)
  ]
}

function checkCompleted (answer: string): void {
  if (!answer.includes('"TASK_STATE_COMPLETED"') || !answer.includes('is 42')) throw new Error(`not the answer that was expected: ${answer}`)
}
