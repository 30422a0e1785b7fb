import { rateRow, ratioRow, type Row } from '../report.ts'
import { inTurns, median, ratio } from '../rounds.ts'
import type { Server } from '../server-process.ts'
import type { Job } from '../servers/control.ts'
import type { Bench, Scenario } from './scenario.ts'

const delegations = 200

/** Clients, on an agent of ours: what is measured are they. Rates of streams are events, of 500 chunks each. */
export const clientScenario: Scenario = async bench => {
  const { start, ...extent } = bench
  const agents = [await start('ours', {}, true), await start('ours', {}, true)]
  const urls = agents.map(({ port }) => `http://127.0.0.1:${port}`)
  const clients = { ours: await start('client'), sdk: await start('sdk-client') }
  const measure = async (job: Pick<Job, 'kind' | 'parallel'>) => {
    const subject = (server: Server) => ({ server, load: (seconds: number) => server.work({ ...job, urls: urls.slice(0, 1), seconds }) })
    return await inTurns({ ours: subject(clients.ours), sdk: subject(clients.sdk) }, { ...extent, sharesCore: true })
  }
  const send = await measure({ kind: 'send', parallel: 16 })
  const stream = await measure({ kind: 'stream', parallel: 8 })
  return [
    rateRow('client: sends', 'fastify-a2a', send.ours),
    rateRow('', '@a2a-js/sdk', send.sdk),
    ratioRow('', 'of the SDK', ratio(send.ours, send.sdk), 1),
    rateRow('client: events', 'fastify-a2a', stream.ours),
    rateRow('', '@a2a-js/sdk', stream.sdk),
    ratioRow('', 'of the SDK', ratio(stream.ours, stream.sdk), 1),
    ...await measureDelegations(bench, urls)
  ]
}

async function measureDelegations ({ start, rounds, seconds }: Bench, urls: readonly string[]): Promise<Row[]> {
  const client = await start('client')
  const job = { kind: 'delegate' as const, urls, parallel: delegations }
  await client.work({ ...job, seconds: 3 })
  const before = await client.memory()
  const all = []
  for (let round = 0; round < rounds; round++) all.push(await client.work({ ...job, seconds }))
  const after = await client.memory()
  const latencies = all.flatMap(({ latencies }) => latencies).sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.floor(latencies.length * share)]?.toFixed(0)
  return [
    { what: `${delegations} delegations at a time`, who: 'by the clock', value: `${Math.round(median(all.map(({ count, seconds }) => count / seconds)))}/s, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms` },
    { what: '', who: 'RSS', value: `${mib(before.rss)} before, ${mib(after.rss)} after` }
  ]
}

function mib (bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`
}
