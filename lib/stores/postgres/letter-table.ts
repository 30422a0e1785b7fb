import type { Letter, TaskRef } from '../../task/letters.ts'
import type { StopSignal } from '../../task/stop.ts'
import type { Scope } from '../../task/store.ts'
import { outlasting } from '../shared/outlasting.ts'
import { refusal } from '../shared/refusal.ts'
import type { News } from './news.ts'
import { nameKey, readName, refOf, scopeKey } from './rows.ts'
import type { Row, Value } from './sql.ts'

/** Letters to those who work on tasks. */
export class LetterTable {
  readonly #run: (text: string, values: readonly Value[]) => Promise<Row[]>
  readonly #schema: string
  readonly #news: News

  constructor (run: (text: string, values: readonly Value[]) => Promise<Row[]>, schema: string, news: News) {
    this.#run = run
    this.#schema = schema
    this.#news = news
  }

  async post (scope: Scope, taskId: string, { id, body }: Letter): Promise<void> {
    const [row] = await this.#run(`select ${this.#schema}.a2a_post($1, $2, $3, $4) as answer`, [scopeKey(scope), nameKey(taskId), nameKey(id), JSON.stringify(body)])
    if (row?.answer !== 'posted') throw refusal(String(row?.answer), taskId)
  }

  /** Oldest first. */
  async of (scope: Scope, taskId: string): Promise<Letter[]> {
    const rows = await this.#run(`select l.id, l.body from ${this.#schema}.a2a_letters l join ${this.#schema}.a2a_tasks t on t.key = l.task where t.scope = $1 and t.id = $2 order by l.n`, [scopeKey(scope), nameKey(taskId)])
    return rows.map(({ id, body }) => ({ id: readName(id), body: readName(body) }))
  }

  async * watch (holder: string, signal: StopSignal, isOver: () => boolean): AsyncGenerator<TaskRef> {
    const key = nameKey(holder)
    const ear = this.#news.letters.open(key)
    this.#news.start()
    try {
      while (!isOver()) {
        const rows = await outlasting(Infinity, isOver, () => this.#run(`select distinct t.scope, t.id from ${this.#schema}.a2a_tasks t join ${this.#schema}.a2a_letters l on l.task = t.key where t.lease_holder = $1`, [key]))
        for (const row of rows) yield refOf(row)
        if (!isOver()) await ear.after(0, signal)
      }
    } catch (error) {
      if (!isOver()) throw error
    } finally {
      this.#news.letters.close(key, ear)
    }
  }
}
