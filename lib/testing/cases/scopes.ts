/** Agent, tenant and owner: nobody sees or touches what belongs to another (A2A 1.0 §13.1). */
import assert from 'node:assert/strict'
import type { Scope } from '../../task/store.ts'
import { entriesOf, mustGet, readAll, readNow, rebuild } from '../reader.ts'
import type { Cases } from '../subject.ts'
import { chunkEvent, longTtl, Writer } from '../writer.ts'
import { isUnknownOrStale } from './append.ts'

export const scopeCases: Cases = {
  'scopes: another agent, tenant or owner finds nothing': async ({ store, replica, scope }) => {
    const writer = await Writer.create(store, scope, { state: 'TASK_STATE_WORKING' })
    const { taskId, contextId, lease, generation } = writer
    for (const other of others(scope)) {
      assert.equal(await replica.get(other, taskId), undefined)
      await assert.rejects(readAll(replica, other, taskId), { name: 'TaskNotFoundError' })
      await assert.rejects(readAll(replica, other, taskId, { after: 0 }), { name: 'TaskNotFoundError' })
      for (const query of [{}, { contextId }, { state: 'TASK_STATE_WORKING' as const }, { since: 0 }]) {
        assert.deepEqual(await replica.list(other, { ...query, limit: 10 }), { items: [], total: 0 })
      }
    }
    assert.equal((await mustGet(store, scope, taskId)).generation, generation)
    assert.equal((await store.renew(scope, taskId, lease, longTtl))?.token, lease.token)
  },

  'scopes: another agent, tenant or owner can write nothing': async ({ store, replica, scope }) => {
    const writer = await Writer.create(store, scope)
    const { taskId, lease } = writer
    for (const other of others(scope)) {
      await assert.rejects(replica.append(other, taskId, { expected: 1, lease, events: [chunkEvent(writer, 'a', 'x')] }), isUnknownOrStale)
      await assert.rejects(replica.acquire(other, taskId, { holder: 'other', ttl: longTtl }), { name: 'TaskNotFoundError' })
      assert.equal(await replica.renew(other, taskId, lease, longTtl), undefined)
      await replica.release(other, taskId, lease)
    }
    assert.equal(await replica.acquire(scope, taskId, { holder: 'other', ttl: longTtl }), undefined, 'the lease is still held')
    assert.equal(await writer.chunk('a', 'mine'), 2)
  },

  'scopes: the same ids in other scopes are other tasks': async ({ store, replica, scope }) => {
    const scopes = lookalikes(scope.agent)
    const writers: Writer[] = []
    for (const each of scopes) {
      const writer = await Writer.create(store, each, { taskId: 'task', contextId: 'context' })
      await writer.chunk('mine', JSON.stringify(each))
      writers.push(writer)
    }
    for (const [i, each] of scopes.entries()) {
      const where = JSON.stringify(each)
      const expected = [{ artifactId: 'mine', parts: [{ text: where }] }]
      assert.deepEqual((await mustGet(replica, each, 'task')).task.artifacts, expected)
      const { items, total } = await replica.list(each, { limit: 100, contextId: 'context' })
      assert.deepEqual([items.map(({ task }) => task.artifacts), total], [[expected], 1], where)
      assert.deepEqual(rebuild(await readNow(replica, each, 'task', { after: 0 }, 2)).artifacts, expected)
      if (i % 2 === 0) await writers[i]?.finish()
    }
    for (const [i, each] of scopes.entries()) {
      assert.equal((await mustGet(store, each, 'task')).task.status.state, i % 2 === 0 ? 'TASK_STATE_COMPLETED' : 'TASK_STATE_SUBMITTED')
    }
  },

  'scopes: a reader hears nothing of a task of the same id elsewhere': async ({ store, replica, scope }) => {
    const other = { ...scope, owner: 'somebody else' }
    const mine = await Writer.create(store, scope, { taskId: 'task' })
    const theirs = await Writer.create(store, other, { taskId: 'task' })
    const reading = readAll(replica, scope, 'task')
    await theirs.chunk('theirs', 'secret')
    await theirs.finish()
    await mine.chunk('mine', 'x')
    await mine.finish()
    const batches = await reading
    assert.deepEqual(rebuild(batches).artifacts?.map(({ artifactId }) => artifactId), ['mine'])
    assert.ok(entriesOf(batches).length <= 2)
  },

  'scopes: a store that knows whose contexts there are tells those of other owners alone': async ({ store, replica, scope }) => {
    if (store.hasForeignContext === undefined) return
    const { contextId } = await Writer.create(store, scope, { state: 'TASK_STATE_COMPLETED' })
    const knows = async (asking: Scope, id = contextId) => await replica.hasForeignContext?.(asking, id)
    assert.equal(await knows(scope), false, 'its own')
    assert.equal(await knows({ ...scope, owner: 'other' }), true)
    assert.equal(await knows({ ...scope, owner: '' }), true)
    assert.equal(await knows({ ...scope, owner: 'other' }, `${contextId} `), false, 'another context')
    assert.equal(await knows({ ...scope, owner: 'other', tenant: 'other' }), false, 'another tenant')
    assert.equal(await knows({ ...scope, owner: 'other', agent: `${scope.agent}2` }), false, 'another agent')
    await Writer.create(store, { ...scope, owner: 'other' }, { contextId })
    assert.equal(await knows(scope), true, 'now theirs, too')
  },

  'scopes: odd ids of tasks and contexts': async ({ store, replica, scope }) => {
    const ids = ['a', 'A', 'a ', ' a', 'á', 'a\u0301', '%', '_', '*', '?', '[a]', '{a}', 'a:b', 'a/b', '../a', "a'b", 'a\nb', '💥', '__proto__', 'constructor', 'x'.repeat(256)]
    for (const id of ids) await Writer.create(store, scope, { taskId: id, contextId: id })
    for (const id of ids) {
      assert.equal((await mustGet(replica, scope, id)).task.id, id)
      const { items } = await replica.list(scope, { limit: 100, contextId: id })
      assert.deepEqual(items.map(({ task }) => task.id), [id], JSON.stringify(id))
    }
    assert.equal((await replica.list(scope, { limit: 100 })).total, ids.length)
  }
}

