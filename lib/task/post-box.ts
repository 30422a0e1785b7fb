import { A2AError } from '../protocol/errors.ts'
import type { Desk } from './desk.ts'
import type { Letter } from './letters.ts'
import { readLetter } from './mail.ts'
import type { Snapshot } from './store.ts'
import { refusedTurn } from './turn-events.ts'
import type { TurnRecord } from './turn-record.ts'

/** Reads the letters to a task for its runner, each of them once. */
export class PostBox {
  readonly #desk: Desk
  readonly #read = new Set<string>()
  #collected: Promise<void> = Promise.resolve()

  constructor (desk: Desk) {
    this.#desk = desk
  }

  /** Resolves when what is there has been read. Never rejects. */
  collect (): Promise<void> {
    this.#collected = this.#collected.then(() => this.#collect()).catch(error => {
      // They are still there: whoever takes the task next is told of them.
      this.#desk.settings.log.warn({ err: error, taskId: this.#desk.taskId }, 'the letters to a task could not be read')
    })
    return this.#collected
  }

  async #collect (): Promise<void> {
    const { settings: { store }, scope, taskId } = this.#desk
    const letters = (await store.letters(scope, taskId)).filter(({ id }) => !this.#read.has(id))
    if (letters.length === 0) return
    const snapshot = await store.get(scope, taskId)
    if (snapshot === undefined) return
    for (const letter of letters) {
      // A runner that is done leaves the rest to the next one.
      if (!this.#desk.isWorking || this.#desk.isLeaving) return
      this.#read.add(letter.id)
      await this.#answer(letter, snapshot)
    }
  }

  async #answer (letter: Letter, snapshot: Snapshot): Promise<void> {
    const { settings, scope, taskId, owner, journal } = this.#desk
    const mail = readLetter(letter)
    if (mail === undefined || 'handover' in mail || 'start' in mail) journal.take(letter.id)
    else if ('cancel' in mail) owner.cancelTask(scope, taskId, () => settings.restore(scope, mail.cancel, snapshot))
    else await this.#take(letter.id, mail.turn, snapshot)
  }

  async #take (letter: string, record: TurnRecord, snapshot: Snapshot): Promise<void> {
    const { settings, scope, owner, journal } = this.#desk
    const { turnId } = record
    const isLogged = (snapshot.meta.turnId === turnId && !snapshot.meta.turnEnded) || snapshot.meta.queued?.some(turn => turn.turnId === turnId) === true
    if (isLogged || this.#desk.knows(turnId)) return journal.take(letter)
    try {
      const request = await settings.restore(scope, record, snapshot)
      if (!this.#desk.isWorking || this.#desk.isLeaving) {
        this.#read.delete(letter)
        return
      }
      if (!owner.hasRoom) throw new A2AError('UnavailableError', 'The agent that works on this task has no room for another message', { retryAfter: 1000 })
      this.#desk.accept(owner.adopt(request, turnId), letter)
    } catch (error) {
      journal.note(refusedTurn(turnId, error), letter)
    }
  }
}
