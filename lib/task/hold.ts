import { leaveBehind, type Departure } from './departure.ts'
import type { Desk } from './desk.ts'
import type { TurnQueue } from './queued.ts'
import { hasLeftovers, salvage } from './salvage.ts'
import type { Snapshot } from './store.ts'

/** Takes hold of a task, and lets go of it, so that nothing that is left to do is lost. */
export class Hold {
  readonly #desk: Desk
  readonly #queue: TurnQueue
  /** The task as it was taken hold of, until the first turn begins. */
  #opened: Snapshot | undefined

  constructor (desk: Desk, queue: TurnQueue) {
    this.#desk = desk
    this.#queue = queue
  }

  /** Whether the task is held, with all that was left to do done; not so while somebody else has it. */
  async take (): Promise<boolean> {
    const { journal } = this.#desk
    if (journal.isBroken) await this.letGo()
    if (journal.isOpen || journal.isOver) return true
    const opened = await journal.open()
    if (opened === undefined) return false
    this.#opened = opened
    if (!hasLeftovers(opened) || this.#desk.isCanceling) return true
    try {
      await salvage(this.#desk, opened)
    } catch (error) {
      await this.letGo()
      throw error
    }
    return journal.isOpen || journal.isOver
  }

  /** The first turn has begun: what came before the task was held stands behind it. */
  begun (): void {
    if (this.#opened !== undefined) this.#queue.logAll(this.#opened)
    this.#opened = undefined
  }

  /** Everything is done, or left to others by a replica that goes. */
  async release (departure: Departure | undefined): Promise<void> {
    const { journal, settings, taskId } = this.#desk
    if (journal.isBroken) return await this.letGo()
    try {
      await departure?.announce()
      await journal.release()
    } catch (error) {
      journal.abandon()
      settings.log.warn({ err: error, taskId }, 'the lease of a task could not be released')
    }
  }

  /** What is not done is for whoever finds the task. */
  async letGo (): Promise<void> {
    const { journal } = this.#desk
    this.#queue.referAll(journal.generation)
    try {
      await leaveBehind(this.#desk)
      await journal.release()
    } catch {
      journal.abandon() // it is found when the lease has run out
    }
  }
}
