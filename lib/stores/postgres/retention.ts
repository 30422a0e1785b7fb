import type { Sql } from './sql.ts'

export type RetentionOptions = {
  /** How long a finished task is kept, in ms. Default: 30 days. */
  taskTtl?: number
  /** How long a task may wait for its client before it is dropped, in ms. Default: 30 days. */
  waitingTtl?: number
  /** How long streams of a finished task can be resumed event by event, in ms. Default: one hour. */
  logTtl?: number
}

const day = 24 * 60 * 60 * 1000
/** Rows of one statement: others are let in between. */
const batch = 500
const maxDeadLetters = 100_000

/** Takes away what is past its time. Every server does; they don't get in each other's way. */
export class Retention {
  readonly #sql: Sql
  readonly #statements: Array<readonly [string, number[]]>
  readonly #timer: NodeJS.Timeout
  #isSweeping = false

  constructor (sql: Sql, schema: string, { taskTtl = 30 * day, waitingTtl = 30 * day, logTtl = 60 * 60 * 1000 }: RetentionOptions) {
    this.#sql = sql
    const tasks = `"${schema}".a2a_tasks`
    const some = (condition: string) => `select key from ${tasks} where ${condition} limit ${batch} for update skip locked`
    const past = (column: string) => `${column} <= clock_timestamp() - $1 * interval '1 millisecond'`
    this.#statements = [
      [`with t as (${some(`${past('finished_at')} and finished_at is not null and has_log and not exists (select from "${schema}".a2a_pushes p where p.task = key and p.due_at is not null)`)}),
        e as (delete from "${schema}".a2a_events using t where task = t.key)
        update ${tasks} set has_log = false where key in (select key from t) returning key`, [logTtl]],
      [`delete from ${tasks} where key in (${some(`finished_at is not null and ${past('finished_at')}`)}) returning key`, [taskTtl]],
      [`delete from ${tasks} where key in (${some(`finished_at is null and ${past('touched_at')} and (lease_until is null or lease_until <= clock_timestamp())`)}) returning key`, [waitingTtl]],
      [`delete from "${schema}".a2a_keys where expires_at <= clock_timestamp()`, []],
      [`delete from "${schema}".a2a_dead_letters where n <= (select max(n) - ${maxDeadLetters} from "${schema}".a2a_dead_letters)`, []]
    ]
    const period = Math.max(20, Math.min(60_000, taskTtl, waitingTtl, logTtl))
    this.#timer = setInterval(() => { void this.#sweep() }, period)
    this.#timer.unref()
  }

  stop (): void {
    clearInterval(this.#timer)
  }

  async #sweep (): Promise<void> {
    if (this.#isSweeping) return
    this.#isSweeping = true
    try {
      for (const [text, values] of this.#statements) while ((await this.#sql.query(text, values)).length === batch);
    } catch {
      // the next sweep may have more luck
    } finally {
      this.#isSweeping = false
    }
  }
}
