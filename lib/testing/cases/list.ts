/** Lists: newest status first, by every filter, with totals. */
import assert from 'node:assert/strict'
import type { TaskState } from '../../../schemas/v1/common.ts'
import type { ListQuery, TaskStore } from '../../task/store.ts'
import { mustGet } from '../reader.ts'
import type { Cases, Subject } from '../subject.ts'
import { after } from '../wait.ts'
import { chunkEvent, queuedEvent, Writer } from '../writer.ts'

const all = { limit: 1000 }

export const listCases: Cases = {
  'list: nothing': async ({ store, scope }) => {
    assert.deepEqual(await store.list(scope, { limit: 10 }), { items: [], total: 0 })
  },

  'list: the newest status comes first': async ({ store, replica, scope }) => {
    const [a, b, c] = [await createLater(store, scope), await createLater(store, scope), await createLater(store, scope)]
    assert.deepEqual(await idsOf(replica, scope), [c.taskId, b.taskId, a.taskId])
    await after(Date.now())
    await a.status('TASK_STATE_WORKING')
    assert.deepEqual(await idsOf(replica, scope), [a.taskId, c.taskId, b.taskId])
    await after(Date.now())
    await b.finish()
    assert.deepEqual(await idsOf(replica, scope), [b.taskId, a.taskId, c.taskId])
  },

  'list: only a status moves a task': async ({ store, replica, scope }) => {
    const [a, b] = [await createLater(store, scope), await createLater(store, scope)]
    await after(Date.now())
    await a.append(chunkEvent(a, 'x', 'y'), { metadata: { n: 1 } }, { memory: { n: 1 } }, queuedEvent(a, 'turn', 'text'), { turn: { turnId: 'turn' } }, { turnEnded: { turnId: 'turn' } })
    assert.deepEqual(await idsOf(replica, scope), [b.taskId, a.taskId])
  },

  'list: items are what get answers': async ({ store, replica, scope }) => {
    const writer = await createLater(store, scope)
    await createLater(store, scope)
    await writer.append(chunkEvent(writer, 'a', 'text'), { metadata: { n: 1 } })
    await writer.finish()
    const { items } = await replica.list(scope, all)
    for (const item of items) {
      const got = await mustGet(store, scope, item.task.id)
      assert.deepEqual([item.task, JSON.parse(item.json), item.meta.generation], [got.task, got.task, got.generation])
    }
    assert.equal(items.length, 2)
  },

  'list: every filter, alone and with others': async subject => {
    const { replica, scope } = subject
    const made = await makeVariety(subject)
    const states: Array<TaskState | undefined> = [undefined, ...new Set(made.map(({ state }) => state)), 'TASK_STATE_REJECTED']
    const contextIds = [undefined, ...new Set(made.map(({ contextId }) => contextId)), 'no such context']
    const times = [undefined, 0, ...made.map(({ time }) => time), ...made.map(({ time }) => time + 1), Date.now() + 60_000]
    for (const state of states) {
      for (const contextId of contextIds) {
        for (const since of times) {
          const query: ListQuery = { limit: 1000 }
          if (state !== undefined) query.state = state
          if (contextId !== undefined) query.contextId = contextId
          if (since !== undefined) query.since = since
          const expected = made.filter(task =>
            (state === undefined || task.state === state) && (contextId === undefined || task.contextId === contextId) && task.time >= (since ?? 0))
          const { items, total, next } = await replica.list(scope, query)
          assert.deepEqual(items.map(({ task }) => task.id), expected.map(({ taskId }) => taskId), JSON.stringify(query))
          assert.deepEqual([total, next], [expected.length, undefined], JSON.stringify(query))
        }
      }
    }
  },

  'list: a task is found in the state that it is in now': async ({ store, replica, scope }) => {
    const writer = await createLater(store, scope)
    const count = async (state: TaskState) => (await replica.list(scope, { limit: 10, state })).total
    await writer.status('TASK_STATE_INPUT_REQUIRED', 'Which?')
    assert.deepEqual([await count('TASK_STATE_SUBMITTED'), await count('TASK_STATE_INPUT_REQUIRED')], [0, 1])
    await writer.finish()
    assert.deepEqual([await count('TASK_STATE_INPUT_REQUIRED'), await count('TASK_STATE_COMPLETED')], [0, 1])
  }
}

/** Creates a task whose status is newer than all before it. */
export async function createLater (store: TaskStore, scope: Subject['scope'], task?: Parameters<typeof Writer.create>[2]): Promise<Writer> {
  await after(Date.now())
  return await Writer.create(store, scope, task)
}

type Made = { taskId: string, contextId: string, state: TaskState, time: number }

/** Tasks of three contexts in four states, newest first. */
async function makeVariety ({ store, replica, scope }: Subject): Promise<Made[]> {
  const states: TaskState[] = ['TASK_STATE_WORKING', 'TASK_STATE_COMPLETED', 'TASK_STATE_INPUT_REQUIRED', 'TASK_STATE_COMPLETED']
  const made: Made[] = []
  for (let i = 0; i < 12; i++) {
    const state = states[i % states.length] ?? 'TASK_STATE_WORKING'
    const { taskId, contextId } = await createLater(i % 2 === 0 ? store : replica, scope, { contextId: `context ${i % 3}`, state })
    const { task } = await mustGet(store, scope, taskId)
    made.unshift({ taskId, contextId, state, time: Date.parse(task.status.timestamp ?? '') })
  }
  return made
}

async function idsOf (store: TaskStore, scope: Subject['scope']): Promise<string[]> {
  return (await store.list(scope, all)).items.map(({ task }) => task.id)
}
