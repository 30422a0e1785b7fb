import { A2AError } from '../protocol/errors.ts'
import type { Desk } from './desk.ts'
import { writeLetter } from './mail.ts'
import type { Queued } from './queued.ts'
import { hasLeftovers } from './salvage.ts'
import { refusedTurn } from './turn-events.ts'
import { recordOf } from './turn-record.ts'
import type { Turn } from './turn.ts'

/** How a replica that goes leaves a task to the others. */
export class Departure {
  readonly #desk: Desk
  /** The turn that was running; empty when turns are left that have not begun. */
  #left: string | undefined

  constructor (desk: Desk) {
    this.#desk = desk
  }

  /** A turn that is to run again elsewhere. */
  leave (turn: Turn): void {
    this.#left = turn.id
    turn.leave()
  }

  /** Turns are left that have not begun. */
  leaveOthers (): void {
    this.#left ??= ''
  }

  /** A turn that waits: it runs elsewhere, or its sender is told. */
  async dismiss ({ turn, isLogged, letter }: Queued): Promise<void> {
    const { journal } = this.#desk
    if (letter === undefined && turn.request.recovery.onCrash === 'fail') {
      const error = shuttingDown()
      turn.refuse(error)
      if (isLogged && !journal.isOver) journal.note(refusedTurn(turn.id, error))
      return
    }
    if (journal.isOver) return turn.close()
    if (isLogged) this.leaveOthers()
    else if (letter === undefined) {
      const { settings: { store }, scope, taskId } = this.#desk
      try {
        await store.post(scope, taskId, writeLetter({ turn: recordOf(turn.id, turn.request) }))
      } catch (error) {
        return turn.refuse(error)
      }
    }
    turn.leave()
  }

  /** Lets the others find the task as soon as it is released, where something is left to do. */
  async announce (): Promise<void> {
    const { journal, settings: { store }, scope, taskId } = this.#desk
    if (journal.isOver || !journal.isHolding) return
    await journal.flush()
    if (this.#left === undefined) {
      // It may have gone while it was about to go on with what somebody else had left.
      const snapshot = await store.get(scope, taskId)
      if (snapshot === undefined || !hasLeftovers(snapshot)) return
    }
    await leaveBehind(this.#desk, this.#left)
  }
}

/**
 * Lets others find a task as soon as it is released, though not everything is done.
 * @param turnId a turn that is to run again, whatever its recovery says
 * @throws StaleWriteError when the task is terminal in the store: then all is done
 */
export async function leaveBehind ({ settings: { store }, scope, taskId }: Desk, turnId = ''): Promise<void> {
  await store.post(scope, taskId, writeLetter({ handover: { turnId } }))
}

export function shuttingDown (): A2AError {
  return new A2AError('UnavailableError', 'The server is shutting down', { retryAfter: 1000 })
}
