import { entriesOf, type Entry, type TaskEvent } from '../../task/log.ts'

/** The events of one append, read once for all who read the task in this process. */
export class Batch {
  /** Of the last event. */
  readonly generation: number
  readonly #text: string
  #entries: readonly Entry[] | undefined

  /** @param text the events as a JSON array */
  constructor (generation: number, text: string, events?: readonly TaskEvent[]) {
    this.generation = generation
    this.#text = text
    if (events !== undefined) this.#entries = number(generation, events)
  }

  /** In characters. */
  get size (): number {
    return this.#text.length
  }

  get entries (): readonly Entry[] {
    this.#entries ??= number(this.generation, JSON.parse(this.#text) as TaskEvent[]) // as `append` wrote it
    return this.#entries
  }

  /** Where the batch begins: the generation before its first event. */
  get after (): number {
    return this.generation - this.entries.length
  }

  /** What comes after a generation. */
  since (after: number): readonly Entry[] {
    return after <= this.after ? this.entries : this.entries.slice(after - this.after)
  }
}

function number (generation: number, events: readonly TaskEvent[]): Entry[] {
  return entriesOf(generation - events.length + 1, events)
}
