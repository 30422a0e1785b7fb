import { MisuseError } from '../agent/errors.ts'
import { soon, type Errand } from './soon.ts'

export type Deadlines = { timeout: number, idleTimeout: number }

export interface Watched {
  /** A deadline has passed. */
  onDeadline (reason: MisuseError): void
}

/** Watches the deadlines of a turn, in ms; 0 for none. */
export class TurnWatch {
  readonly #deadlines: Deadlines
  readonly #watched: Watched
  #total: NodeJS.Timeout | undefined
  #idle: NodeJS.Timeout | undefined
  readonly #start: Errand | undefined
  #isOver = false

  /** Timers are set once the turn has outlived this turn of the event loop: many don't. */
  constructor (deadlines: Deadlines, watched: Watched) {
    this.#deadlines = deadlines
    this.#watched = watched
    if (deadlines.timeout > 0 || deadlines.idleTimeout > 0) this.#start = soon(() => this.#begin())
  }

  /** Something has happened: the idle deadline starts anew. */
  touch (): void {
    if (!this.#isOver) this.#idle?.refresh() // refresh would revive a cleared timer
  }

  stop (): void {
    this.#isOver = true
    this.#start?.drop()
    clearTimeout(this.#total)
    clearTimeout(this.#idle)
  }

  #begin (): void {
    if (this.#isOver) return
    const { timeout, idleTimeout } = this.#deadlines
    if (timeout > 0) this.#total = setTimeout(() => this.#expire(`The agent did not finish within ${timeout} ms`), timeout)
    if (idleTimeout > 0) this.#idle = setTimeout(() => this.#expire(`The agent was silent for ${idleTimeout} ms`), idleTimeout)
  }

  #expire (text: string): void {
    this.#watched.onDeadline(new MisuseError('A2A_ERR_TIMEOUT', text))
  }
}
