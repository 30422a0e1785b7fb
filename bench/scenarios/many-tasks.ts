import { Redis } from 'ioredis'
import type { TaskStore } from '../../lib/task/store.ts'
import { statusEvent, Writer } from '../../lib/testing/writer.ts'
import { openRedisStore } from '../../plugins/redis-store.ts'
import { launchRedis } from '../../test/helpers/redis.ts'
import { ratioRow, type Row } from '../report.ts'
import { median } from '../rounds.ts'
import type { Scenario } from './scenario.ts'

const perOwner = 1_000
const few = 10
const many = 1_000
const writers = 64
const readers = 16

/** Lists of two Redis stores, with 10,000 and with 1,000,000 tasks, 1,000 to each owner. By the clock, client and server on one core. */
export const manyTasksScenario: Scenario = async ({ seconds, rounds }) => {
  const begun = performance.now()
  const [withFew, withMany] = [await open(few), await open(many)]
  try {
    if (withFew === undefined || withMany === undefined) return [{ what: 'many tasks', value: 'there is no redis-server' }]
    const made = (performance.now() - begun) / 1000
    for (const { store, owners } of [withFew, withMany]) await rate(store, owners, 1)
    const before: number[] = []
    const after: number[] = []
    for (let round = 0; round < rounds; round++) {
      before.push(await rate(withFew.store, few, seconds))
      after.push(await rate(withMany.store, many, seconds))
    }
    return [
      row(few, median(before)),
      row(many, median(after)),
      ratioRow('', 'of the rate with few', median(after.map((rate, round) => rate / (before[round] ?? rate))), 0.8),
      { what: 'memory of a task', value: `${Math.round(await withMany.memory() / (many * perOwner)).toLocaleString('en')} bytes` },
      { what: 'all were made in', value: `${made.toFixed(0)} s, ${Math.round((many + few) * perOwner / made).toLocaleString('en')}/s` }
    ]
  } finally {
    await withFew?.remove()
    await withMany?.remove()
  }
}

type Filled = { store: TaskStore, owners: number, memory (): Promise<number>, remove (): Promise<void> }

async function open (owners: number): Promise<Filled | undefined> {
  const server = await launchRedis({ appendfsync: 'everysec' })
  if (server === undefined) return undefined
  const client = new Redis(server.url)
  const store = await openRedisStore({ client })
  await fill(store, owners)
  return {
    store,
    owners,
    memory: async () => Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]),
    async remove () {
      await store.close()
      client.disconnect()
      await server.end()
    }
  }
}

async function fill (store: TaskStore, owners: number): Promise<void> {
  let next = 0
  await Promise.all(Array.from({ length: writers }, async () => {
    while (next < owners * perOwner) {
      const owner = Math.floor(next++ / perOwner)
      await Writer.create(store, scopeOf(owner), { events: ids => [statusEvent(ids, 'TASK_STATE_COMPLETED')] })
    }
  }))
}

/** Pages of 50, of owners in turn. */
async function rate (store: TaskStore, owners: number, seconds: number): Promise<number> {
  const deadline = performance.now() + seconds * 1000
  let count = 0
  await Promise.all(Array.from({ length: readers }, async () => {
    while (performance.now() < deadline) {
      const { items, total } = await store.list(scopeOf(count++ % owners), { limit: 50 })
      if (items.length !== 50 || total !== perOwner) throw new Error(`a list of ${items.length} of ${total}`)
    }
  }))
  return count / seconds
}

function scopeOf (owner: number) {
  return { agent: 'bench', tenant: '', owner: `owner ${owner}` }
}

function row (owners: number, rate: number): Row {
  return { what: `${(owners * perOwner).toLocaleString('en')} tasks of ${owners.toLocaleString('en')} owners`, who: 'lists of 50', value: `${Math.round(rate).toLocaleString('en')}/s` }
}
