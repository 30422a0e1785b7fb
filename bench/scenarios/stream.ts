import { ask, send } from '../load/requests.ts'
import { streams } from '../load/sse.ts'
import { rateRow, ratioRow, type Row } from '../report.ts'
import { inProcesses, inTurns, ratio, type Result } from '../rounds.ts'
import type { Server } from '../server-process.ts'
import type { Bench, Scenario } from './scenario.ts'

const connections = 8

/** The SDK's cost grows with the square of the length: one stream of 4,000 takes it half a minute. */
const sdkChunks = 500

/** SendStreamingMessage: one artifact in many chunks. Rates are events. */
export const streamScenario: Scenario = async bench => {
  const short = await measure(bench, 20)
  const middle = await measure(bench, 500)
  const long = await measure(bench, 4_000)
  return [
    ...short.rows, ...middle.rows, ...long.rows,
    ratioRow('event rate at 4,000', 'of that at 500', ratio(long.ours, middle.ours), 0.9)
  ]
}

async function measure (bench: Bench, chunks: number): Promise<{ rows: Row[], ours: Result }> {
  const results = await inProcesses(3, () => measureOnce(bench, chunks))
  const what = `stream of ${chunks.toLocaleString('en')}`
  const rows = [
    rateRow(what, 'fastify-a2a', results.ours),
    rateRow('', 'raw loop of writes', results.raw),
    ratioRow('', 'of the raw loop', ratio(results.ours, results.raw), 0.5)
  ]
  if (results.sdk !== undefined) rows.push(rateRow('', '@a2a-js/sdk', results.sdk), ratioRow('', 'of the SDK', ratio(results.ours, results.sdk)))
  return { ours: results.ours, rows }
}

async function measureOnce ({ start, ...extent }: Bench, chunks: number): Promise<Results> {
  const body = send('SendStreamingMessage', `stream ${chunks}`)
  const events = chunks + 2 // the task, the chunks, and its completion
  const subject = (server: Server) => ({ server, load: (duration: number) => streams(server.port, body, { connections, duration, events }) })
  const ours = subject(await start('ours'))
  const raw = subject(await start('raw'))
  await raw.server.play((await ask(ours.server.port, body)).split(/(?<=\n\n)/))
  const subjects = { ours, raw, ...chunks <= sdkChunks && { sdk: subject(await start('sdk')) } }
  const results: Results = await inTurns(subjects, extent)
  for (const { server } of Object.values(subjects)) await server.stop()
  return results
}

type Results = { ours: Result, raw: Result, sdk?: Result }
