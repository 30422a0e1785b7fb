import type { Connection } from './connection.ts'
import { readKey, type Keys } from './keys.ts'
import * as scripts from './lua/retention.ts'

export type RetentionOptions = {
  /** How long a finished task is kept, in ms. Default: 30 days. */
  taskTtl?: number
  /** How long a task may wait for its client, in ms. Default: 30 days. */
  waitingTtl?: number
  /** How long the stream of a finished task can be resumed event by event, in ms; after that by a snapshot. Default: 1 hour. */
  logTtl?: number
}

const day = 24 * 60 * 60 * 1000
/** Tasks that are taken away at once: others are let in between. */
const batch = 200

/** Takes away what is past its time. Every server does; they don't get in each other's way. */
export class Retention {
  readonly #connection: Connection
  readonly #keys: Keys
  readonly #ttls: Required<RetentionOptions>
  readonly #timer: NodeJS.Timeout
  #isSweeping = false
  #isStopped = false

  constructor (connection: Connection, keys: Keys, { taskTtl = 30 * day, waitingTtl = 30 * day, logTtl = 60 * 60 * 1000 }: RetentionOptions) {
    this.#connection = connection
    this.#keys = keys
    this.#ttls = { taskTtl, waitingTtl, logTtl }
    const period = Math.max(20, Math.min(60_000, taskTtl, waitingTtl, logTtl))
    this.#timer = setInterval(() => { void this.#sweep() }, period)
    this.#timer.unref()
  }

  stop (): void {
    this.#isStopped = true
    clearInterval(this.#timer)
  }

  async #sweep (): Promise<void> {
    if (this.#isSweeping) return
    this.#isSweeping = true
    try {
      for (const tag of this.#keys.tags) {
        await this.#sweepIndex(tag, 'logs', this.#ttls.logTtl)
        await this.#sweepIndex(tag, 'finished', this.#ttls.taskTtl)
        await this.#sweepIndex(tag, 'open', this.#ttls.waitingTtl)
      }
    } catch {
      // the next sweep may have more luck
    } finally {
      this.#isSweeping = false
    }
  }

  async #sweepIndex (tag: string, index: 'logs' | 'finished' | 'open', ttl: number): Promise<void> {
    for (let isMore = true; isMore && !this.#isStopped;) {
      const names = await this.#connection.run(scripts.past, tag, index, ttl, batch) as string[] // as the script answers
      isMore = names.length === batch
      await Promise.all(names.map(name => {
        const { scope, taskId } = readKey(name)
        const place = this.#keys.place(scope, taskId)
        return index === 'logs' ? this.#connection.runOn(place, scripts.dropLog, ttl) : this.#connection.runOn(place, scripts.drop, index, ttl)
      }))
    }
  }
}
