/** Forgetting: finished tasks leave, waiting ones too in the end, and logs go before tasks. */
import assert from 'node:assert/strict'
import type { Scope, TaskStore } from '../../task/store.ts'
import { assertTask, mustGet, readAll, rebuild } from '../reader.ts'
import type { Cases, StoreContractOptions, Subject } from '../subject.ts'
import { after, eventually } from '../wait.ts'
import { Writer } from '../writer.ts'

type CreateStore = NonNullable<StoreContractOptions['retention']>

export function retentionCases (create: CreateStore): Cases {
  return {
    'retention: a finished task leaves when its time is over, an open one stays': withLimits(create, ({ shortTtl }) => ({ taskTtl: shortTtl }), async ({ store, scope, shortTtl, patience }) => {
      const finished = await Writer.create(store, scope, { state: 'TASK_STATE_COMPLETED' })
      const waiting = await Writer.create(store, scope, { state: 'TASK_STATE_INPUT_REQUIRED' })
      await store.release(scope, waiting.taskId, waiting.lease)
      await gone(store, scope, finished.taskId, patience)
      await assert.rejects(readAll(store, scope, finished.taskId), { name: 'TaskNotFoundError' })
      await after(Date.now() + shortTtl)
      const { items, total } = await store.list(scope, { limit: 10 })
      assert.deepEqual([items.map(({ task }) => task.id), total], [[waiting.taskId], 1])
      if (store.hasForeignContext === undefined) return
      const other = { ...scope, owner: 'other' }
      assert.equal(await store.hasForeignContext(other, finished.contextId), false, 'its context is free')
      assert.equal(await store.hasForeignContext(other, waiting.contextId), true)
    }),

    'retention: a task that nobody works on leaves in the end, one that is held stays': withLimits(create, ({ shortTtl }) => ({ waitingTtl: shortTtl }), async ({ store, scope, shortTtl, patience }) => {
      const held = await Writer.create(store, scope, { state: 'TASK_STATE_WORKING' })
      const waiting = await Writer.create(store, scope, { state: 'TASK_STATE_INPUT_REQUIRED' })
      await store.release(scope, waiting.taskId, waiting.lease)
      await gone(store, scope, waiting.taskId, patience)
      await after(Date.now() + 2 * shortTtl)
      assert.equal(await held.chunk('a', 'still here'), 3)
      assert.equal((await store.list(scope, { limit: 10 })).total, 1)
    }),

    'retention: without its log a finished task is resumed by a snapshot': withLimits(create, () => ({ logTtl: 1 }), async ({ store, scope, patience }) => {
      const writer = await Writer.create(store, scope)
      const seen = await mustGet(store, scope, writer.taskId)
      const reading = readAll(store, scope, writer.taskId)
      for (let i = 0; i < 10; i++) await writer.chunk('a', `${i} `)
      await writer.finish()
      const finished = await mustGet(store, scope, writer.taskId)
      assertTask(finished, rebuild(await reading))
      const batches = await eventually(patience, 'the log is dropped', async () => {
        const batches = await readAll(store, scope, writer.taskId, { after: 1 })
        assertTask(finished, rebuild(batches, seen))
        return batches[0] !== undefined && 'snapshot' in batches[0] ? batches : undefined
      })
      assert.equal(batches.length, 1)
    })
  }
}

/** Runs a case on a store of its own that has these limits. */
function withLimits (create: CreateStore, limits: (subject: Subject) => Parameters<CreateStore>[0], check: Cases[string]): Cases[string] {
  return async subject => {
    const store = await create(limits(subject))
    try {
      await check({ ...subject, store, replica: store })
    } finally {
      await store.close()
    }
  }
}

async function gone (store: TaskStore, scope: Scope, taskId: string, patience: number): Promise<void> {
  await eventually(patience, `task ${taskId} leaves`, async () => await store.get(scope, taskId) === undefined ? true : undefined)
}
