import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import t from 'tap'
import { Recency, type Slot } from '../../lib/stores/memory/recency.ts'
import { createMemoryStore } from '../../lib/stores/memory/store.ts'
import type { ReadBatch, TaskStore } from '../../lib/task/store.ts'
import { testStore } from '../../lib/testing/index.ts'
import { readAll } from '../../lib/testing/reader.ts'
import { chunkEvent, statusEvent, Writer } from '../../lib/testing/writer.ts'
import { until } from '../helpers/wait.ts'

const scope = { agent: 'agent', tenant: '', owner: 'owner' }

testStore((name, run) => t.test(name, run), { create: () => createMemoryStore(), retention: limits => createMemoryStore(limits) })

async function finished (store: TaskStore, options: Parameters<typeof Writer.create>[2] = {}): Promise<Writer> {
  const writer = await Writer.create(store, scope, options)
  await writer.finish()
  return writer
}

/** Whether a task can be resumed from its log. */
async function hasLog (store: TaskStore, taskId: string): Promise<boolean> {
  const [first] = await readAll(store, scope, taskId, { after: 1 })
  return first !== undefined && 'entries' in first
}

async function idsOf (store: TaskStore): Promise<string[]> {
  return (await store.list(scope, { limit: 1000 })).items.map(({ task }) => task.id)
}

t.test('finished tasks are kept by number, the oldest leave first', async t => {
  const store = createMemoryStore({ maxTasks: 3 })
  t.teardown(() => store.close())
  const open = await Writer.create(store, scope)
  const writers: Writer[] = []
  for (let i = 0; i < 8; i++) writers.push(await finished(store))
  t.same(await idsOf(store), [...writers.slice(-3).reverse(), open].map(({ taskId }) => taskId))
  t.equal((await store.list(scope, { limit: 1 })).total, 4)
  t.equal(await store.get(scope, writers[0]?.taskId ?? ''), undefined)
  await t.rejects(readAll(store, scope, writers[4]?.taskId ?? ''), { name: 'TaskNotFoundError' })
  t.equal(await open.chunk('a', 'still open'), 2)
})

t.test('logs leave before tasks', async t => {
  const store = createMemoryStore({ maxLogs: 2 })
  t.teardown(() => store.close())
  const writers: Writer[] = []
  for (let i = 0; i < 5; i++) {
    const writer = await Writer.create(store, scope)
    const reading = readAll(store, scope, writer.taskId)
    await writer.chunk('a', 'x')
    await writer.finish()
    await reading
    writers.push(writer)
  }
  const kept = async () => (await Promise.all(writers.map(async ({ taskId }) => await hasLog(store, taskId))))
  await until(async () => (await kept()).filter(Boolean).length === 2)
  t.same(await kept(), [false, false, false, true, true])
})

t.test('a task that nobody has read live keeps no log', async t => {
  const store = createMemoryStore()
  t.teardown(() => store.close())
  const { taskId } = await finished(store)
  await new Promise(resolve => setImmediate(() => setImmediate(resolve)))
  t.notOk(await hasLog(store, taskId))
})

t.test('a reader who was busy while the log left gets the end all the same', async t => {
  const store = createMemoryStore({ maxLogs: 1 })
  t.teardown(() => store.close())
  const writer = await Writer.create(store, scope)
  const reader = store.read(scope, writer.taskId)[Symbol.asyncIterator]()
  await reader.next()
  await writer.chunk('a', 'x')
  await writer.finish()
  for (let i = 0; i < 2; i++) {
    const other = await Writer.create(store, scope)
    const reading = readAll(store, scope, other.taskId)
    await other.finish()
    await reading
  }
  await until(async () => !await hasLog(store, writer.taskId))
  const rest: ReadBatch[] = []
  for (let next = await reader.next(); next.done !== true; next = await reader.next()) rest.push(next.value)
  t.equal(rest.length, 1)
  t.ok(rest[0] !== undefined && 'snapshot' in rest[0] && rest[0].snapshot.task.status.state === 'TASK_STATE_COMPLETED')
})

