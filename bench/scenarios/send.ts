import { ask, send } from '../load/requests.ts'
import { unary } from '../load/unary.ts'
import { rateRow, ratioRow } from '../report.ts'
import { inProcesses, inTurns, ratio } from '../rounds.ts'
import type { Server } from '../server-process.ts'
import type { Scenario } from './scenario.ts'

/** SendMessage, blocking: a task with one text artifact. */
export const sendScenario: Scenario = async ({ start, ...extent }) => {
  const body = send('SendMessage', 'answer')
  const results = await inProcesses(5, async () => {
    const ours = await start('ours')
    const sdk = await start('sdk')
    const bare = await start('bare')
    for (const { port } of [ours, sdk]) checkCompleted(await ask(port, body))
    await bare.play([await ask(ours.port, body)])
    const subject = (server: Server) => ({ server, load: (duration: number) => unary(server.port, body, { duration }) })
    const results = await inTurns({ ours: subject(ours), sdk: subject(sdk), bare: subject(bare) }, extent)
    for (const server of [ours, sdk, bare]) await server.stop()
    return results
  })
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
