import type { Message, TaskState } from '../../schemas/v1/common.ts'
import { A2AError } from '../protocol/errors.ts'
import { timestamp } from './clock.ts'
import type { TaskCreated, TaskEvent } from './log.ts'
import { Progress, type ProgressLimits } from './progress.ts'
import type { Scope, TaskStore } from './store.ts'
import { TaskWriter, type WriterOptions } from './writer.ts'

export type JournalSettings = {
  store: TaskStore
  /** Who writes; a name for logs. */
  holder: string
  /** How long a lease lasts without renewal, in ms. */
  leaseTtl: number
  limits: ProgressLimits
}

/**
 * The log of a task in the hands of its one writer: checks what may follow, and appends it.
 * Closed until the task is created or taken hold of, and after it was let go.
 */
export class Journal {
  readonly #scope: Scope
  readonly #taskId: string
  readonly #settings: JournalSettings
  readonly #events: Pick<WriterOptions, 'onWritten' | 'onBroken'>
  readonly #progress: Progress
  #writer: TaskWriter | undefined

  constructor (scope: Scope, taskId: string, settings: JournalSettings, events: Pick<WriterOptions, 'onWritten' | 'onBroken'>) {
    this.#scope = scope
    this.#taskId = taskId
    this.#settings = settings
    this.#events = events
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

  create (created: TaskCreated): void {
    this.#writer = this.#newWriter()
    this.note({ created })
  }

  /** Takes hold of a task that is there already. @throws A2AError when somebody else has it, or it has gone */
  async open (): Promise<void> {
    const { store, holder, leaseTtl } = this.#settings
    const lease = await store.acquire(this.#scope, this.#taskId, { holder, ttl: leaseTtl })
    if (lease === undefined) throw new A2AError('UnavailableError', 'Another replica is working on this task', { retryAfter: 1000 })
    const snapshot = await store.get(this.#scope, this.#taskId)
    if (snapshot === undefined) throw new A2AError('TaskNotFoundError')
    this.#progress.resume(snapshot)
    this.#writer = this.#newWriter({ lease, generation: snapshot.generation })
  }

  /** @throws MisuseError when the life cycle or a limit forbids the event */
  check (event: TaskEvent): void {
    this.#progress.check(event)
  }

  /** Appends what has been checked; resolves when there is room for more. */
  append (event: TaskEvent): Promise<void> {
    if (this.#writer === undefined) throw new Error('a task that is not stored cannot be appended to')
    const written = this.#writer.push(event)
    this.#progress.take(event)
    return written
  }

  /** Appends what no executor waits for; a writer that is broken has said so already. */
  note (event: TaskEvent): void {
    try {
      void this.append(event)
    } catch {
      // `onBroken` has been called
    }
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

  /** Lets go of the task, after what is still to be written. */
  async release (): Promise<void> {
    const writer = this.#writer
    this.#writer = undefined
    await writer?.release()
  }

  #newWriter (existing?: ConstructorParameters<typeof TaskWriter>[1]): TaskWriter {
    const { store, holder, leaseTtl } = this.#settings
    return new TaskWriter({ store, scope: this.#scope, taskId: this.#taskId, holder, leaseTtl, ...this.#events }, existing)
  }
}