/** Scopes that differ in one thing. */
export function others (scope: Scope): Scope[] {
  return [
    { ...scope, agent: `${scope.agent}2` },
    { ...scope, tenant: 'other' },
    { ...scope, tenant: '' },
    { ...scope, owner: 'other' },
    { ...scope, owner: '' }
  ]
}

/** Scopes that become alike when their names are joined, trimmed, folded or taken for patterns. */
export function lookalikes (agent: string): Scope[] {
  const names: Array<[string, string, string]> = [
    ['', '', ''], ['a', '', ''], ['', 'a', ''], ['', '', 'a'], ['a', 'b', ''], ['', 'ab', ''], ['', 'a', 'b'], ['', '', 'ab'],
    ['', 'a:b', 'c'], ['', 'a', 'b:c'], ['', 'a/b', 'c'], ['', 'a', 'b/c'], ['', 'a|b', 'c'], ['', 'a', 'b|c'], ['', 'a,b', 'c'], ['', 'a', 'b,c'],
    ['', 'a\nb', 'c'], ['', 'a', 'b\nc'], ['', 'a"', 'c'], ['', 'a', '"c'], ['', '1:a', ''], ['', '{a}', 'b'], ['', '}{', 'b'],
    ['', 'A', ''], ['', 'a ', ''], ['', ' a', ''], ['', 'é', ''], ['', 'e\u0301', ''], ['', '%', ''], ['', '*', ''], ['', '_', ''], ['', '__proto__', ''], ['', '💥', '']
  ]
  return names.map(([more, tenant, owner]) => ({ agent: agent + more, tenant, owner }))
}
