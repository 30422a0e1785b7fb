/** One writer, one order: compare-and-swap on the generation, under the lease. */
import assert from 'node:assert/strict'
import type { TaskEvent } from '../../task/log.ts'
import { entriesOf, mustGet, readAll, rebuild } from '../reader.ts'
import type { Cases, Subject } from '../subject.ts'
import { chunkEvent, createdEvent, longTtl, statusEvent, Writer } from '../writer.ts'

export const stale = { name: 'StaleWriteError' }

export const appendCases: Cases = {
  'append: the generation counts events from 1': async ({ store, replica, scope }) => {
    const writer = await Writer.create(store, scope)
    assert.equal(writer.generation, 1)
    assert.equal(await writer.append(chunkEvent(writer, 'a', 'x'), chunkEvent(writer, 'a', 'y'), chunkEvent(writer, 'a', 'z')), 4)
    assert.equal(await writer.chunk('a', '!'), 5)
    assert.equal((await mustGet(replica, scope, writer.taskId)).generation, 5)
  },

  'append: a task is created with its first events, all at once': async ({ store, replica, scope }) => {
    const writer = await Writer.create(store, scope, { events: ids => [statusEvent(ids, 'TASK_STATE_WORKING'), chunkEvent(ids, 'a', 'x')] })
    assert.equal(writer.generation, 3)
    const { task, generation } = await mustGet(replica, scope, writer.taskId)
    assert.equal(generation, 3)
    assert.equal(task.status.state, 'TASK_STATE_WORKING')
    assert.deepEqual(task.artifacts, [{ artifactId: 'a', parts: [{ text: 'x' }] }])
  },

  'append: a task may end with its first events': async ({ store, replica, scope }) => {
    const writer = await Writer.create(store, scope, { events: ids => [statusEvent(ids, 'TASK_STATE_COMPLETED')] })
    assert.equal((await mustGet(replica, scope, writer.taskId)).task.status.state, 'TASK_STATE_COMPLETED')
    await assert.rejects(writer.chunk('a', 'late'), stale)
  },

  'append: a task is created once': async ({ store, replica, scope }) => {
    const writer = await Writer.create(store, scope)
    const before = await mustGet(store, scope, writer.taskId)
    await assert.rejects(replica.create(scope, [createdEvent(writer)], { holder: 'another', ttl: longTtl }), stale)
    assert.deepEqual((await mustGet(store, scope, writer.taskId)).task, before.task)
    assert.equal(await writer.chunk('a', 'x'), 2, 'the lease of the first one still holds')
  },

  'append: a stale generation is refused, and nothing of it stays': async subject => {
    const writer = await Writer.create(subject.store, subject.scope)
    await writer.chunk('a', 'x')
    for (const expected of [0, 1, 3, 1000]) await refused(subject, writer, { expected, lease: writer.lease })
    assert.equal(await writer.chunk('a', 'y'), 3)
  },

  'append: a foreign lease is refused, and nothing of it stays': async subject => {
    const writer = await Writer.create(subject.store, subject.scope)
    const other = await Writer.create(subject.store, subject.scope)
    await refused(subject, writer, { expected: 1, lease: other.lease })
    await refused(subject, writer, { expected: 1, lease: { token: 'made up', expiresAt: Date.now() + longTtl } })
  },

  'append: a lease that was released is refused': async subject => {
    const writer = await Writer.create(subject.store, subject.scope)
    await subject.store.release(subject.scope, writer.taskId, writer.lease)
    await refused(subject, writer, { expected: 1, lease: writer.lease })
  },

  'append: a terminal task takes nothing more': async subject => {
    const { store, replica, scope } = subject
    for (const state of ['TASK_STATE_COMPLETED', 'TASK_STATE_FAILED', 'TASK_STATE_CANCELED', 'TASK_STATE_REJECTED'] as const) {
      const writer = await Writer.create(store, scope, { state })
      await refused(subject, writer, { expected: 2, lease: writer.lease })
      const again = await replica.acquire(scope, writer.taskId, { holder: 'another', ttl: longTtl })
      if (again !== undefined) await refused(subject, writer, { expected: 2, lease: again })
    }
  },

  'append: a task that is not there is refused': async ({ store, scope }) => {
    const { lease } = await Writer.create(store, scope)
    const write = { expected: 1, lease, events: [chunkEvent({ taskId: 'nowhere', contextId: 'c' }, 'a', 'x')] }
    await assert.rejects(store.append(scope, 'nowhere', write), isUnknownOrStale)
    assert.equal(await store.get(scope, 'nowhere'), undefined)
  },

  'append: among many writers one wins each generation': async ({ store, replica, scope }) => {
    const writer = await Writer.create(store, scope)
    const won: TaskEvent[] = []
    while (writer.generation < 60) {
      const { generation: expected, lease, taskId } = writer
      const attempts = Array.from({ length: 8 }, (_, i) => {
        const events = Array.from({ length: 1 + i % 3 }, (_, j) => chunkEvent(writer, 'a', `${expected}.${i}.${j} `))
        return { events, appended: (i % 2 === 0 ? store : replica).append(scope, taskId, { expected, lease, events }) }
      })
      const results = await Promise.allSettled(attempts.map(({ appended }) => appended))
      const winners = attempts.filter((_, i) => results[i]?.status === 'fulfilled')
      assert.equal(winners.length, 1, `generation ${expected} must be won once`)
      won.push(...winners.flatMap(({ events }) => events))
      writer.generation = won.length + 1
      for (const result of results) if (result.status === 'rejected') assert.equal(result.reason.name, 'StaleWriteError')
    }
    await writer.finish()
    const batches = await readAll(replica, scope, writer.taskId)
    assert.deepEqual(rebuild(batches).artifacts, [{ artifactId: 'a', parts: [{ text: won.map(textOf).join('') }] }])
  }
}

async function refused ({ store, replica, scope }: Subject, { taskId, contextId }: Writer, { expected, lease }: { expected: number, lease: Writer['lease'] }): Promise<void> {
  const before = await mustGet(replica, scope, taskId)
  const ids = { taskId, contextId }
  const events = [chunkEvent(ids, 'lost', 'x'), { metadata: { lost: true } }, statusEvent(ids, 'TASK_STATE_WORKING', 'lost')]
  await assert.rejects(store.append(scope, taskId, { expected, lease, events }), stale)
  const after = await mustGet(replica, scope, taskId)
  assert.equal(after.generation, before.generation)
  assert.deepEqual(after.task, before.task)
  const reading = new AbortController()
  reading.abort()
  assert.deepEqual(entriesOf(await readAll(replica, scope, taskId, { after: before.generation, signal: reading.signal })), [])
}

/** A store may find out that a task is not there, or only that it can't be written. */
export function isUnknownOrStale ({ name }: Error): boolean {
  return name === 'TaskNotFoundError' || name === 'StaleWriteError'
}

function textOf (event: TaskEvent): string {
  return 'artifactUpdate' in event ? event.artifactUpdate.artifact.parts.map(({ text }) => text ?? '').join('') : ''
}
