/** Idempotency keys: the first request wins, the others get what it left. */
import assert from 'node:assert/strict'
import type { Message } from '../../../schemas/v1/common.ts'
import type { IdempotencyRecord } from '../../task/store.ts'
import type { Cases } from '../subject.ts'
import { eventually } from '../wait.ts'
import { longTtl } from '../writer.ts'
import { lookalikes } from './scopes.ts'

const reply: Message = { messageId: 'reply', contextId: 'context', role: 'ROLE_AGENT', parts: [{ text: 'Hello — 漢字 💥' }] }

export const idempotencyCases: Cases = {
  'idempotency: the first one wins': async ({ store, replica, scope }) => {
    assert.equal(await store.remember(scope, 'key', record('first'), longTtl), undefined)
    assert.deepEqual(await replica.remember(scope, 'key', record('second'), longTtl), record('first'))
    assert.deepEqual(await store.remember(scope, 'key', record('third'), longTtl), record('first'))
    assert.equal(await store.remember(scope, 'another key', record('second'), longTtl), undefined)
  },

  'idempotency: of many at once, one is the first': async ({ store, replica, scope }) => {
    for (let round = 0; round < 5; round++) {
      const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? store : replica).remember(scope, `key ${round}`, record(`${i}`), longTtl)))
      const winners = answers.flatMap((answer, i) => answer === undefined ? [`${i}`] : [])
      assert.equal(winners.length, 1)
      for (const answer of answers) if (answer !== undefined) assert.deepEqual(answer, record(winners[0] ?? ''))
    }
  },

  'idempotency: a bare message is added to the record': async ({ store, replica, scope }) => {
    await store.remember(scope, 'key', record('first'), longTtl)
    const before = await replica.remember(scope, 'key', record('second'), longTtl)
    await store.rememberReply(scope, 'key', reply)
    assert.deepEqual(await replica.remember(scope, 'key', record('third'), longTtl), { ...record('first'), reply })
    assert.deepEqual(before, record('first'), 'a record that was given out does not change')
  },

  'idempotency: a reply alone makes no record': async ({ store, replica, scope }) => {
    await store.rememberReply(scope, 'key', reply)
    assert.equal(await replica.remember(scope, 'key', record('first'), longTtl), undefined)
  },

  'idempotency: a key can be taken back': async ({ store, replica, scope }) => {
    await store.remember(scope, 'key', record('first'), longTtl)
    await replica.forget(scope, 'key')
    await store.forget(scope, 'no such key')
    assert.equal(await store.remember(scope, 'key', record('second'), longTtl), undefined)
    assert.deepEqual(await replica.remember(scope, 'key', record('third'), longTtl), record('second'))
  },

  'idempotency: a key is forgotten after its time, and not before': async ({ store, replica, scope, shortTtl, patience }) => {
    await store.remember(scope, 'long', record('first'), longTtl)
    await store.remember(scope, 'short', record('first'), shortTtl)
    await store.rememberReply(scope, 'short', reply)
    await eventually(patience, 'a key is forgotten', async () => await replica.remember(scope, 'short', record('second'), longTtl) === undefined ? true : undefined)
    assert.deepEqual(await store.remember(scope, 'short', record('third'), longTtl), record('second'))
    assert.deepEqual(await store.remember(scope, 'long', record('third'), longTtl), record('first'))
  },

  'idempotency: the same key in other scopes is another': async ({ store, replica, scope }) => {
    const scopes = lookalikes(scope.agent)
    for (const [i, each] of scopes.entries()) assert.equal(await store.remember(each, 'key', record(`${i}`), longTtl), undefined, JSON.stringify(each))
    for (const [i, each] of scopes.entries()) assert.deepEqual(await replica.remember(each, 'key', record('later'), longTtl), record(`${i}`))
  },

  'idempotency: keys and owners do not run into each other': async ({ store, scope }) => {
    for (const separator of ['', '\n', ':', '/', '|', '\u0001', '":"', ' ', '{}']) {
      const one = { ...scope, owner: `owner${separator}a` }
      const other = { ...scope, owner: 'owner' }
      assert.equal(await store.remember(one, 'b', record('one'), longTtl), undefined)
      assert.equal(await store.remember(other, `a${separator}b`, record('other'), longTtl), undefined, JSON.stringify(separator))
      await store.forget(other, `a${separator}b`)
      assert.deepEqual(await store.remember(one, 'b', record('again'), longTtl), record('one'))
      await store.forget(one, 'b')
    }
  }
}

function record (name: string): IdempotencyRecord {
  return { fingerprint: `fingerprint of ${name}`, taskId: `task of ${name}` }
}
