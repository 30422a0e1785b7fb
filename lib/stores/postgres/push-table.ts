import { randomUUID } from 'node:crypto'
import { taskNotFound } from '../../protocol/errors.ts'
import type { DeadLetter, PushClaim, PushOutcome, PushRecord, RecordPage, RecordQuery } from '../../push/records.ts'
import { InvalidCursorError } from '../../task/store-errors.ts'
import type { Scope } from '../../task/store.ts'
import { nameKey, readName, readScope, scopeKey } from './rows.ts'
import type { Row, Value } from './sql.ts'

/** Push configurations, which of them are due, and what was given up. */
export class PushTable {
  readonly #run: (text: string, values: readonly Value[]) => Promise<Row[]>
  readonly #schema: string

  constructor (run: (text: string, values: readonly Value[]) => Promise<Row[]>, schema: string) {
    this.#run = run
    this.#schema = schema
  }

  async put (scope: Scope, taskId: string, { id, config }: PushRecord): Promise<void> {
    const [row] = await this.#run(`select ${this.#schema}.a2a_put_push($1, $2, $3, $4, $5) as found`, [scopeKey(scope), nameKey(taskId), nameKey(scope.agent), nameKey(id), nameKey(config)])
    if (row?.found !== true) throw taskNotFound(taskId)
  }

  async get (scope: Scope, taskId: string, id: string): Promise<PushRecord | undefined> {
    const [row] = await this.#run(`select p.id, p.config from ${this.#ofTask} and p.id = $3`, [scopeKey(scope), nameKey(taskId), nameKey(id)])
    return row && readRecord(row)
  }

  async list (scope: Scope, taskId: string, { limit, cursor }: RecordQuery): Promise<RecordPage<PushRecord>> {
    const rows = await this.#run(`select p.id, p.config, p.n::text from ${this.#ofTask} and p.n > $3::bigint order by p.n limit $4`, [scopeKey(scope), nameKey(taskId), readCursor(cursor, '0'), limit + 1])
    return pageOf(rows, limit, readRecord)
  }

  async delete (scope: Scope, taskId: string, id: string): Promise<void> {
    await this.#run(`delete from ${this.#schema}.a2a_pushes p using ${this.#schema}.a2a_tasks t where t.key = p.task and t.scope = $1 and t.id = $2 and p.id = $3`, [scopeKey(scope), nameKey(taskId), nameKey(id)])
  }

  async claim (agent: string, { ttl, limit }: { ttl: number, limit: number }): Promise<PushClaim[]> {
    const rows = await this.#run(`
      update ${this.#schema}.a2a_pushes p set claim = $2 || ':' || p.n, due_at = clock_timestamp() + $3 * interval '1 millisecond'
      from ${this.#schema}.a2a_tasks t
      where t.key = p.task and (p.task, p.id) in (
        select task, id from ${this.#schema}.a2a_pushes where agent = $1 and due_at <= clock_timestamp() order by due_at limit $4 for update skip locked
      )
      returning t.scope, t.id as task, p.id, p.config, p.after, p.attempts, p.failing_since::text, p.claim`, [nameKey(agent), randomUUID(), ttl, limit])
    return rows.map(row => ({
      ...readRecord(row),
      scope: readScope(row.scope),
      taskId: readName(row.task),
      after: Number(row.after),
      attempts: Number(row.attempts),
      failingSince: row.failing_since === null ? undefined : Number(row.failing_since),
      token: String(row.claim)
    }))
  }

  async settle ({ scope, taskId, id, token }: PushClaim, { after, attempts, failingSince, retryAt, deadLetters = [] }: PushOutcome): Promise<boolean> {
    const [row] = await this.#run(`select ${this.#schema}.a2a_settle_push($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) as settled`, [
      scopeKey(scope), nameKey(taskId), nameKey(scope.agent), nameKey(id), token, after, attempts, failingSince ?? null, retryAt ?? null,
      deadLetters.map(letter => nameKey(letter.id)), deadLetters.map(letter => JSON.stringify(letter))
    ])
    return row?.settled === true
  }

  async listDead (agent: string, { limit, cursor }: RecordQuery): Promise<RecordPage<DeadLetter>> {
    const rows = await this.#run(`select letter, n::text from ${this.#schema}.a2a_dead_letters where agent = $1 and n < $2::bigint order by n desc limit $3`, [nameKey(agent), readCursor(cursor, '9223372036854775807'), limit + 1])
    return pageOf(rows, limit, readDead)
  }

  async takeDead (agent: string, id: string): Promise<DeadLetter | undefined> {
    const [row] = await this.#run(`delete from ${this.#schema}.a2a_dead_letters where agent = $1 and id = $2 returning letter`, [nameKey(agent), nameKey(id)])
    return row && readDead(row)
  }

  get #ofTask (): string {
    return `${this.#schema}.a2a_pushes p join ${this.#schema}.a2a_tasks t on t.key = p.task where t.scope = $1 and t.id = $2`
  }
}

function readRecord ({ id, config }: Row): PushRecord {
  return { id: readName(id), config: readName(config) }
}

function readDead ({ letter }: Row): DeadLetter {
  return JSON.parse(String(letter)) as DeadLetter // as `settle` wrote it
}

function readCursor (cursor: string | undefined, fallback: string): string {
  if (cursor === undefined) return fallback
  if (!/^\d{1,18}$/.test(cursor)) throw new InvalidCursorError('this is not a cursor of this store')
  return cursor
}

function pageOf<T> (rows: readonly Row[], limit: number, read: (row: Row) => T): RecordPage<T> {
  const page = rows.slice(0, limit)
  const last = page[page.length - 1]
  const items = page.map(read)
  return last !== undefined && rows.length > limit ? { items, next: String(last.n) } : { items }
}
