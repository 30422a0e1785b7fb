import { Ears } from './ears.ts'
import type { Sql } from './sql.ts'

/**
 * What this process hears of tasks: one connection that listens, and a look at all tasks that somebody waits for
 * once in a while, for what was missed while that connection was down.
 */
export class News {
  /** By the key of the task. */
  readonly tasks = new Ears()
  /** By the name of the holder. */
  readonly letters = new Ears()
  readonly #sql: Sql
  readonly #schema: string
  readonly #poll: NodeJS.Timeout
  #listening: Promise<void> | undefined

  /** @param pollInterval in ms */
  constructor (sql: Sql, schema: string, pollInterval: number) {
    this.#sql = sql
    this.#schema = schema
    this.#poll = setInterval(() => { void this.#look() }, pollInterval)
    this.#poll.unref()
  }

  /** Begins to listen, once. Without the connection, there is the look once in a while. */
  start (): void {
    const events = `${this.#schema}_a2a_events`
    const letters = `${this.#schema}_a2a_letters`
    this.#listening ??= this.#sql.listen([events, letters], (channel, payload) => {
      if (channel === letters) return this.letters.nudge(payload)
      const [key = '', generation] = payload.split(' ')
      this.tasks.tell(key, Number(generation))
    }, () => { void this.#look() }).catch(() => { this.#listening = undefined })
  }

  stop (): void {
    clearInterval(this.#poll)
    this.tasks.nudgeAll()
    this.letters.nudgeAll()
  }

  async #look (): Promise<void> {
    this.start()
    this.letters.nudgeAll()
    const { keys } = this.tasks
    if (keys.length === 0) return
    try {
      const rows = await this.#sql.query(`select key::text, generation from "${this.#schema}".a2a_tasks where key = any($1::bigint[])`, [keys])
      for (const { key, generation } of rows) this.tasks.tell(String(key), Number(generation))
      const there = new Set(rows.map(({ key }) => String(key)))
      for (const key of keys) if (!there.has(key)) this.tasks.nudge(key)
    } catch {
      // the next look may have more luck
    }
  }
}
