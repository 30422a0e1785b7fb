/** Push configurations: kept with their task, due when it moves on, delivered by one at a time. */
import assert from 'node:assert/strict'
import type { PushClaim } from '../../push/records.ts'
import type { Scope, TaskStore } from '../../task/store.ts'
import { readNow } from '../reader.ts'
import type { Cases } from '../subject.ts'
import { eventually } from '../wait.ts'
import { createdEvent, longTtl, Writer } from '../writer.ts'

const claimAll = { ttl: longTtl, limit: 100 }
const config = (id: string) => ({ id, config: JSON.stringify({ url: `https://example.com/${id}`, text: '漢字 💥' }) })

export const pushCases: Cases = {
  'pushes: configurations are kept, replaced, listed in order and deleted': async ({ store, replica, scope }) => {
    const { taskId } = await Writer.create(store, scope)
    for (const id of ['b', 'a', 'c', 'd', 'e']) await store.putPushConfig(scope, taskId, config(id))
    await replica.putPushConfig(scope, taskId, { id: 'a', config: '"new"' })
    assert.deepEqual(await store.getPushConfig(scope, taskId, 'a'), { id: 'a', config: '"new"' })
    assert.equal(await store.getPushConfig(scope, taskId, 'x'), undefined)
    const first = await replica.listPushConfigs(scope, taskId, { limit: 2 })
    assert.deepEqual(first.items.map(({ id }) => id), ['b', 'a'])
    assert.ok(first.next !== undefined)
    const second = await replica.listPushConfigs(scope, taskId, { limit: 3, cursor: first.next })
    assert.deepEqual([second.items.map(({ id }) => id), second.next], [['c', 'd', 'e'], undefined])
    await store.deletePushConfig(scope, taskId, 'b')
    await store.deletePushConfig(scope, taskId, 'b')
    assert.deepEqual((await replica.listPushConfigs(scope, taskId, { limit: 1 })).items, [{ id: 'a', config: '"new"' }])
    await assert.rejects(store.listPushConfigs(scope, taskId, { limit: 1, cursor: 'nonsense!' }), { name: 'InvalidCursorError' })
  },

  'pushes: a task that is not there, or is another owner\'s, has none': async ({ store, replica, scope }) => {
    const { taskId } = await Writer.create(store, scope)
    const other: Scope = { ...scope, owner: 'other' }
    await store.putPushConfig(scope, taskId, config('a'))
    await assert.rejects(replica.putPushConfig(other, taskId, config('a')), { name: 'TaskNotFoundError' })
    await assert.rejects(replica.putPushConfig(scope, 'nowhere', config('a')), { name: 'TaskNotFoundError' })
    assert.equal(await replica.getPushConfig(other, taskId, 'a'), undefined)
    assert.deepEqual(await replica.listPushConfigs(other, taskId, { limit: 5 }), { items: [] })
    await replica.deletePushConfig(other, taskId, 'a')
    assert.ok(await store.getPushConfig(scope, taskId, 'a'))
  },

  'pushes: an append makes them due, a delivery ends that': async ({ store, replica, scope }) => {
    const writer = await Writer.create(store, scope)
    await store.putPushConfig(scope, writer.taskId, config('a'))
    assert.deepEqual(await replica.claimPushes(scope.agent, claimAll), [], 'deliveries begin after what is there')
    await writer.chunk('a', 'x')
    const claim = await mustClaim(replica, scope)
    assert.deepEqual({ ...claim, token: '' }, { scope, taskId: writer.taskId, ...config('a'), after: 1, attempts: 0, failingSince: undefined, token: '' })
    assert.deepEqual(await store.claimPushes(scope.agent, claimAll), [], 'one at a time')
    await writer.chunk('a', 'y')
    assert.equal(await replica.settlePush(claim, { after: 2, attempts: 0 }), true)
    const rest = await mustClaim(store, scope)
    assert.equal(rest.after, 2, 'what came meanwhile is due at once')
    assert.equal(await store.settlePush(rest, { after: 3, attempts: 0 }), true)
    assert.deepEqual(await replica.claimPushes(scope.agent, claimAll), [])
    await writer.finish()
    assert.equal((await mustClaim(replica, scope)).after, 3)
  },

  'pushes: those that are there from the start get the first event': async ({ store, replica, scope }) => {
    const ids = { taskId: 'task', contextId: 'context' }
    await store.create(scope, [createdEvent(ids)], { holder: 'contract', ttl: longTtl }, [config('a'), config('b')])
    const claims = await replica.claimPushes(scope.agent, claimAll)
    assert.deepEqual(claims.map(({ id, after }) => [id, after]).sort(), [['a', 0], ['b', 0]])
  },

  'pushes: a replaced configuration goes on where it was': async ({ store, replica, scope }) => {
    const writer = await Writer.create(store, scope)
    await store.putPushConfig(scope, writer.taskId, config('a'))
    await writer.chunk('a', 'x')
    await replica.putPushConfig(scope, writer.taskId, { id: 'a', config: '2' })
    const claim = await mustClaim(store, scope)
    assert.deepEqual([claim.after, claim.config], [1, '2'])
  },

  'pushes: of many at once, one gets the claim': async ({ store, replica, scope }) => {
    for (let round = 0; round < 5; round++) {
      const writer = await Writer.create(store, scope)
      await store.putPushConfig(scope, writer.taskId, config('a'))
      await writer.chunk('a', 'x')
      const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? store : replica).claimPushes(scope.agent, { ttl: longTtl, limit: 5 })))
      const claims = answers.flat()
      assert.equal(claims.length, 1)
      const [claim] = claims
      if (claim !== undefined) await store.settlePush(claim, { after: 2, attempts: 0 })
    }
  },

  'pushes: what failed waits for its time': async ({ store, replica, scope, shortTtl, patience }) => {
    const writer = await Writer.create(store, scope)
    await store.putPushConfig(scope, writer.taskId, config('a'))
    await writer.chunk('a', 'x')
    const claim = await mustClaim(store, scope)
    const failingSince = Date.now()
    const retryAt = failingSince + 2 * shortTtl
    assert.equal(await replica.settlePush(claim, { after: 1, attempts: 3, failingSince, retryAt }), true)
    assert.deepEqual(await store.claimPushes(scope.agent, claimAll), [])
    const again = await eventually(patience, 'its time comes', async () => (await replica.claimPushes(scope.agent, claimAll))[0])
    assert.deepEqual([again.after, again.attempts, again.failingSince], [1, 3, failingSince])
    assert.ok(Date.now() >= retryAt - shortTtl / 2, 'it came before its time')
  },

  'pushes: a claim that has lapsed goes to somebody else, and can settle nothing': async ({ store, replica, scope, shortTtl, patience }) => {
    const writer = await Writer.create(store, scope)
    await store.putPushConfig(scope, writer.taskId, config('a'))
    await writer.chunk('a', 'x')
    const [lapsed] = await store.claimPushes(scope.agent, { ttl: shortTtl, limit: 1 })
    assert.ok(lapsed !== undefined)
    const taken = await eventually(patience, 'a lapsed claim can be taken', async () => (await replica.claimPushes(scope.agent, claimAll))[0])
    assert.notEqual(taken.token, lapsed.token)
    assert.equal(await store.settlePush(lapsed, { after: 2, attempts: 0, deadLetters: [dead(scope, writer.taskId, 'x')] }), false)
    assert.deepEqual((await store.listDeadLetters(scope.agent, { limit: 5 })).items, [])
    assert.equal(await replica.settlePush(taken, { after: 2, attempts: 0 }), true)
  },

  'pushes: what is deleted is not due any more': async ({ store, replica, scope }) => {
    const writer = await Writer.create(store, scope)
    for (const id of ['a', 'b']) await store.putPushConfig(scope, writer.taskId, config(id))
    await writer.chunk('a', 'x')
    const [claim] = await store.claimPushes(scope.agent, { ttl: longTtl, limit: 1 })
    assert.ok(claim !== undefined)
    for (const id of ['a', 'b']) await replica.deletePushConfig(scope, writer.taskId, id)
    assert.equal(await store.settlePush(claim, { after: 2, attempts: 0 }), false)
    assert.deepEqual(await replica.claimPushes(scope.agent, claimAll), [])
  },

  'pushes: claims are an agent\'s own, at most as many as asked for': async ({ store, replica, scope }) => {
    for (let i = 0; i < 4; i++) {
      const writer = await Writer.create(store, { ...scope, owner: `owner ${i}` })
      await store.putPushConfig(writer.scope, writer.taskId, config('a'))
      await writer.chunk('a', 'x')
    }
    assert.deepEqual(await replica.claimPushes(`${scope.agent} 2`, claimAll), [])
    const first = await replica.claimPushes(scope.agent, { ttl: longTtl, limit: 3 })
    const second = await store.claimPushes(scope.agent, { ttl: longTtl, limit: 3 })
    assert.deepEqual([first.length, second.length], [3, 1])
    assert.deepEqual([...first, ...second].map(claim => claim.scope.owner).sort(), ['owner 0', 'owner 1', 'owner 2', 'owner 3'])
  },

  'pushes: an undelivered event can still be read after the task has ended': async ({ store, replica, scope }) => {
    const writer = await Writer.create(store, scope)
    await store.putPushConfig(scope, writer.taskId, config('a'))
    await writer.chunk('a', 'x')
    await writer.finish()
    await new Promise(resolve => setTimeout(resolve, 20))
    const claim = await mustClaim(replica, scope)
    const [batch] = await readNow(replica, scope, writer.taskId, { after: claim.after }, 2)
    assert.ok(batch !== undefined && 'entries' in batch, 'the log was dropped')
    assert.equal(batch.entries[0]?.generation, 2)
  },

  'dead letters: newest first, in pages, and taken once': async ({ store, replica, scope }) => {
    const writer = await Writer.create(store, scope)
    await store.putPushConfig(scope, writer.taskId, config('a'))
    for (let i = 0; i < 3; i++) {
      const generation = await writer.chunk('a', 'x')
      const claim = await mustClaim(store, scope)
      await store.settlePush(claim, { after: generation, attempts: 0, deadLetters: [dead(scope, writer.taskId, `${i}`)] })
    }
    const first = await replica.listDeadLetters(scope.agent, { limit: 2 })
    assert.deepEqual(first.items.map(({ id }) => id), ['2', '1'])
    assert.deepEqual(first.items[0], dead(scope, writer.taskId, '2'))
    assert.ok(first.next !== undefined)
    const second = await store.listDeadLetters(scope.agent, { limit: 2, cursor: first.next })
    assert.deepEqual([second.items.map(({ id }) => id), second.next], [['0'], undefined])
    const taken = await Promise.all([store.takeDeadLetter(scope.agent, '1'), replica.takeDeadLetter(scope.agent, '1')])
    assert.deepEqual(taken.filter(letter => letter !== undefined), [dead(scope, writer.taskId, '1')])
    assert.equal(await store.takeDeadLetter(`${scope.agent} 2`, '2'), undefined)
    assert.deepEqual((await replica.listDeadLetters(scope.agent, { limit: 5 })).items.map(({ id }) => id), ['2', '0'])
  }
}

async function mustClaim (store: TaskStore, { agent }: Scope): Promise<PushClaim> {
  const claims = await store.claimPushes(agent, claimAll)
  const [claim] = claims
  assert.ok(claim !== undefined && claims.length === 1, `one configuration is due, not ${claims.length}`)
  return claim
}

function dead (scope: Scope, taskId: string, id: string) {
  return { id, scope, taskId, configId: 'a', generation: 2, body: '{"why":"漢字"}', at: 1_700_000_000_000 + Number(id === 'x' ? 0 : id) }
}
