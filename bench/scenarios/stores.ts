import { startDatabases, type Database } from '../databases.ts'
import { openStore } from '../../test/helpers/replicas.ts'
import { Writer } from '../../lib/testing/writer.ts'
import { ask, askTask, rpc, send } from '../load/requests.ts'
import { streams } from '../load/sse.ts'
import { unary } from '../load/unary.ts'
import { rateRow, ratioRow, type Row } from '../report.ts'
import { inTurns, ratio, type Result, type Subject } from '../rounds.ts'
import type { Server } from '../server-process.ts'
import type { Bench, Scenario } from './scenario.ts'

const chunks = 500
/** Of streams in which the SDK takes part. */
const fewChunks = 100
const listed = 1_000
const appends = 500

/** The same work on every store: memory, PGlite, PostgreSQL and Redis; and by the SDK on PostgreSQL, the one database it has a store for here. */
export const storesScenario: Scenario = async ({ start, ...extent }) => {
  const databases = await startDatabases()
  try {
    const ours = new Map<string, Server>()
    for (const { name, store } of databases) ours.set(name, await start('ours', { BENCH_STORE: store }))
    const servers = new Map(ours)
    const shared = databases.find(({ store }) => store.startsWith('postgres:'))
    if (shared !== undefined) servers.set('SDK, PostgreSQL', await start('sdk', { BENCH_STORE: shared.store }))
    const measure = (load: (server: Server) => Subject['load'] | Promise<Subject['load']>, of = servers) => measureAll(of, load, extent)

    const sends = await measure(({ port }) => duration => unary(port, send('SendMessage', 'answer'), { duration }))
    const streamed = await measure(({ port }) => duration => streams(port, send('SendStreamingMessage', `stream ${chunks}`), { connections: 8, duration, events: chunks + 2 }), ours)
    const onPostgres = new Map([...servers].filter(([name]) => name.endsWith('PostgreSQL')))
    // The SDK stores the whole task for each chunk.
    const short = await measure(({ port }) => duration => streams(port, send('SendStreamingMessage', `stream ${fewChunks}`), { connections: 8, duration, events: fewChunks + 2 }), onPostgres)
    const gets = await measure(async ({ port }) => {
      const { id } = await askTask(port, send('SendMessage', 'answer'))
      return duration => unary(port, rpc('GetTask', { id }), { duration })
    })
    const lists = await measure(async ({ port }) => {
      await unary(port, send('SendMessage', 'answer'), { amount: listed })
      await ask(port, rpc('ListTasks', {}))
      return duration => unary(port, rpc('ListTasks', {}), { duration })
    })
    return [
      ...rows('SendMessage', sends),
      ...rows(`stream of ${chunks}`, streamed, 1 / 3),
      ...rows(`stream of ${fewChunks}`, short),
      ...rows('GetTask', gets),
      ...rows('ListTasks', lists),
      ...await delays(databases)
    ]
  } finally {
    for (const database of databases) await database.remove()
  }
}

async function measureAll (servers: ReadonlyMap<string, Server>, load: (server: Server) => Subject['load'] | Promise<Subject['load']>, extent: Omit<Bench, 'start'>): Promise<Record<string, Result>> {
  const subjects: Record<string, Subject> = {}
  for (const [name, server] of servers) subjects[name] = { server, load: await load(server) }
  return await inTurns(subjects, { ...extent, sharesCore: true })
}

/** @param target of Redis against memory */
function rows (what: string, results: Record<string, Result>, target?: number): Row[] {
  return Object.entries(results).flatMap(([name, result], index) => {
    const row = rateRow(index === 0 ? what : '', name, result)
    const { memory } = results
    if (memory === undefined || index === 0) return [row]
    return [row, ratioRow('', 'of memory', ratio(result, memory), name.startsWith('Redis') ? target : undefined)]
  })
}

/** From an append on one replica to a subscriber on another. */
async function delays (databases: readonly Database[]): Promise<Row[]> {
  const found: Row[] = []
  for (const { name, store } of databases) {
    if (!/^(redis|postgres):/.test(store)) continue
    const [median = NaN, slow = NaN] = await delayOf(store)
    found.push({ what: 'append to another replica', who: name, value: `p50 ${median.toFixed(2)} ms, p99 ${slow.toFixed(2)} ms`, target: { text: 'p50 under 5 ms', ok: median < 5 } })
  }
  return found
}

async function delayOf (url: string): Promise<[number, number]> {
  const [store, replica] = await Promise.all([openStore(url), openStore(url)])
  const writer = await Writer.create(store, { agent: 'bench', tenant: '', owner: '' })
  const reader = replica.read(writer.scope, writer.taskId)[Symbol.asyncIterator]()
  await reader.next()
  const taken: number[] = []
  for (let i = 0; i < appends; i++) {
    const next = reader.next()
    const begun = performance.now()
    const written = writer.chunk('a', 'token ')
    await next
    taken.push(performance.now() - begun)
    await written
  }
  await Promise.all([store.close(), replica.close()])
  taken.sort((a, b) => a - b)
  return [taken[appends / 2] ?? NaN, taken[appends * 0.99] ?? NaN]
}
