/** Letters: what replicas ask of each other arrives, in order, and is taken once. */
import assert from 'node:assert/strict'
import type { TaskRef } from '../../task/letters.ts'
import { Stop } from '../../task/stop.ts'
import type { TaskStore } from '../../task/store.ts'
import type { Cases } from '../subject.ts'
import { eventually, within } from '../wait.ts'
import { chunkEvent, longTtl, Writer } from '../writer.ts'
import { stale } from './append.ts'

const text = 'any text — 漢字 💥 \u0000'

export const letterCases: Cases = {
  'letters: they keep their order, and one id is there once': async ({ store, replica, scope }) => {
    const { taskId } = await Writer.create(store, scope)
    for (const id of ['b', 'a', 'c', 'a']) await replica.post(scope, taskId, { id, body: `${id} ${text}` })
    const expected = ['b', 'a', 'c'].map(id => ({ id, body: `${id} ${text}` }))
    assert.deepEqual(await store.letters(scope, taskId), expected)
    assert.deepEqual(await replica.letters(scope, taskId), expected)
  },

  'letters: an append takes those that it names, and no others': async ({ store, replica, scope }) => {
    const writer = await Writer.create(store, scope)
    const { taskId, lease } = writer
    for (const id of ['1', '2', '3']) await replica.post(scope, taskId, { id, body: id })
    await assert.rejects(store.append(scope, taskId, { expected: 7, lease, events: [chunkEvent(writer, 'a', 'x')], takes: ['1', '2', '3'] }), stale)
    assert.equal((await store.letters(scope, taskId)).length, 3, 'what is refused takes nothing')
    await store.append(scope, taskId, { expected: 1, lease, events: [chunkEvent(writer, 'a', 'x')], takes: ['1', '3', 'nobody'] })
    assert.deepEqual(await replica.letters(scope, taskId), [{ id: '2', body: '2' }])
  },

  'letters: they can be taken without an event': async ({ store, replica, scope }) => {
    const { taskId, lease } = await Writer.create(store, scope)
    await replica.post(scope, taskId, { id: '1', body: '' })
    assert.equal(await store.append(scope, taskId, { expected: 1, lease, events: [], takes: ['1'] }), 1)
    assert.deepEqual(await replica.letters(scope, taskId), [])
  },

  'letters: none for a task that is not there, is over, or is another owner\'s': async ({ store, replica, scope }) => {
    const writer = await Writer.create(store, scope)
    const letter = { id: '1', body: 'x' }
    await assert.rejects(replica.post(scope, 'nowhere', letter), { name: 'TaskNotFoundError' })
    await assert.rejects(replica.post({ ...scope, owner: 'other' }, writer.taskId, letter), { name: 'TaskNotFoundError' })
    assert.deepEqual(await replica.letters(scope, 'nowhere'), [])
    await replica.post(scope, writer.taskId, letter)
    assert.deepEqual(await replica.letters({ ...scope, owner: 'other' }, writer.taskId), [])
    await writer.finish()
    assert.deepEqual(await replica.letters(scope, writer.taskId), [], 'the end of a task takes them away')
    await assert.rejects(replica.post(scope, writer.taskId, { id: '2', body: 'x' }), stale)
  },

  'letters: the holder hears of those that come, and of those that are there': async ({ store, replica, scope, patience }) => {
    const holder = `holder of ${scope.agent}`
    const early = await held(store, scope, holder)
    const late = await held(store, scope, holder)
    const others = await held(store, scope, `another ${holder}`)
    await replica.post(scope, early, { id: '1', body: 'x' })
    const stop = new Stop()
    const news = store.watch(holder, stop)[Symbol.asyncIterator]()
    assert.deepEqual(await next(news, patience), { scope, taskId: early })
    await replica.post(scope, others, { id: '1', body: 'x' })
    await replica.post(scope, late, { id: '1', body: 'x' })
    let ref = await next(news, patience)
    while (ref?.taskId === early) ref = await next(news, patience) // too often is allowed
    assert.deepEqual(ref, { scope, taskId: late })
    stop.stop()
    await within(patience, 'a watch ends with its signal', end(news))
  },

  'letters: whoever takes a task hears of the letters to it': async ({ store, replica, scope, patience }) => {
    const { taskId, lease } = await Writer.create(store, scope)
    await store.release(scope, taskId, lease)
    const stop = new Stop()
    const holder = `new holder of ${scope.agent}`
    const news = replica.watch(holder, stop)[Symbol.asyncIterator]()
    const first = next(news, patience)
    await store.post(scope, taskId, { id: '1', body: 'x' })
    assert.ok(await replica.acquire(scope, taskId, { holder, ttl: longTtl }))
    assert.deepEqual(await first, { scope, taskId })
    stop.stop()
    await news.return?.()
  },

  'abandoned: a lease that has run out, or a letter that nobody reads': async ({ store, replica, scope, shortTtl, patience }) => {
    const silent = await Writer.create(store, scope, { ttl: shortTtl })
    const alive = await Writer.create(store, scope)
    const waiting = await Writer.create(store, scope, { state: 'TASK_STATE_INPUT_REQUIRED' })
    await store.release(scope, waiting.taskId, waiting.lease)
    const finished = await Writer.create(store, scope, { ttl: shortTtl })
    await finished.finish()
    const asked = await Writer.create(store, scope, { state: 'TASK_STATE_INPUT_REQUIRED' })
    await store.release(scope, asked.taskId, asked.lease)
    await replica.post(scope, asked.taskId, { id: '1', body: 'x' })
    await replica.post(scope, alive.taskId, { id: '1', body: 'x' })
    await eventually(patience, 'both are found', async () => {
      const ids = (await replica.abandoned(scope.agent, 10)).map(({ taskId }) => taskId)
      return ids.length >= 2 ? ids : undefined
    })
    const found = await replica.abandoned(scope.agent, 10)
    assert.deepEqual(found.map(({ taskId }) => taskId).sort(), [silent.taskId, asked.taskId].sort())
    assert.deepEqual(found[0]?.scope, scope)
    assert.equal((await store.abandoned(scope.agent, 1)).length, 1)
    assert.deepEqual(await store.abandoned(`${scope.agent} 2`, 10), [])
    assert.ok(await store.acquire(scope, silent.taskId, { holder: 'rescuer', ttl: longTtl }))
    assert.ok(await store.acquire(scope, asked.taskId, { holder: 'rescuer', ttl: longTtl }))
    assert.deepEqual(await replica.abandoned(scope.agent, 10), [], 'whoever is held is not abandoned')
  }
}

async function end (news: AsyncIterator<TaskRef>): Promise<void> {
  for (let done: boolean | undefined = false; done !== true;) done = (await news.next()).done
}

async function held (store: TaskStore, scope: TaskRef['scope'], holder: string): Promise<string> {
  const { taskId, lease } = await Writer.create(store, scope)
  await store.release(scope, taskId, lease)
  assert.ok(await store.acquire(scope, taskId, { holder, ttl: longTtl }))
  return taskId
}

async function next (news: AsyncIterator<TaskRef>, patience: number): Promise<TaskRef | undefined> {
  const { value, done } = await within(patience, 'the holder hears of a letter', news.next())
  return done === true ? undefined : value
}
