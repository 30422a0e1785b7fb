import type { Message } from '../../../schemas/v1/common.ts'
import type { IdempotencyRecord, Scope } from '../../task/store.ts'
import { nameKey, scopeKey } from './rows.ts'
import type { Row, Value } from './sql.ts'

/** Idempotency keys. */
export class KeyTable {
  readonly #run: (text: string, values: readonly Value[]) => Promise<Row[]>
  readonly #table: string

  constructor (run: (text: string, values: readonly Value[]) => Promise<Row[]>, schema: string) {
    this.#run = run
    this.#table = `${schema}.a2a_keys`
  }

  async remember (scope: Scope, key: string, { reply, ...record }: IdempotencyRecord, ttl: number): Promise<IdempotencyRecord | undefined> {
    const names = [scopeKey(scope), nameKey(key)]
    for (;;) {
      const added = await this.#run(`
        insert into ${this.#table} as k (scope, key, record, reply, expires_at) values ($1, $2, $3, $4, clock_timestamp() + $5 * interval '1 millisecond')
        on conflict (scope, key) do update set record = excluded.record, reply = excluded.reply, expires_at = excluded.expires_at
        where k.expires_at <= clock_timestamp() returning true`, [...names, JSON.stringify(record), reply === undefined ? null : JSON.stringify(reply), ttl])
      if (added.length > 0) return undefined
      const [row] = await this.#run(`select record, reply from ${this.#table} where scope = $1 and key = $2`, names)
      if (row !== undefined) return readRecord(row)
      // It has just been forgotten.
    }
  }

  async rememberReply (scope: Scope, key: string, reply: Message): Promise<void> {
    await this.#run(`update ${this.#table} set reply = $3 where scope = $1 and key = $2`, [scopeKey(scope), nameKey(key), JSON.stringify(reply)])
  }

  async forget (scope: Scope, key: string): Promise<void> {
    await this.#run(`delete from ${this.#table} where scope = $1 and key = $2`, [scopeKey(scope), nameKey(key)])
  }
}

function readRecord ({ record, reply }: Row): IdempotencyRecord {
  const read = JSON.parse(String(record)) as IdempotencyRecord // as `remember` wrote it
  return reply === null ? read : { ...read, reply: JSON.parse(String(reply)) as Message }
}
