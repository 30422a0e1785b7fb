import { MisuseError } from '../agent/errors.ts'
import type { Lease, Scope, TaskStore } from './store.ts'
import type { TaskEvent } from './log.ts'
import { Once } from './once.ts'
import { soon } from './soon.ts'
import { isInterrupted, isTerminal } from './states.ts'

/** Events that may wait for the store before an executor is held back. */
const room = 256
const ready = Promise.resolve()

export type WriterOptions = {
  store: TaskStore
  scope: Scope
  taskId: string
  /** Who writes, and for how long the lease lasts unrenewed. */
  holder: string
  leaseTtl: number
  /** The store has taken these. */
  onWritten (events: readonly TaskEvent[]): void
  /** Nothing can be written any more: the lease is lost, or the store has failed. */
  onBroken (error: unknown): void
}

/**
 * Appends the events of one task in order, one append at a time. What comes in the same turn of the event loop,
 * or while an append is under way, goes into one append; what somebody waits for goes at once.
 */
export class TaskWriter {
  readonly #options: WriterOptions
  #lease: Lease | undefined
  #generation: number
  #pending: TaskEvent[] = []
  #isWriting = false
  /** The store has events that it has not answered for. */
  #isInFlight = false
  /** The event loop's turn is awaited. */
  #isGathering = false
  /** Nothing is left to write. */
  #drained: Once<void> | undefined
  #broken: { error: unknown } | undefined
  #renewal: NodeJS.Timeout | undefined

  /** @param existing the lease and generation of a task that is there already; without it the first append creates the task */
  constructor (options: WriterOptions, existing?: { lease: Lease, generation: number }) {
    this.#options = options
    this.#lease = existing?.lease
    this.#generation = existing?.generation ?? 0
    if (existing !== undefined) this.#keepLease()
  }

  /** Resolves when there is room for more. */
  push (event: TaskEvent): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken.error
    this.#pending.push(event)
    if (isAwaited(event)) this.#hurry()
    else this.#gather()
    return this.#pending.length < room ? ready : this.#whenDrained()
  }

  /** Resolves when everything pushed so far is stored; rejects when it can't be. */
  async flush (): Promise<void> {
    this.#hurry()
    await this.#whenDrained()
    if (this.#broken !== undefined) throw this.#broken.error
  }

  /** Whether somebody else has to wait for `release`. */
  get isHolding (): boolean {
    return this.#lease !== undefined || this.#isInFlight || this.#pending.length > 0
  }

  /** Lets go of the task, after what is still to be written. */
  async release (): Promise<void> {
    this.#hurry()
    await this.#whenDrained()
    clearInterval(this.#renewal)
    const lease = this.#lease
    this.#lease = undefined
    if (lease !== undefined && this.#broken === undefined) {
      await this.#options.store.release(this.#options.scope, this.#options.taskId, lease)
    }
  }

  get #isBusy (): boolean {
    return this.#isWriting || (this.#pending.length > 0 && this.#broken === undefined)
  }

  #whenDrained (): Promise<void> {
    if (!this.#isBusy) return ready
    this.#drained ??= new Once()
    return this.#drained.promise
  }

  /** What an executor says in one turn of the event loop goes together. */
  #gather (): void {
    if (this.#isGathering) return
    this.#isGathering = true
    soon(() => {
      this.#isGathering = false
      this.#hurry()
    })
  }

  #hurry (): void {
    if (!this.#isWriting && this.#pending.length > 0 && this.#broken === undefined) void this.#write()
  }

  async #write (): Promise<void> {
    this.#isWriting = true
    try {
      do {
        const events = this.#pending
        this.#pending = []
        this.#isInFlight = true
        await this.#store(events)
        this.#isInFlight = false
        if (events.some(isEnd)) this.#lease = undefined // the store has taken it back
        this.#options.onWritten(events)
      } while (this.#pending.length > 0 && this.#broken === undefined)
    } catch (error) {
      this.#isInFlight = false
      this.#break(error)
    }
    this.#isWriting = false
    this.#drained?.resolve()
    this.#drained = undefined
    if (this.#lease !== undefined && this.#broken === undefined) this.#keepLease()
  }

  #store (events: readonly TaskEvent[]): Promise<void> {
    const { store, scope, taskId, holder, leaseTtl } = this.#options
    if (this.#lease === undefined) {
      return store.create(scope, events, { holder, ttl: leaseTtl }).then(({ generation, lease }) => {
        this.#generation = generation
        this.#lease = lease
      })
    }
    return store.append(scope, taskId, { expected: this.#generation, lease: this.#lease, events }).then(generation => {
      this.#generation = generation
    })
  }

  #keepLease (): void {
    if (this.#renewal !== undefined) return
    const { store, scope, taskId, leaseTtl } = this.#options
    this.#renewal = setInterval(() => {
      if (this.#lease === undefined) return
      const held = this.#lease
      store.renew(scope, taskId, held, leaseTtl).then(lease => {
        if (this.#lease === undefined) return
        if (lease === undefined) this.#break(new MisuseError('A2A_ERR_LEASE_LOST', `the lease of task ${taskId} is lost`))
        else this.#lease = lease
      }, error => {
        if (held.expiresAt <= Date.now()) this.#break(error)
      })
    }, leaseTtl / 3)
    this.#renewal.unref()
  }

  #break (error: unknown): void {
    if (this.#broken !== undefined) return
    this.#broken = { error }
    this.#pending = []
    clearInterval(this.#renewal)
    this.#options.onBroken(error)
  }
}

/** A task that ends or waits: its client does, too. */
function isAwaited (event: TaskEvent): boolean {
  if ('statusUpdate' in event) {
    const { state } = event.statusUpdate.status
    return isTerminal(state) || isInterrupted(state)
  }
  return 'turnEnded' in event
}

function isEnd (event: TaskEvent): boolean {
  return 'statusUpdate' in event && isTerminal(event.statusUpdate.status.state)
}
