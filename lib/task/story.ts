import { A2AError } from '../protocol/errors.ts'
import type { Entry, TaskEvent } from './log.ts'
import { isInterrupted, isTerminal } from './states.ts'
import type { ReadBatch, Snapshot } from './store.ts'
import type { Turn, TurnStart } from './turn.ts'

/** A turn as the log of its task tells of it: for a turn that runs on another replica. */
export class Story {
  readonly #turn: Turn
  readonly #start: TurnStart
  #isKnown: boolean
  #hasBegun: boolean
  #position: number

  /**
   * @param start what a stream of the turn begins with
   * @param before how far the turn is when the story begins: what has begun ends with the task
   */
  constructor (turn: Turn, start: TurnStart & { after: number }, before: { isKnown: boolean, hasBegun: boolean }) {
    this.#turn = turn
    this.#start = start
    this.#position = start.after
    this.#isKnown = before.isKnown
    this.#hasBegun = before.hasBegun
    if (this.#isKnown) turn.start(start)
  }

  /** The last generation that has been told. */
  get position (): number {
    return this.#position
  }

  /** Whether the log has the turn. */
  get isKnown (): boolean {
    return this.#isKnown
  }

  tell (batch: ReadBatch): void {
    if ('snapshot' in batch) return this.tellSnapshot(batch.snapshot)
    for (const entry of batch.entries) this.#tellEntry(entry)
  }

  /** The log itself is not there any more. */
  tellSnapshot ({ task: { status: { state } }, meta, generation }: Snapshot): void {
    const { id } = this.#turn
    this.#position = generation
    if (isTerminal(state)) return this.#end()
    if (meta.turnId === id) {
      this.#begin()
      if (meta.turnEnded) this.#turn.close()
      else if (isInterrupted(state)) this.#turn.settle()
    } else if (meta.queued?.some(({ turnId }) => turnId === id) === true) this.#take()
    else if (this.#isKnown) this.#turn.close()
  }

  #tellEntry ({ generation, event }: Entry): void {
    this.#position = generation
    if ('statusUpdate' in event) this.#tellStatus(event)
    else if ('turn' in event && event.turn.turnId === this.#turn.id) this.#begin()
    else if ('queued' in event && event.queued.turnId === this.#turn.id) this.#take()
    else if ('turnEnded' in event && event.turnEnded.turnId === this.#turn.id) this.#turn.close()
    else if ('refused' in event && event.refused.turnId === this.#turn.id) {
      const { error, message, retryAfter } = event.refused
      this.#turn.refuse(new A2AError(error, message, retryAfter === undefined ? {} : { retryAfter }))
    }
  }

  #tellStatus ({ statusUpdate: { status: { state } } }: Extract<TaskEvent, { statusUpdate: unknown }>): void {
    if (isTerminal(state)) this.#end()
    else if (isInterrupted(state) && this.#hasBegun) this.#turn.settle()
  }

  #take (): void {
    this.#isKnown = true
    this.#turn.start(this.#start)
  }

  #begin (): void {
    this.#hasBegun = true
    this.#take()
  }

  #end (): void {
    if (this.#hasBegun) this.#turn.close()
    else this.#turn.refuse(new A2AError('UnsupportedOperationError', 'The task ended before the message was taken up'))
  }
}
