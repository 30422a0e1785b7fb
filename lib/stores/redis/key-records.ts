import { randomUUID } from 'node:crypto'
import type { Message } from '../../../schemas/v1/common.ts'
import type { IdempotencyRecord, Scope } from '../../task/store.ts'
import type { Connection } from './connection.ts'
import { nameKey, scopeKey, type Keys } from './keys.ts'
import * as scripts from './lua/keys.ts'

/** Idempotency keys. Redis itself forgets them in time. */
export class KeyRecords {
  readonly #connection: Connection
  readonly #keys: Keys

  constructor (connection: Connection, keys: Keys) {
    this.#connection = connection
    this.#keys = keys
  }

  async remember (scope: Scope, key: string, { reply, ...record }: IdempotencyRecord, ttl: number): Promise<IdempotencyRecord | undefined> {
    const args = [nameOf(scope, key), JSON.stringify(record), reply === undefined ? '' : JSON.stringify(reply), Math.ceil(ttl), randomUUID()]
    const known = await this.#connection.run(scripts.remember, this.#keys.tagOf(scope), ...args) as [string, string | null] | null // as the script answers
    return known === null ? undefined : readRecord(...known)
  }

  async rememberReply (scope: Scope, key: string, reply: Message): Promise<void> {
    await this.#connection.run(scripts.rememberReply, this.#keys.tagOf(scope), nameOf(scope, key), JSON.stringify(reply))
  }

  async forget (scope: Scope, key: string): Promise<void> {
    await this.#connection.run(scripts.forget, this.#keys.tagOf(scope), nameOf(scope, key))
  }
}

function nameOf (scope: Scope, key: string): string {
  return `${scopeKey(scope)},${nameKey(key)}`
}

function readRecord (record: string, reply: string | null): IdempotencyRecord {
  const read = JSON.parse(record) as IdempotencyRecord // as `remember` wrote it
  return reply === null ? read : { ...read, reply: JSON.parse(reply) as Message }
}
