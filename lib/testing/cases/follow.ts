/** Many readers at a task that is being written: snapshot and tail are one, for each of them. */
import assert from 'node:assert/strict'
import type { TaskEvent } from '../../task/log.ts'
import type { ReadBatch } from '../../task/store.ts'
import { assertTask, entriesOf, mustGet, plain, readAll, rebuild } from '../reader.ts'
import type { Cases, Subject } from '../subject.ts'
import { pause, within } from '../wait.ts'
import { chunkEvent, queuedEvent, statusEvent, Writer } from '../writer.ts'

export const followCases: Cases = {
  'follow: readers who join at any moment see the same task': async subject => {
    const { store, replica, scope, patience } = subject
    const writer = await Writer.create(store, scope)
    const readings: Array<Promise<ReadBatch[]>> = []
    await writeRandomly(writer, 500, () => {
      if (Math.random() < 0.2) readings.push(readAll(readings.length % 2 === 0 ? store : replica, scope, writer.taskId))
    })
    const { task, generation } = await mustGet(store, scope, writer.taskId)
    assert.ok(readings.length > 0)
    for (const batches of await within(patience, 'the end of all reads', Promise.all(readings))) {
      assert.ok(batches[0] !== undefined && 'snapshot' in batches[0], 'a read begins with a snapshot')
      assert.deepEqual(rebuild(batches), task)
      const last = entriesOf(batches).at(-1)
      if (last !== undefined) assert.equal(last.generation, generation)
    }
  },

  'follow: readers who come back again and again see the same task': async subject => {
    const { store, replica, scope, patience } = subject
    const writer = await Writer.create(store, scope)
    const readers = Promise.all(Array.from({ length: 6 }, (_, i) => readBrokenly(subject, i % 2 === 0 ? store : replica, writer.taskId)))
    await writeRandomly(writer, 300)
    const snapshot = await mustGet(replica, scope, writer.taskId)
    for (const batches of await within(patience, 'the end of all reads', readers)) assertTask(snapshot, rebuild(batches))
  },

  'follow: all readers get identical entries': async subject => {
    const { store, replica, scope, patience } = subject
    const writer = await Writer.create(store, scope)
    const readings = [store, replica, store, replica].map(each => readAll(each, scope, writer.taskId, { after: 0 }))
    await writeRandomly(writer, 200)
    const [first, ...others] = (await within(patience, 'the end of all reads', Promise.all(readings))).map(batches => plain(entriesOf(batches)))
    assert.equal(first?.length, writer.generation)
    for (const other of others) assert.deepEqual(other, first)
  },

  'follow: tasks do not mix': async ({ store, replica, scope, patience }) => {
    const writers = await Promise.all(Array.from({ length: 10 }, () => Writer.create(store, scope, { contextId: 'shared' })))
    const readings = writers.map(({ taskId }) => readAll(replica, scope, taskId, { after: 0 }))
    await Promise.all(writers.map(writer => writeRandomly(writer, 50)))
    const logs = await within(patience, 'the end of all reads', Promise.all(readings))
    for (const [i, writer] of writers.entries()) assertTask(await mustGet(store, scope, writer.taskId), rebuild(logs[i] ?? []))
  }
}

/** Writes at least `count` events of all kinds, in batches of random sizes, and finishes the task. */
async function writeRandomly (writer: Writer, count: number, between: () => void = () => {}): Promise<void> {
  while (writer.generation < count) {
    between()
    await writer.append(...Array.from({ length: 1 + Math.floor(Math.random() * 5) }, (_, i) => randomEvent(writer, writer.generation + i)))
    await pause()
  }
  await writer.finish()
}

function randomEvent (writer: Writer, n: number): TaskEvent {
  const ids = { taskId: writer.taskId, contextId: writer.contextId }
  const kinds: TaskEvent[] = [
    chunkEvent(ids, `artifact ${n % 3}`, `${n} `),
    chunkEvent(ids, 'answer', `${n} `),
    { artifactUpdate: { ...ids, artifact: { artifactId: `artifact ${n % 3}`, name: `version ${n}`, parts: [{ data: { n } }] } } },
    statusEvent(ids, n % 5 === 0 ? 'TASK_STATE_INPUT_REQUIRED' : 'TASK_STATE_WORKING', `step ${n}`),
    { metadata: { [`key ${n % 7}`]: n } },
    { memory: { n } },
    queuedEvent(ids, `turn ${n}`, 'and then?'),
    { turn: { turnId: `turn ${n}` } },
    { turnEnded: { turnId: `turn ${n}` } }
  ]
  return kinds[Math.floor(Math.random() * kinds.length)] ?? { metadata: { n } }
}

/** Reads a task to its end, leaving after a few batches and coming back, as over a bad line. */
async function readBrokenly ({ scope }: Subject, store: Subject['store'], taskId: string): Promise<ReadBatch[]> {
  const batches: ReadBatch[] = []
  let after = 0
  let isOver = false
  while (!isOver) {
    let patience = 1 + Math.floor(Math.random() * 4)
    isOver = true
    for await (const batch of store.read(scope, taskId, { after })) {
      batches.push(batch)
      after = 'snapshot' in batch ? batch.snapshot.generation : after + batch.entries.length
      if (--patience === 0) {
        isOver = false
        break
      }
    }
    await pause()
  }
  return batches
}
