import { A2AError } from '../protocol/errors.ts'
import type { Desk } from './desk.ts'
import type { Snapshot } from './store.ts'
import { queuedTurn, refusedTurn } from './turn-events.ts'
import type { Turn } from './turn.ts'

/** A turn that waits. */
export type Queued = {
  readonly turn: Turn
  /** Its message stands in the log, unless nothing could be written when it came. */
  readonly isLogged: boolean
  /** The letter by which it came. */
  readonly letter?: string | undefined
  /** Set when it has run before. */
  readonly again?: { readonly attempt: number, readonly crashes: number }
}

/** The turns of a task that wait for the one that runs. */
export class TurnQueue {
  readonly #desk: Desk
  readonly #entries: Queued[] = []

  constructor (desk: Desk) {
    this.#desk = desk
  }

  get size (): number {
    return this.#entries.length
  }

  has (turnId: string): boolean {
    return this.#entries.some(({ turn }) => turn.id === turnId)
  }

  /** @param letter by which the turn came */
  add (turn: Turn, letter?: string): void {
    const { journal, settings: { limits: { queuedTurns } } } = this.#desk
    if (this.#entries.length >= queuedTurns) {
      const error = new A2AError('ResourceExhaustedError', `${queuedTurns} messages wait for this task already`, { retryAfter: 1000 })
      turn.refuse(error)
      if (letter !== undefined && journal.isWritable) journal.note(refusedTurn(turn.id, error), letter)
      return
    }
    this.#entries.push({ turn, isLogged: journal.isWritable, letter })
    if (journal.isWritable) this.#log(turn, letter)
  }

  next (): Queued | undefined {
    return this.#entries.shift()
  }

  /** What came while the task was not held yet. @param opened the task as it was taken hold of */
  logAll (opened: Snapshot): void {
    for (const [index, { turn, isLogged, letter }] of this.#entries.entries()) {
      if (isLogged) continue
      this.#entries[index] = { turn, isLogged: true, letter }
      turn.start({ after: opened.generation, snapshot: opened })
      this.#log(turn, letter)
    }
  }

  /** The task is in other hands. @param after what has been seen of its log */
  referAll (after?: number): void {
    for (const entry of this.#entries.splice(0)) this.refer(entry, after)
  }

  /** What came by letter is left to the letter. */
  refer ({ turn, letter }: Queued, after?: number): void {
    if (letter !== undefined) turn.leave()
    else this.#desk.owner.refer(this.#desk.scope, turn, { hasBegun: false, after })
  }

  #log (turn: Turn, letter: string | undefined): void {
    turn.queue()
    this.#desk.journal.note(queuedTurn(turn), letter)
  }
}
