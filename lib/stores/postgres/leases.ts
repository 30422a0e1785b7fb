import { randomUUID } from 'node:crypto'
import { taskNotFound } from '../../protocol/errors.ts'
import type { TaskRef } from '../../task/letters.ts'
import type { Lease, LeaseRequest, Scope } from '../../task/store.ts'
import { nameKey, refOf, scopeKey } from './rows.ts'
import type { Row, Value } from './sql.ts'

/** Who may write which task: columns of the tasks. */
export class Leases {
  readonly #run: (text: string, values: readonly Value[]) => Promise<Row[]>
  readonly #schema: string

  constructor (run: (text: string, values: readonly Value[]) => Promise<Row[]>, schema: string) {
    this.#run = run
    this.#schema = schema
  }

  async acquire (scope: Scope, taskId: string, { holder, ttl }: LeaseRequest): Promise<Lease | undefined> {
    const token = randomUUID()
    const [row] = await this.#run(`select ${this.#schema}.a2a_acquire($1, $2, $3, $4, $5) as answer`, [scopeKey(scope), nameKey(taskId), token, nameKey(holder), ttl])
    if (row?.answer === 'missing') throw taskNotFound(taskId)
    return row?.answer === 'acquired' ? { token, expiresAt: Date.now() + ttl } : undefined
  }

  async renew (scope: Scope, taskId: string, { token }: Lease, ttl: number): Promise<Lease | undefined> {
    const rows = await this.#run(`update ${this.#schema}.a2a_tasks set lease_until = clock_timestamp() + $4 * interval '1 millisecond' where scope = $1 and id = $2 and lease_token = $3 returning key`, [scopeKey(scope), nameKey(taskId), token, ttl])
    return rows.length === 0 ? undefined : { token, expiresAt: Date.now() + ttl }
  }

  async release (scope: Scope, taskId: string, { token }: Lease): Promise<void> {
    await this.#run(`update ${this.#schema}.a2a_tasks set lease_token = null, lease_holder = null, lease_until = null where scope = $1 and id = $2 and lease_token = $3`, [scopeKey(scope), nameKey(taskId), token])
  }

  /** Longest waiting first. */
  async abandoned (agent: string, limit: number): Promise<TaskRef[]> {
    const rows = await this.#run(`
      select scope, id from (
        select scope, id, lease_until as since from ${this.#schema}.a2a_tasks where agent = $1 and lease_until <= clock_timestamp()
        union
        select t.scope, t.id, min(l.posted_at) from ${this.#schema}.a2a_letters l join ${this.#schema}.a2a_tasks t on t.key = l.task
        where t.agent = $1 and t.lease_until is null group by t.key
      ) found order by since limit $2`, [nameKey(agent), limit])
    return rows.map(refOf)
  }
}
