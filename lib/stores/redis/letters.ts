import type { Letter, TaskRef } from '../../task/letters.ts'
import type { StopSignal } from '../../task/stop.ts'
import type { Scope } from '../../task/store.ts'
import { outlasting } from '../shared/outlasting.ts'
import { refusal } from '../shared/refusal.ts'
import type { Connection } from './connection.ts'
import type { Feed } from './feed.ts'
import { nameKey, type Keys } from './keys.ts'
import { refOf } from './leases.ts'
import * as scripts from './lua/letters.ts'

/** Characters that stand before the body of a letter: its place among the others. */
const placeSize = 16

/** Letters to those who work on tasks. */
export class LetterBoxes {
  readonly #connection: Connection
  readonly #keys: Keys
  readonly #feed: Feed

  constructor (connection: Connection, keys: Keys, feed: Feed) {
    this.#connection = connection
    this.#keys = keys
    this.#feed = feed
  }

  async post (scope: Scope, taskId: string, { id, body }: Letter): Promise<void> {
    // JSON keeps halves of surrogate pairs, which UTF-8 can't.
    const answer = await this.#connection.runOn(this.#keys.place(scope, taskId), scripts.post, nameKey(id), JSON.stringify(body))
    if (answer !== 'posted') throw refusal(String(answer), taskId)
  }

  /** Oldest first. */
  async of (scope: Scope, taskId: string): Promise<Letter[]> {
    const answer = await this.#connection.runOn(this.#keys.place(scope, taskId), scripts.letters) as string[] // ids and bodies in turns
    const found: Array<{ id: string, text: string }> = []
    for (let i = 0; i < answer.length; i += 2) found.push({ id: answer[i] ?? '', text: answer[i + 1] ?? '' })
    found.sort((a, b) => a.text.slice(0, placeSize) < b.text.slice(0, placeSize) ? -1 : 1)
    return found.map(({ id, text }) => ({ id: JSON.parse(id) as string, body: JSON.parse(text.slice(placeSize)) as string }))
  }

  async * watch (holder: string, signal: StopSignal, isOver: () => boolean): AsyncGenerator<TaskRef> {
    const { tags } = this.#keys
    const key = nameKey(holder)
    const ear = this.#feed.openMail(tags, key)
    ear.mustLook = true
    try {
      while (!isOver()) {
        ear.mustLook = false
        for (const tag of tags) {
          const names = await outlasting(Infinity, isOver, () => this.#connection.run(scripts.mail, tag, key)) as string[] // as the script answers
          for (const name of names) yield refOf(name)
        }
        if (!isOver()) await ear.news(signal)
      }
    } catch (error) {
      if (!isOver()) throw error
    } finally {
      this.#feed.closeMail(tags, key, ear)
    }
  }
}
