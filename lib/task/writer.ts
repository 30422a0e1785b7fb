import { MisuseError } from '../agent/errors.ts'
import type { PushRecord } from '../push/records.ts'
import type { Lease, Scope, TaskStore, TaskWrite } from './store.ts'
import type { TaskEvent } from './log.ts'
import { Once } from './once.ts'
import { ready } from './ready.ts'
import { soon, type Errand } from './soon.ts'
import { isInterrupted, isTerminal } from './states.ts'
import { StaleWriteError, StoreUnavailableError } from './store-errors.ts'

/** Events that may wait for the store before an executor is held back. */
const room = 256
/** Between two attempts to reach a store that is away, in ms. */
const retryDelay = 250

export type WriterOptions = {
  store: TaskStore
  scope: Scope
  taskId: string
  /** Who writes, and for how long the lease lasts unrenewed. */
  holder: string
  leaseTtl: number
  /** Of a new task. */
  pushConfigs?: readonly PushRecord[] | undefined
}

/** Who is told what becomes of events. */
export interface WriterListener {
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
  readonly #listener: WriterListener
  #lease: Lease | undefined
  #generation: number
  #pending: TaskEvent[] = []
  /** Letters that the pending events answer. */
  #takes: string[] | undefined
  #isWriting = false
  /** The store has events that it has not answered for. */
  #isInFlight = false
  /** The end of the event loop's turn is awaited. */
  #gathering: Errand | undefined
  /** Nothing is left to write. */
  #drained: Once<void> | undefined
  #broken: { error: unknown } | undefined
  #renewal: NodeJS.Timeout | undefined

  /** @param existing the lease and generation of a task that is there already; without it the first append creates the task */
  constructor (options: WriterOptions, listener: WriterListener, existing?: { lease: Lease, generation: number }) {
    this.#options = options
    this.#listener = listener
    this.#lease = existing?.lease
    this.#generation = existing?.generation ?? 0
    if (existing !== undefined) this.#keepLease()
  }

  /** What the store has acknowledged. */
  get generation (): number {
    return this.#generation
  }

  /** Takes a letter away, with the next events that are pushed. */
  take (letter: string): void {
    if (this.#lease === undefined && !this.#isInFlight) return // the end of the task takes all letters away
    this.#takes ??= []
    this.#takes.push(letter)
    this.#gather()
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
    return this.#lease !== undefined || this.#isInFlight || this.#hasPending
  }

  /**
   * Lets go of the task, after what is still to be written. Rejects when that can't be written after all: then the
   * lease is left to run out, so that others find what is missing.
   */
  async release (): Promise<void> {
    const isKnownBroken = this.#broken !== undefined
    this.#hurry()
    await this.#whenDrained()
    clearInterval(this.#renewal)
    const lease = this.#lease
    this.#lease = undefined
    if (lease === undefined || this.#isLost) return
    if (this.#broken !== undefined && !isKnownBroken) throw this.#broken.error
    await this.#release(lease)
  }

  /** Who waits for the task need not wait until the lease has run out, because of one moment. */
  async #release (lease: Lease): Promise<void> {
    const { store, scope, taskId } = this.#options
    try {
      await store.release(scope, taskId, lease)
    } catch (error) {
      const again = () => {
        if (Date.now() < lease.expiresAt) this.#release(lease).catch(() => {}) // it has been said already
      }
      setTimeout(again, retryDelay).unref()
      throw error
    }
  }

  /** Nothing can be written any more, though the task is still held. */
  get isBroken (): boolean {
    return this.#broken !== undefined && !this.#isLost
  }

  /** Forgets the lease: it runs out by itself, or somebody else has it. */
  abandon (): void {
    this.#lease = undefined
    clearInterval(this.#renewal)
  }

  get #isLost (): boolean {
    return this.#broken !== undefined && isLeaseLost(this.#broken.error)
  }

  get #hasPending (): boolean {
    return this.#pending.length > 0 || this.#takes !== undefined
  }

  get #isBusy (): boolean {
    return this.#broken === undefined && (this.#isWriting || this.#hasPending)
  }

  #whenDrained (): Promise<void> {
    if (!this.#isBusy) return ready
    this.#drained ??= new Once()
    return this.#drained.promise
  }

  /** What an executor says in one turn of the event loop goes together. */
  #gather (): void {
    this.#gathering ??= this.#later()
  }

  /** Apart: a function that makes a closure takes room for it at each call, and most events find one waiting. */
  #later (): Errand {
    return soon(() => this.#hurry())
  }

  #hurry (): void {
    this.#gathering?.drop()
    this.#gathering = undefined
    if (!this.#isWriting && this.#hasPending && this.#broken === undefined) void this.#write()
  }

