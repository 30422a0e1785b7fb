/** Leases: one holder at a time, until it lets go or its time is over. */
import assert from 'node:assert/strict'
import type { Lease, Scope, TaskStore } from '../../task/store.ts'
import { mustGet } from '../reader.ts'
import type { Cases, Subject } from '../subject.ts'
import { after, eventually } from '../wait.ts'
import { chunkEvent, longTtl, Writer } from '../writer.ts'
import { stale } from './append.ts'

const another = { holder: 'another', ttl: longTtl }

export const leaseCases: Cases = {
  'leases: whoever creates a task holds it': async ({ store, replica, scope }) => {
    const { taskId, lease } = await Writer.create(store, scope)
    assert.ok(lease.expiresAt > Date.now())
    assert.equal(await replica.acquire(scope, taskId, another), undefined)
    assert.equal(await store.acquire(scope, taskId, { holder: 'contract', ttl: longTtl }), undefined, 'the same holder must ask by its lease')
  },

  'leases: a released task can be taken and written': async ({ store, replica, scope }) => {
    const { taskId, contextId, lease } = await Writer.create(store, scope)
    await store.release(scope, taskId, lease)
    const taken = await mustAcquire(replica, scope, taskId)
    assert.notEqual(taken.token, lease.token)
    assert.equal(await replica.append(scope, taskId, { expected: 1, lease: taken, events: [chunkEvent({ taskId, contextId }, 'a', 'x')] }), 2)
  },

  'leases: many ask, one gets it': async ({ store, replica, scope }) => {
    for (let round = 0; round < 5; round++) {
      const { taskId, lease } = await Writer.create(store, scope)
      await store.release(scope, taskId, lease)
      const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? store : replica).acquire(scope, taskId, { holder: `${i}`, ttl: longTtl })))
      assert.equal(answers.filter(answer => answer !== undefined).length, 1)
    }
  },

  'leases: a task that is not there': async ({ store, scope }) => {
    const { lease } = await Writer.create(store, scope)
    await assert.rejects(store.acquire(scope, 'nowhere', another), { name: 'TaskNotFoundError' })
    assert.equal(await store.renew(scope, 'nowhere', lease, longTtl), undefined)
    await store.release(scope, 'nowhere', lease)
  },

  'leases: a renewed lease outlives its first time': async ({ store, replica, scope, shortTtl }) => {
    const writer = await Writer.create(store, scope, { ttl: shortTtl })
    const renewed = await store.renew(scope, writer.taskId, writer.lease, longTtl)
    assert.ok(renewed !== undefined && renewed.expiresAt > writer.lease.expiresAt)
    await after(writer.lease.expiresAt + shortTtl)
    assert.equal(await replica.acquire(scope, writer.taskId, another), undefined)
    assert.equal(await writer.chunk('a', 'by the first token'), 2)
    writer.lease = renewed
    assert.equal(await writer.chunk('a', 'by the renewed one'), 3)
  },

  'leases: whoever takes over an expired lease shuts the old holder out': async subject => {
    const { store, replica, scope } = subject
    const { writer, taken } = await takeOver(subject)
    const before = await mustGet(store, scope, writer.taskId)
    await assert.rejects(writer.chunk('a', 'from the past'), stale)
    await assert.rejects(writer.finish(), stale)
    assert.equal(await store.renew(scope, writer.taskId, writer.lease, longTtl), undefined)
    assert.deepEqual((await mustGet(replica, scope, writer.taskId)).task, before.task)
    assert.equal(await replica.append(scope, writer.taskId, { expected: 1, lease: taken, events: [chunkEvent(writer, 'a', 'new')] }), 2)
  },

  'leases: a lost lease can release nothing': async subject => {
    const { store, replica, scope } = subject
    const { writer, taken } = await takeOver(subject)
    await store.release(scope, writer.taskId, writer.lease)
    assert.equal(await store.acquire(scope, writer.taskId, another), undefined)
    assert.ok(await replica.renew(scope, writer.taskId, taken, longTtl))
  },

  'leases: a released lease is not renewed': async ({ store, replica, scope }) => {
    const { taskId, lease } = await Writer.create(store, scope)
    await store.release(scope, taskId, lease)
    await store.release(scope, taskId, lease)
    assert.equal(await replica.renew(scope, taskId, lease, longTtl), undefined)
  },

  'leases: a terminal status releases it': async ({ store, replica, scope }) => {
    const writer = await Writer.create(store, scope)
    await writer.finish()
    assert.equal(await replica.renew(scope, writer.taskId, writer.lease, longTtl), undefined)
    await store.release(scope, writer.taskId, writer.lease)
  }
}

/** A task whose holder fell silent, and whom another has replaced. */
async function takeOver ({ store, replica, scope, shortTtl, patience }: Subject): Promise<{ writer: Writer, taken: Lease }> {
  const writer = await Writer.create(store, scope, { ttl: shortTtl })
  const taken = await eventually(patience, 'an expired lease can be taken', () => replica.acquire(scope, writer.taskId, another))
  assert.ok(Date.now() >= writer.lease.expiresAt - shortTtl / 2, 'a lease was taken before its time')
  return { writer, taken }
}

async function mustAcquire (store: TaskStore, scope: Scope, taskId: string): Promise<Lease> {
  const lease = await store.acquire(scope, taskId, another)
  assert.ok(lease !== undefined, 'a free task can be taken')
  return lease
}
