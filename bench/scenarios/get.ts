import { ask, askTask, rpc, send } from '../load/requests.ts'
import { unary } from '../load/unary.ts'
import { rateRow, ratioRow } from '../report.ts'
import { inTurns, ratio } from '../rounds.ts'
import type { Scenario } from './scenario.ts'

/** GetTask of a finished task. */
export const getScenario: Scenario = async ({ start, ...extent }) => {
  const ours = await start('ours')
  const sdk = await start('sdk')
  const bare = await start('bare')
  const bodyFor = async (port: number) => rpc('GetTask', { id: (await askTask(port, send('SendMessage', 'answer'))).id })
  const body = await bodyFor(ours.port)
  const sdkBody = await bodyFor(sdk.port)
  await bare.play([await ask(ours.port, body)])
  await ask(sdk.port, sdkBody)

  const results = await inTurns({
    ours: { server: ours, load: duration => unary(ours.port, body, { duration }) },
    sdk: { server: sdk, load: duration => unary(sdk.port, sdkBody, { duration }) },
    bare: { server: bare, load: duration => unary(bare.port, body, { duration }) }
  }, extent)
  return [
    rateRow('GetTask', 'fastify-a2a', results.ours),
    rateRow('', '@a2a-js/sdk', results.sdk),
    rateRow('', 'bare Fastify', results.bare),
    ratioRow('', 'of bare Fastify', ratio(results.ours, results.bare)),
    ratioRow('', 'of the SDK', ratio(results.ours, results.sdk))
  ]
}