  async #write (): Promise<void> {
    this.#isWriting = true
    try {
      do {
        const events = this.#pending
        const takes = this.#takes
        this.#pending = []
        this.#takes = undefined
        this.#isInFlight = true
        try {
          await this.#store(events, takes)
        } catch (error) {
          await this.#storeAgain(events, takes, error)
        }
        this.#isInFlight = false
        if (this.#broken !== undefined) return // nobody waits for this any more
        if (events.some(isEnd)) this.#lease = this.#takes = undefined // the store has taken them back
        this.#listener.onWritten(events)
      } while (this.#hasPending && this.#broken === undefined)
    } catch (error) {
      this.#isInFlight = false
      this.#break(error)
    }
    this.#isWriting = false
    this.#drained?.resolve()
    this.#drained = undefined
    if (this.#lease !== undefined && this.#broken === undefined) this.#keepLease()
  }

  #store (events: readonly TaskEvent[], takes: readonly string[] | undefined): Promise<void> {
    const { store, scope, taskId, holder, leaseTtl, pushConfigs } = this.#options
    if (this.#lease === undefined) {
      return store.create(scope, events, { holder, ttl: leaseTtl }, pushConfigs).then(({ generation, lease }) => {
        this.#generation = generation
        this.#lease = lease
      })
    }
    const write: TaskWrite = { expected: this.#generation, lease: this.#lease, events }
    if (takes !== undefined) write.takes = takes
    return store.append(scope, taskId, write).then(generation => {
      this.#generation = generation
    })
  }

  /** A store may be away for a moment without the task being lost: the lease outlasts it, unless somebody else takes it. */
  async #storeAgain (events: readonly TaskEvent[], takes: readonly string[] | undefined, failure: unknown): Promise<void> {
    let error = failure
    while (error instanceof StoreUnavailableError && this.#canWait(this.#lease)) {
      await new Promise(resolve => setTimeout(resolve, retryDelay))
      try {
        return await this.#store(events, takes)
      } catch (again) {
        if (again instanceof StaleWriteError && await this.#hasArrived(events)) return
        error = again
      }
    }
    throw error
  }

  /** Whether a write whose answer was lost has been made after all: nobody else writes while the lease is held. */
  async #hasArrived (events: readonly TaskEvent[]): Promise<boolean> {
    const { store, scope, taskId, leaseTtl } = this.#options
    const snapshot = await store.get(scope, taskId)
    const generation = this.#generation + events.length
    if (this.#lease === undefined || snapshot?.generation !== generation) return false
    const isMine = events.some(event => isEnd(event) && event.statusUpdate.status.state === snapshot.task.status.state) ||
      await store.renew(scope, taskId, this.#lease, leaseTtl) !== undefined
    if (isMine) this.#generation = generation
    return isMine
  }

  #canWait (lease: Lease | undefined): lease is Lease {
    return lease !== undefined && this.#broken === undefined && Date.now() < lease.expiresAt + this.#options.leaseTtl
  }

  #keepLease (): void {
    if (this.#renewal !== undefined) return
    const { store, scope, taskId, leaseTtl } = this.#options
    this.#renewal = setInterval(() => {
      const held = this.#lease
      if (held === undefined) return
      // A store that does not even answer: somebody else has taken the task long since.
      if (!this.#canWait(held)) return this.#break(leaseLost(taskId))
      store.renew(scope, taskId, held, leaseTtl).then(lease => {
        if (this.#lease === undefined) return
        if (lease === undefined) this.#break(leaseLost(taskId))
        else this.#lease = lease
      }, error => {
        if (!this.#canWait(held)) this.#break(error)
      })
    }, leaseTtl / 3)
    this.#renewal.unref()
  }

  #break (error: unknown): void {
    if (this.#broken !== undefined) return
    this.#broken = { error }
    this.#pending = []
    this.#takes = undefined
    clearInterval(this.#renewal)
    this.#drained?.resolve()
    this.#drained = undefined
    this.#listener.onBroken(error)
  }
}

function leaseLost (taskId: string): MisuseError {
  return new MisuseError('A2A_ERR_LEASE_LOST', `the lease of task ${taskId} is lost`)
}

/** Whether a writer broke because the task is in other hands now. */
export function isLeaseLost (error: unknown): boolean {
  return error instanceof StaleWriteError || (error instanceof MisuseError && error.code === 'A2A_ERR_LEASE_LOST')
}

/** A task that ends or waits: its client does, too. */
function isAwaited (event: TaskEvent): boolean {
  if (!('statusUpdate' in event)) return 'turnEnded' in event
  const { state } = event.statusUpdate.status
  return isTerminal(state) || isInterrupted(state)
}

function isEnd (event: TaskEvent): event is Extract<TaskEvent, { statusUpdate: unknown }> {
  return 'statusUpdate' in event && isTerminal(event.statusUpdate.status.state)
}
