import { MisuseError } from '../agent/errors.ts'
import type { Lease, Scope, TaskStore } from './store.ts'
import type { TaskEvent } from './log.ts'
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
  /** The store has taken these; `generation` is that of the last one. */
  onWritten (events: readonly TaskEvent[], generation: number): void
  /** Nothing can be written any more: the lease is lost, or the store has failed. */
  onBroken (error: unknown): void
}

/**
 * Appends the events of one task in order, one append at a time. What comes in the same turn of the event loop,
 * or while an append is under way, goes into one append.
 */
export class TaskWriter {
  readonly #options: WriterOptions
  #lease: Lease | undefined
  #generation: number
  #pending: TaskEvent[] = []
  #draining: Promise<void> | undefined
  #broken: { error: unknown } | undefined
  #renewal: NodeJS.Timeout | undefined
  /** Ends the gathering of events. */
  #hurry: (() => void) | undefined

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
    this.#draining ??= this.#drain()
    if (isAwaited(event)) this.#hurry?.()
    return this.#pending.length < room ? ready : this.#draining
  }

  /** Resolves when everything pushed so far is stored; rejects when it can't be. */
  async flush (): Promise<void> {
    this.#hurry?.()
    while (this.#draining !== undefined) await this.#draining
    if (this.#broken !== undefined) throw this.#broken.error
  }

  /** Whether somebody else has to wait for `release`. */
  get isHolding (): boolean {
    return this.#lease !== undefined || this.#draining !== undefined
  }

  /** Lets go of the task, after what is still to be written. */
  async release (): Promise<void> {
    this.#hurry?.()
    await this.#draining
    clearInterval(this.#renewal)
    const lease = this.#lease
    this.#lease = undefined
    if (lease !== undefined && this.#broken === undefined) {
      await this.#options.store.release(this.#options.scope, this.#options.taskId, lease)
    }
  }

  async #drain (): Promise<void> {
    const { store, scope, taskId, holder, leaseTtl } = this.#options
    try {
      while (this.#pending.length > 0 && this.#broken === undefined) {
        await (this.#pending.some(isAwaited) ? ready : this.#gather())
        const events = this.#pending
        this.#pending = []
        if (this.#lease === undefined) {
          const created = await store.create(scope, events, { holder, ttl: leaseTtl })
          this.#generation = created.generation
          this.#lease = created.lease
        } else {
          this.#generation = await store.append(scope, taskId, { expected: this.#generation, lease: this.#lease, events })
        }
        if (events.some(isEnd)) this.#lease = undefined // the store has taken it back
        this.#options.onWritten(events, this.#generation)
      }
    } catch (error) {
      this.#break(error)
    } finally {
      this.#draining = undefined
      if (this.#lease !== undefined && this.#broken === undefined) this.#keepLease()
    }
  }

  /** What an executor says in one turn of the event loop goes together; what somebody waits for goes at once. */
  #gather (): Promise<void> {
    return new Promise(resolve => {
      this.#hurry = () => {
        this.#hurry = undefined
        resolve()
      }
      soon(this.#hurry)
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
