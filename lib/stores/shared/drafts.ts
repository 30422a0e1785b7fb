import { beginFold, fold, metaOf, toJson, type Folding } from '../../task/fold.ts'
import type { TaskEvent } from '../../task/log.ts'
import { isInterrupted, isTerminal } from '../../task/states.ts'
import type { SnapshotMeta } from '../../task/store.ts'

/** Tasks whose writer is in this process, at most; one that is missing is read again. */
const maxDrafts = 1000
/** Characters of events that are left unfolded at least. */
const minTail = 65_536

/** A snapshot as it is stored. */
export type StoredSnapshot = { readonly task: string, readonly meta: string }

/** A task as its writer knows it: what a snapshot is made from without reading the log. */
export class Draft {
  readonly #folding: Folding
  readonly #maxHistory: number | undefined
  #generation: number
  /** Characters of the events since the last snapshot, and of that snapshot. */
  #tail = 0
  #size = 0

  constructor (folding: Folding, generation: number, maxHistory: number | undefined) {
    this.#folding = folding
    this.#generation = generation
    this.#maxHistory = maxHistory
  }

  /** From the events that make a task. */
  static create (events: readonly TaskEvent[]): Draft {
    const [first, ...rest] = events
    if (first === undefined || !('created' in first)) throw new TypeError('the first event of a task is `created`')
    const draft = new Draft(beginFold(first.created), 1, first.created.maxHistory)
    draft.take(rest)
    return draft
  }

  get generation (): number {
    return this.#generation
  }

  get folding (): Folding {
    return this.#folding
  }

  /** When its status was set, in ms. */
  get updatedAt (): number {
    return Date.parse(this.#folding.task.status.timestamp ?? '') || Date.now()
  }

  take (events: readonly TaskEvent[]): void {
    for (const event of events) fold(this.#folding, event, this.#maxHistory)
    this.#generation += events.length
  }

  /**
   * The snapshot that is to go with these events, which have been taken. A task that ends or waits gets one; a long
   * log gets one whenever it has doubled, so that what snapshots cost stays in proportion to what is written.
   */
  snapshotFor (texts: readonly string[]): StoredSnapshot | undefined {
    for (const text of texts) this.#tail += text.length
    const { state } = this.#folding.task.status
    const isQuiet = isTerminal(state) || (isInterrupted(state) && this.#folding.turnEnded)
    if (!isQuiet && this.#tail < Math.max(minTail, this.#size)) return undefined
    const task = toJson(this.#folding)
    this.#tail = 0
    this.#size = task.length
    return { task, meta: JSON.stringify(this.meta) }
  }

  get meta (): SnapshotMeta {
    return metaOf(this.#folding, this.#generation, this.#maxHistory)
  }
}

/** The drafts of this process, those that were used last. */
export class Drafts {
  readonly #drafts = new Map<string, Draft>()

  /** Takes a draft out: it is put back when what it was changed by has been written. */
  take (key: string, generation: number): Draft | undefined {
    const draft = this.#drafts.get(key)
    this.#drafts.delete(key)
    return draft?.generation === generation ? draft : undefined
  }

  put (key: string, draft: Draft): void {
    this.#drafts.set(key, draft)
    const oldest = this.#drafts.size > maxDrafts ? this.#drafts.keys().next().value : undefined
    if (oldest !== undefined) this.#drafts.delete(oldest)
  }
}