t.test('a reader who has begun with the rest of a long log gets all of it, also when the log leaves meanwhile', async t => {
  const store = createMemoryStore({ maxLogs: 1 })
  t.teardown(() => store.close())
  const writer = await Writer.create(store, scope)
  const reader = store.read(scope, writer.taskId, { after: 1 })[Symbol.asyncIterator]()
  const { taskId, contextId } = writer
  await writer.append(...Array.from({ length: 3000 }, (_, index) => chunkEvent({ taskId, contextId }, 'a', `${index} `)))
  await writer.finish()
  const first = await reader.next()
  for (let i = 0; i < 2; i++) {
    const other = await Writer.create(store, scope)
    const reading = readAll(store, scope, other.taskId)
    await other.finish()
    await reading
  }
  await until(async () => !await hasLog(store, taskId))
  let events = 0
  for (let next = first; next.done !== true; next = await reader.next()) {
    t.ok('entries' in next.value, 'no snapshot stands for events that were on their way')
    if ('entries' in next.value) events += next.value.entries.length
  }
  t.equal(events, 3001)
})

t.test('reads end when the store closes, and when their task leaves', async t => {
  const store = createMemoryStore({ waitingTtl: 1 })
  const { taskId, lease } = await Writer.create(store, scope)
  const reading = readAll(store, scope, taskId)
  await store.release(scope, taskId, lease)
  await until(async () => await store.get(scope, taskId) === undefined)
  t.equal((await reading).length, 1)
  const other = await Writer.create(store, scope)
  const last = readAll(store, scope, other.taskId)
  await store.close()
  t.equal((await last).length, 1)
})

t.test('a list filters by the time that the status names', async t => {
  const store = createMemoryStore()
  t.teardown(() => store.close())
  const writer = await Writer.create(store, scope)
  const before = Date.now() - 60_000
  const { taskId, contextId } = writer
  await writer.append({ statusUpdate: { taskId, contextId, status: { state: 'TASK_STATE_WORKING', timestamp: 'not a time' } } })
  t.equal((await store.list(scope, { limit: 1, since: before })).total, 1)
  await writer.append({ statusUpdate: { taskId, contextId, status: { state: 'TASK_STATE_WORKING', timestamp: '2999-01-01T00:00:00.000Z' } } })
  t.equal((await store.list(scope, { limit: 1, since: Date.now() + 60_000 })).total, 0, 'a clock that is wrong is not believed')
})

t.test('a steady flow of tasks leaves no more than the limits', async t => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const store = createMemoryStore({ maxTasks: 1000, maxLogs: 100 })
  t.teardown(() => store.close())
  const heap = () => {
    collect()
    return process.memoryUsage().heapUsed
  }
  const run = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const writer = await Writer.create(store, { ...scope, owner: `owner ${i % 7}` }, {
        events: ids => [statusEvent(ids, 'TASK_STATE_WORKING'), chunkEvent(ids, 'a', 'x'.repeat(500)), statusEvent(ids, 'TASK_STATE_COMPLETED')]
      })
      if (i % 50 === 0) await new Promise(resolve => setImmediate(resolve))
      if (i % 1000 === 0) await readAll(store, writer.scope, writer.taskId)
    }
  }
  const retained = async () => {
    const pages = await Promise.all(Array.from({ length: 7 }, (_, i) => store.list({ ...scope, owner: `owner ${i}` }, { limit: 1 })))
    return pages.reduce((sum, { total }) => sum + total, 0)
  }
  await run(10_000)
  t.equal(await retained(), 1000)
  const before = heap()
  await run(40_000)
  t.equal(await retained(), 1000)
  const grown = heap() - before
  t.ok(grown < 4_000_000, `the heap has grown by ${grown} bytes over 40,000 tasks of a kilobyte`)
})

t.test('idempotency keys leave the memory in the end', async t => {
  const store = createMemoryStore()
  t.teardown(() => store.close())
  await store.remember(scope, 'key', { fingerprint: 'f', taskId: 't' }, 1)
  await until(async () => await store.remember(scope, 'key', { fingerprint: 'g', taskId: 't' }, 60_000) === undefined)
})

