/** Reading: a snapshot, then everything after it, from any generation, until the task ends. */
import assert from 'node:assert/strict'
import { setMaxListeners } from 'node:events'
import type { ReadBatch } from '../../task/store.ts'
import { assertTask, entriesOf, mustGet, readAll, readNow, rebuild } from '../reader.ts'
import type { Cases } from '../subject.ts'
import { within } from '../wait.ts'
import { chunkEvent, queuedEvent, statusEvent, Writer } from '../writer.ts'

const notFound = { name: 'TaskNotFoundError' }

export const readCases: Cases = {
  'read: a task that is not there': async ({ store, scope }) => {
    assert.equal(await store.get(scope, 'nowhere'), undefined)
    await assert.rejects(readAll(store, scope, 'nowhere'), notFound)
    await assert.rejects(readAll(store, scope, 'nowhere', { after: 3 }), notFound)
  },

  'read: begins with a snapshot, and ends after a terminal status': async ({ store, replica, scope, patience }) => {
    const writer = await Writer.create(store, scope, { state: 'TASK_STATE_WORKING' })
    const reading = replica.read(scope, writer.taskId)[Symbol.asyncIterator]()
    const first = await within(patience, 'the snapshot', reading.next())
    assert.ok(first.done !== true && 'snapshot' in first.value)
    assert.equal(first.value.snapshot.generation, 2)
    assertTask(first.value.snapshot, (await mustGet(store, scope, writer.taskId)).task)

    await writer.append(chunkEvent(writer, 'a', 'x'), statusEvent(writer, 'TASK_STATE_REJECTED'))
    const rest: ReadBatch[] = []
    for (let next = await within(patience, 'the end', reading.next()); next.done !== true; next = await within(patience, 'the end', reading.next())) rest.push(next.value)
    assert.deepEqual(entriesOf(rest).map(({ generation }) => generation), [3, 4])
    assertTask(await mustGet(store, scope, writer.taskId), rebuild([first.value, ...rest]))
  },

  'read: a finished task is a snapshot': async ({ store, replica, scope }) => {
    const writer = await Writer.create(store, scope)
    await writer.finish()
    const batches = await readAll(replica, scope, writer.taskId)
    assert.equal(batches.length, 1)
    assertTask(await mustGet(store, scope, writer.taskId), rebuild(batches))
  },

  'read: an open task is replayed after every generation': async ({ store, replica, scope }) => {
    const writer = await writeSome(await Writer.create(store, scope))
    const snapshot = await mustGet(store, scope, writer.taskId)
    for (let after = 0; after < writer.generation; after++) {
      const batches = await readNow(replica, scope, writer.taskId, { after }, writer.generation)
      assert.deepEqual(entriesOf(batches).map(({ generation }) => generation), range(after + 1, writer.generation))
    }
    assertTask(snapshot, rebuild(await readNow(replica, scope, writer.taskId, { after: 0 }, writer.generation)))
  },

  'read: a log of thousands of events comes whole': async ({ store, replica, scope, patience }) => {
    const writer = await Writer.create(store, scope)
    const snapshot = await mustGet(store, scope, writer.taskId)
    const reading = readAll(replica, scope, writer.taskId, { after: 1 })
    for (let i = 0; i < 10; i++) await writer.append(...Array.from({ length: 250 }, (_, j) => chunkEvent(writer, 'a', `${i}.${j} `)))
    for (const after of [0, 1, 1000, 2500]) {
      const batches = await readNow(replica, scope, writer.taskId, { after }, writer.generation)
      assert.deepEqual(entriesOf(batches).map(({ generation }) => generation), range(after + 1, writer.generation))
    }
    await writer.finish()
    const finished = await mustGet(store, scope, writer.taskId)
    assertTask(finished, rebuild(await within(patience, 'the end', reading), snapshot))
    assertTask(finished, rebuild(await readAll(replica, scope, writer.taskId, { after: 1 }), snapshot))
  },

  'read: a reader who has seen everything waits for what comes': async ({ store, replica, scope, patience }) => {
    const writer = await writeSome(await Writer.create(store, scope))
    const { generation } = writer
    const reading = readAll(replica, scope, writer.taskId, { after: generation })
    await writer.finish()
    assert.deepEqual(entriesOf(await within(patience, 'the end', reading)).map(entry => entry.generation), [generation + 1])
  },

  'read: a reader who comes back finds the whole task, also after its end': async ({ store, replica, scope, patience }) => {
    const writer = await Writer.create(store, scope)
    const parts = [{ snapshot: await mustGet(store, scope, writer.taskId), rest: readAll(replica, scope, writer.taskId, { after: 1 }) }]
    await writeSome(writer)
    parts.push({ snapshot: await mustGet(replica, scope, writer.taskId), rest: readAll(store, scope, writer.taskId, { after: writer.generation }) })
    await writer.finish()
    const finished = await mustGet(store, scope, writer.taskId)
    for (const { snapshot, rest } of parts) {
      assertTask(finished, rebuild(await within(patience, 'the end', rest), snapshot))
      // Here the log may have been dropped: then a snapshot stands for what is missing.
      const again = await readAll(replica, scope, writer.taskId, { after: snapshot.generation })
      assertTask(finished, rebuild(again, snapshot))
    }
    const nothing = await readAll(replica, scope, writer.taskId, { after: finished.generation })
    assert.deepEqual(entriesOf(nothing), [])
  },

  'read: a generation that is yet to come gives a snapshot': async ({ store, replica, scope }) => {
    const writer = await writeSome(await Writer.create(store, scope))
    const batches = await readNow(replica, scope, writer.taskId, { after: writer.generation + 10 }, writer.generation)
    assertTask(await mustGet(store, scope, writer.taskId), rebuild(batches))
  },

  'read: a signal ends it at once': async ({ store, replica, scope, patience }) => {
    const writer = await Writer.create(store, scope)
    const stopping = new AbortController()
    setMaxListeners(20, stopping.signal)
    const readers = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? store : replica).read(scope, writer.taskId, { signal: stopping.signal })[Symbol.asyncIterator]())
    for (const reader of readers) assert.equal((await within(patience, 'the snapshot', reader.next())).done, false)
    const waiting = readers.map(reader => reader.next())
    stopping.abort()
    for (const next of waiting) assert.equal((await within(patience, 'the end of a read whose signal has fired', next)).done, true)
    await writer.chunk('a', 'x')
    for (const reader of readers) assert.equal((await reader.next()).done, true)
    assert.equal(await writer.chunk('a', 'y'), 3, 'the task goes on without its readers')
  },

  'read: a signal that has fired before leaves nothing waiting': async ({ store, replica, scope, patience }) => {
    const writer = await writeSome(await Writer.create(store, scope))
    for (const options of [{}, { after: 0 }, { after: writer.generation }]) {
      await within(patience, 'the end of the read', readAll(replica, scope, writer.taskId, { ...options, signal: AbortSignal.abort() }))
    }
  },

  'read: a reader may leave at any batch': async ({ store, replica, scope }) => {
    const writer = await writeSome(await Writer.create(store, scope))
    for (let i = 0; i < 20; i++) {
      const reader = replica.read(scope, writer.taskId, i % 2 === 0 ? {} : { after: i })[Symbol.asyncIterator]()
      assert.equal((await reader.next()).done, false)
      await reader.return?.()
      assert.equal((await reader.next()).done, true)
    }
    await writer.finish()
    assert.equal(writer.generation, (await mustGet(replica, scope, writer.taskId)).generation)
  }
}

async function writeSome (writer: Writer): Promise<Writer> {
  for (let i = 0; i < 5; i++) {
    await writer.append(statusEvent(writer, 'TASK_STATE_WORKING', `step ${i}`), chunkEvent(writer, 'a', `${i} `), { metadata: { i } })
    await writer.append(queuedEvent(writer, `turn ${i}`, 'more'))
    await writer.append({ turnEnded: { turnId: 'turn' } }, { turn: { turnId: `turn ${i}` } })
  }
  return writer
}

function range (from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i)
}
