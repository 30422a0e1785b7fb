import type { Letter, TaskRef } from '../../task/letters.ts'
import type { StopSignal } from '../../task/stop.ts'
import type { TaskRecord } from './record.ts'

/** A task that has letters, and since when. */
type Mail = { readonly letters: Letter[], readonly since: number }

/** Letters to those who work on tasks, and which tasks nobody works on any more. */
export class Letters {
  readonly #mail = new Map<TaskRecord, Mail>()
  readonly #leased = new Set<TaskRecord>()
  readonly #watchers = new Map<string, Set<Watcher>>()

  /** Somebody works on the task from now on. */
  taken (record: TaskRecord): void {
    this.#leased.add(record)
    if (this.#mail.has(record)) this.#tell(record)
  }

  /** The lease was given back. */
  released (record: TaskRecord): void {
    this.#leased.delete(record)
  }

  /** The task is over, or gone, and its letters with it. */
  ended (record: TaskRecord): void {
    this.#leased.delete(record)
    this.#mail.delete(record)
  }

  post (record: TaskRecord, letter: Letter): void {
    const { letters } = this.#mail.get(record) ?? this.#open(record)
    if (letters.some(({ id }) => id === letter.id)) return
    letters.push(letter)
    this.#tell(record)
  }

  of (record: TaskRecord): Letter[] {
    return this.#mail.get(record)?.letters.slice() ?? []
  }

  take (record: TaskRecord, ids: readonly string[]): void {
    const mail = this.#mail.get(record)
    if (mail === undefined) return
    const rest = mail.letters.filter(({ id }) => !ids.includes(id))
    if (rest.length === 0) this.#mail.delete(record)
    else this.#mail.set(record, { letters: rest, since: mail.since })
  }

  async * watch (holder: string, signal: StopSignal): AsyncGenerator<TaskRef> {
    const watcher = new Watcher(signal)
    const watchers = this.#watchers.get(holder) ?? new Set()
    this.#watchers.set(holder, watchers.add(watcher))
    for (const record of this.#mail.keys()) if (record.holder === holder) watcher.tell(record)
    try {
      yield * watcher.run()
    } finally {
      watchers.delete(watcher)
      if (watchers.size === 0 && this.#watchers.get(holder) === watchers) this.#watchers.delete(holder)
    }
  }

  /** Longest waiting first. Looks at those alone that are leased or have mail. */
  abandoned (agent: string, limit: number): TaskRef[] {
    const time = Date.now()
    const found = new Map<TaskRecord, number>()
    for (const record of this.#leased) {
      const { lease, scope: { scope } } = record
      if (scope.agent === agent && lease !== undefined && lease.expiresAt <= time) found.set(record, lease.expiresAt)
    }
    for (const [record, { since }] of this.#mail) {
      if (record.scope.scope.agent === agent && !this.#leased.has(record)) found.set(record, since)
    }
    return [...found].sort(([, a], [, b]) => a - b).slice(0, limit).map(([record]) => refOf(record))
  }

  #open (record: TaskRecord): Mail {
    const mail = { letters: [], since: Date.now() }
    this.#mail.set(record, mail)
    return mail
  }

  #tell (record: TaskRecord): void {
    const { holder } = record
    if (holder === undefined) return
    for (const watcher of this.#watchers.get(holder) ?? []) watcher.tell(record)
  }
}

/** One reader of what there is to tell a holder. */
class Watcher {
  readonly #signal: StopSignal
  readonly #news = new Set<TaskRecord>()
  #wake: (() => void) | undefined

  constructor (signal: StopSignal) {
    this.#signal = signal
  }

  tell (record: TaskRecord): void {
    this.#news.add(record)
    this.#wake?.()
  }

  async * run (): AsyncGenerator<TaskRef> {
    while (!this.#signal.aborted) {
      for (const record of this.#news) {
        this.#news.delete(record)
        yield refOf(record)
      }
      if (this.#news.size === 0 && !this.#signal.aborted) await this.#something()
    }
  }

  #something (): Promise<void> {
    return new Promise(resolve => {
      this.#wake = () => {
        this.#wake = undefined
        this.#signal.removeEventListener('abort', wake)
        resolve()
      }
      const wake = () => this.#wake?.()
      this.#signal.addEventListener('abort', wake, { once: true })
    })
  }
}

function refOf (record: TaskRecord): TaskRef {
  return { scope: record.scope.scope, taskId: record.id }
}
