import type { TaskStore } from '../../lib/task/store.ts'
import { statusEvent, Writer } from '../../lib/testing/writer.ts'
import { openRedisStore } from '../../plugins/redis-store.ts'
import { runRedis } from '../../test/helpers/redis.ts'
import { ratioRow, type Row } from '../report.ts'
import type { Scenario } from './scenario.ts'

const perOwner = 1_000
const few = 10
const many = 1_000
const writers = 64
const readers = 16

/** Lists of a Redis store with 10,000 and with 1,000,000 tasks, 1,000 to each owner. By the clock, client and server on one core. */
export const manyTasksScenario: Scenario = async ({ seconds, rounds }) => {
  const server = await runRedis({ appendfsync: 'everysec' })
  if (server === undefined) return [{ what: 'many tasks', value: 'there is no redis-server' }]
  const store = await openRedisStore({ url: server.url })
  try {
    const begun = performance.now()
    await fill(store, 0, few)
    const before = await rate(store, few, seconds * rounds)
    await fill(store, few, many)
    const taken = (performance.now() - begun) / 1000
    const after = await rate(store, many, seconds * rounds)
    return [
      row(`${(few * perOwner).toLocaleString('en')} tasks of ${few} owners`, before),
      row(`${(many * perOwner).toLocaleString('en')} tasks of ${many} owners`, after),
      ratioRow('', 'of the rate with few', after / before, 0.8),
      { what: 'made in', value: `${taken.toFixed(0)} s, ${Math.round(many * perOwner / taken).toLocaleString('en')}/s` }
    ]
  } finally {
    await store.close()
    await server.remove()
  }
}

async function fill (store: TaskStore, from: number, to: number): Promise<void> {
  let next = from * perOwner
  await Promise.all(Array.from({ length: writers }, async () => {
    while (next < to * perOwner) {
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

function row (what: string, rate: number): Row {
  return { what, who: 'lists of 50', value: `${Math.round(rate).toLocaleString('en')}/s` }
}
