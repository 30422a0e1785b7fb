import type { Message, TaskState } from '../../schemas/v1/common.ts'
import { taskNotFound, type A2AError } from '../protocol/errors.ts'
import type { PushRecord } from '../push/records.ts'
import { timestamp } from './clock.ts'
import { generationMismatch } from './generation.ts'
import type { TaskCreated, TaskEvent } from './log.ts'
import { Progress, type ProgressLimits } from './progress.ts'
import type { Scope, Snapshot, TaskStore } from './store.ts'
import { TaskWriter, type WriterListener } from './writer.ts'

export type JournalSettings = {
  store: TaskStore
  /** Who writes; a name for logs. */
  holder: string
  /** How long a lease lasts without renewal, in ms. */
  leaseTtl: number
  limits: ProgressLimits
  /** Whether events say which change of the task they are, as A2A 1.1 drafts it. Default: false. */
  numbersChanges?: boolean
}

/**
 * The log of a task in the hands of its one writer: checks what may follow, and appends it.
 * Closed until the task is created or taken hold of, and after it was let go.
 */
export class Journal {
  readonly #scope: Scope
  readonly #taskId: string
  readonly #settings: JournalSettings
  readonly #listener: WriterListener
  readonly #progress: Progress
  #writer: TaskWriter | undefined

  constructor (scope: Scope, taskId: string, settings: JournalSettings, listener: WriterListener) {
    this.#scope = scope
    this.#taskId = taskId
    this.#settings = settings
    this.#listener = listener
    this.#progress = new Progress(taskId, settings.limits)
  }

  get state (): TaskState {
    return this.#progress.state
  }

  /** Whether the task is terminal. */
  get isOver (): boolean {
    return this.#progress.isOver
  }

  get isOpen (): boolean {
    return this.#writer !== undefined
  }

  /** Whether somebody else would have to wait for `release`. */
  get isHolding (): boolean {
    return this.#writer?.isHolding === true
  }

  create (created: TaskCreated, pushConfigs?: readonly PushRecord[]): void {
    this.#writer = this.#newWriter(undefined, pushConfigs)
    this.note({ created })
  }

  /**
   * Takes hold of a task that is there already, and answers it; undefined when somebody else has it.
   * @throws A2AError when it has gone
   */
  async open (): Promise<Snapshot | undefined> {
    const { store, holder, leaseTtl } = this.#settings
    const lease = await store.acquire(this.#scope, this.#taskId, { holder, ttl: leaseTtl })
    if (lease === undefined) return undefined
    // When this fails, the lease is left to run out: once it is released, nobody would look for what is left to do.
    const snapshot = await store.get(this.#scope, this.#taskId)
    if (snapshot === undefined) throw taskNotFound(this.#taskId)
    this.#progress.resume(snapshot)
    this.#writer = this.#newWriter({ lease, generation: snapshot.generation })
    return snapshot
  }

  /** Why a message that expects the task to be at `generation` is not taken; undefined when it is. */
  staleness (generation: number | undefined): A2AError | undefined {
    const current = this.#progress.changes ?? 0
    return generation === undefined || generation === current ? undefined : generationMismatch(this.#taskId, generation, current)
  }

  /** The store has acknowledged so many events. */
  get generation (): number {
    return this.#writer?.generation ?? 0
  }

  /** @throws MisuseError when the life cycle or a limit forbids the event */
  check (event: TaskEvent): void {
    this.#progress.check(event)
  }

  /** Appends what has been checked; resolves when there is room for more. */
  append (event: TaskEvent): Promise<void> {
    if (this.#writer === undefined) throw new Error('a task that is not stored cannot be appended to')
    if (this.#settings.numbersChanges === true) this.#progress.number(event)
    const written = this.#writer.push(event)
    this.#progress.take(event)
    return written
  }

  /**
   * Appends what no executor waits for; a writer that is broken has said so already.
   * @param letter the letter that the event answers
   */
  note (event: TaskEvent, letter?: string): void {
    try {
      if (letter !== undefined) this.#writer?.take(letter)
      void this.append(event)
    } catch {
      // `onBroken` has been called
    }
  }

  /** Takes away a letter that needs no answer in the log. */
  take (letter: string): void {
    this.#writer?.take(letter)
  }

  noteStatus (contextId: string, state: TaskState, message?: Message): void {
    this.note({
      statusUpdate: {
        taskId: this.#taskId,
        contextId,
        status: { state, ...message !== undefined && { message }, timestamp: timestamp() }
      }
    })
  }

  /** Resolves when everything is stored; rejects when it can't be. */
  async flush (): Promise<void> {
    await this.#writer?.flush()
  }

  get isWritable (): boolean {
    return this.isOpen && !this.isOver && !this.isBroken
  }

  /** Nothing can be written any more, though the task is still held. */
  get isBroken (): boolean {
    return this.#writer?.isBroken === true
  }

  /** Forgets a task that is in other hands, or will be when the lease has run out. */
  abandon (): void {
    this.#writer?.abandon()
    this.#writer = undefined
  }

  /** Lets go of the task, after what is still to be written. */
  async release (): Promise<void> {
    const writer = this.#writer
    this.#writer = undefined
    await writer?.release()
  }

  #newWriter (existing?: ConstructorParameters<typeof TaskWriter>[2], pushConfigs?: readonly PushRecord[]): TaskWriter {
    const { store, holder, leaseTtl } = this.#settings
    return new TaskWriter({ store, scope: this.#scope, taskId: this.#taskId, holder, leaseTtl, pushConfigs }, this.#listener, existing)
  }
}