t.test('recency: whatever comes, moves and leaves, it is a list sorted by the last update', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('put' as const), item: fc.nat(40), later: fc.nat(2) }),
    fc.record({ do: fc.constant('remove' as const), item: fc.nat(40), later: fc.constant(0) })
  )
  fc.assert(fc.property(fc.array(step, { maxLength: 600 }), fc.nat(700), fc.nat(700), (steps, before, since) => {
    const recency = new Recency<number>()
    const slots = new Map<number, Slot<number>>()
    let model: Array<{ item: number, sequence: number, time: number }> = []
    let time = 0
    for (const [index, { do: action, item, later }] of steps.entries()) {
      const sequence = index + 1
      const slot = slots.get(item)
      if (slot !== undefined) {
        slot.item = undefined
        recency.emptied()
        slots.delete(item)
      }
      model = model.filter(member => member.item !== item)
      if (action === 'remove') continue
      time += later
      const next = { item, sequence, time }
      recency.push(next)
      slots.set(item, next)
      model.push({ item, sequence, time })
    }
    const newest = model.toReversed()
    for (const [sequence, from] of [[Infinity, -Infinity], [before, -Infinity], [Infinity, since], [before, since]] as const) {
      const expected = newest.filter(member => member.sequence < sequence && member.time >= from).map(({ item }) => item)
      const found = [...recency.newestFirst(sequence, from)]
      if (JSON.stringify(found) !== JSON.stringify(expected)) throw new Error(`newestFirst(${sequence}, ${from}): ${found} instead of ${expected}`)
      if (recency.countSince(from) !== model.filter(member => member.time >= from).length) throw new Error(`countSince(${from})`)
    }
    return recency.size === model.length
  }), { numRuns: 300 })
})

t.test('tasks that wait are kept by number, the one that has waited longest leaves first', async t => {
  const store = createMemoryStore({ maxWaiting: 2 })
  t.teardown(() => store.close())
  const waiting: string[] = []
  const working = await Writer.create(store, scope, { state: 'TASK_STATE_WORKING' })
  for (let i = 0; i < 4; i++) {
    const writer = await Writer.create(store, scope, { state: 'TASK_STATE_INPUT_REQUIRED' })
    await store.release(scope, writer.taskId, writer.lease)
    waiting.push(writer.taskId)
  }
  const kept = await idsOf(store)
  t.ok(kept.includes(working.taskId), 'a task at work stays')
  t.notOk(kept.includes(waiting[0] ?? ''))
  t.ok(kept.includes(waiting[3] ?? ''))
  t.ok(kept.length <= 4)
})

t.test('logs are kept by the number of their events', async t => {
  const store = createMemoryStore({ maxLogEvents: 25 })
  t.teardown(() => store.close())
  const writers: Writer[] = []
  for (let i = 0; i < 4; i++) {
    const writer = await Writer.create(store, scope)
    const reading = readAll(store, scope, writer.taskId)
    for (let n = 0; n < 8; n++) await writer.chunk('a', 'x')
    await writer.finish()
    await reading
    writers.push(writer)
  }
  const kept = async () => await Promise.all(writers.map(async ({ taskId }) => await hasLog(store, taskId)))
  await until(async () => (await kept()).filter(Boolean).length === 2)
  t.same(await kept(), [false, false, true, true], 'ten events each')
})

t.test('idempotency keys are kept by number', async t => {
  const store = createMemoryStore({ maxKeys: 3 })
  t.teardown(() => store.close())
  for (let i = 0; i < 5; i++) await store.remember(scope, `key ${i}`, { fingerprint: 'f', taskId: 't' }, 60_000)
  t.equal(await store.remember(scope, 'key 4', { fingerprint: 'g', taskId: 't' }, 60_000) === undefined, false)
  t.equal(await store.remember(scope, 'key 0', { fingerprint: 'g', taskId: 't' }, 60_000), undefined)
})
