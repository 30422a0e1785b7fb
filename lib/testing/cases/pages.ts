/** Pages: every task once, while tasks come and change. */
import assert from 'node:assert/strict'
import type { ListQuery, Scope, TaskStore } from '../../task/store.ts'
import { newScope, type Cases } from '../subject.ts'
import { chunkEvent, Writer } from '../writer.ts'
import { createLater } from './list.ts'

export const pageCases: Cases = {
  'pages: of every size hold every task once, in order': async ({ store, replica, scope }) => {
    const ids: string[] = []
    for (let i = 0; i < 12; i++) ids.unshift((await createLater(store, scope)).taskId)
    for (const limit of [1, 2, 3, 5, 6, 11, 12, 13, 100]) {
      const pages = await readPages(replica, scope, { limit })
      assert.deepEqual(pages.flat(), ids, `pages of ${limit}`)
      assert.equal(pages.length, Math.ceil(ids.length / limit), `pages of ${limit}: the last one says that it is the last`)
      for (const page of pages.slice(0, -1)) assert.equal(page.length, limit)
    }
  },

  'pages: under every filter': async ({ store, replica, scope }) => {
    const expected: string[] = []
    for (let i = 0; i < 14; i++) {
      const writer = await createLater(store, scope, { contextId: `context ${i % 2}`, state: i % 3 === 0 ? 'TASK_STATE_WORKING' : 'TASK_STATE_COMPLETED' })
      if (i % 2 === 0 && i % 3 !== 0) expected.unshift(writer.taskId)
    }
    const filter = { contextId: 'context 0', state: 'TASK_STATE_COMPLETED', since: 1 } as const
    assert.deepEqual((await readPages(replica, scope, { ...filter, limit: 2 })).flat(), expected)
  },

  'pages: tasks of the same moment are not lost between them': async ({ store, replica, scope }) => {
    const writers = await Promise.all(Array.from({ length: 25 }, () => Writer.create(store, scope)))
    const seen = (await readPages(replica, scope, { limit: 3 })).flat()
    assert.deepEqual(seen.toSorted(), writers.map(({ taskId }) => taskId).toSorted())
  },

  'pages: nothing comes twice, and nothing unchanged is skipped, while tasks change': async ({ store, replica, scope }) => {
    const writers: Writer[] = []
    for (let i = 0; i < 40; i++) writers.push(await createLater(store, scope))
    const changed = new Set<string>()
    let round = 0
    const change = async () => {
      round++
      await createLater(store, scope)
      // One that was read, one that was not yet, and one whose status stays.
      for (const index of [40 - round, round]) {
        const writer = writers[index]
        if (writer === undefined) continue
        await writer.status('TASK_STATE_WORKING')
        changed.add(writer.taskId)
      }
      const quiet = writers[round + 5]
      await quiet?.append(chunkEvent(quiet, 'a', 'x'))
    }
    const seen = (await readPages(replica, scope, { limit: 4 }, change)).flat()
    assert.deepEqual(seen, [...new Set(seen)], 'nothing comes twice')
    const unchanged = writers.map(({ taskId }) => taskId).filter(taskId => !changed.has(taskId))
    assert.deepEqual(unchanged.filter(taskId => !seen.includes(taskId)), [], 'nothing unchanged is skipped')
  },

  'pages: the total is the same on every page': async ({ store, replica, scope }) => {
    for (let i = 0; i < 7; i++) await Writer.create(store, scope, { contextId: i < 5 ? 'one' : 'two' })
    let cursor: string | undefined
    do {
      const { total, next } = await replica.list(scope, { contextId: 'one', limit: 2, ...cursor !== undefined && { cursor } })
      assert.equal(total, 5)
      cursor = next
    } while (cursor !== undefined)
  },

  'pages: a cursor of nobody is refused': async ({ store, scope }) => {
    await Writer.create(store, scope)
    for (const cursor of ['', 'nonsense', '-1', '1.5', ' 1', '💥', '{}', "'", '../..', '9'.repeat(400)]) {
      await assert.rejects(store.list(scope, { limit: 1, cursor }), { name: 'InvalidCursorError' }, JSON.stringify(cursor))
    }
  },

  'pages: a cursor of somebody else shows nothing of theirs': async ({ store, scope }) => {
    const theirs = newScope()
    const mine = [await createLater(store, scope), await createLater(store, scope)].map(({ taskId }) => taskId)
    for (let i = 0; i < 4; i++) await createLater(store, theirs)
    const { next } = await store.list(theirs, { limit: 2 })
    assert.ok(next !== undefined)
    try {
      const { items } = await store.list(scope, { limit: 10, cursor: next })
      for (const { task } of items) assert.ok(mine.includes(task.id))
    } catch (error) {
      assert.equal(error instanceof Error && error.name, 'InvalidCursorError')
    }
  }
}

async function readPages (store: TaskStore, scope: Scope, query: ListQuery, between: () => Promise<void> = async () => {}): Promise<string[][]> {
  const pages: string[][] = []
  let cursor: string | undefined
  do {
    const { items, next } = await store.list(scope, { ...query, ...cursor !== undefined && { cursor } })
    pages.push(items.map(({ task }) => task.id))
    cursor = next
    if (cursor !== undefined) await between()
  } while (cursor !== undefined)
  return pages
}
