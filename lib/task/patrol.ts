import type { Logger } from '../agent/executor.ts'
import type { TaskRef } from './letters.ts'
import { Stop } from './stop.ts'
import type { TaskStore } from './store.ts'

/** Tasks that are looked at in one round; there is another at once where there were as many. */
const roundSize = 50
/** Between two attempts to listen to a store that is away, in ms. */
const listenDelay = 1000

export type PatrolOptions = {
  store: TaskStore
  /** Who this process is in the store. */
  holder: string
  /** How long leases last, in ms. */
  leaseTtl: number
  /** The agents whose tasks are looked after. */
  agents (): Iterable<string>
  /** Takes up a task that nobody works on. Answers whether that is being tried. */
  takeUp (task: TaskRef): boolean | Promise<boolean>
  /** There are letters to a task that this process holds. */
  collect (task: TaskRef): void
  log: Logger
}

/** Looks for tasks that other replicas have left behind, and listens for what they ask of this one. */
export class Patrol {
  readonly #options: PatrolOptions
  readonly #stop = new Stop()
  #timer: NodeJS.Timeout | undefined
  #isOff = false
  #isWalking = false
  #isWorried = false

  constructor (options: PatrolOptions) {
    this.#options = options
  }

  start (): void {
    void this.#listen()
    this.#timer = setTimeout(() => { void this.#walk() }, 0).unref()
  }

  /** Takes up nothing more; letters are still heard of. */
  rest (): void {
    this.#isOff = true
    clearTimeout(this.#timer)
  }

  stop (): void {
    this.rest()
    this.#stop.stop()
  }

  async #listen (): Promise<void> {
    const { store, holder, collect } = this.#options
    while (!this.#stop.aborted) {
      try {
        for await (const task of store.watch(holder, this.#stop)) collect(task)
      } catch (error) {
        this.#worry(error)
      }
      if (!this.#stop.aborted) await this.#pause()
    }
  }

  /** Ends early when this process goes. */
  #pause (): Promise<void> {
    return new Promise(resolve => {
      const done = () => {
        clearTimeout(timer)
        this.#stop.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, listenDelay).unref()
      this.#stop.addEventListener('abort', done)
    })
  }

  async #walk (): Promise<void> {
    if (this.#isWalking) return
    this.#isWalking = true
    try {
      for (const agent of this.#options.agents()) while (!this.#isOff && await this.#round(agent));
      this.#isWorried = false
    } catch (error) {
      this.#worry(error)
    }
    this.#isWalking = false
    if (this.#isOff) return
    // Not all replicas at once.
    const delay = this.#options.leaseTtl / 3 * (0.8 + 0.2 * Math.random())
    this.#timer = setTimeout(() => { void this.#walk() }, delay).unref()
  }

  /** @returns whether there may be more */
  async #round (agent: string): Promise<boolean> {
    const found = await this.#options.store.abandoned(agent, roundSize)
    let taken = 0
    for (const task of found) {
      if (this.#isOff) return false
      if (await this.#options.takeUp(task)) taken++
    }
    return found.length === roundSize && taken > 0
  }

  /** Once for each outage. */
  #worry (error: unknown): void {
    if (this.#isWorried || this.#stop.aborted) return
    this.#isWorried = true
    this.#options.log.warn({ err: error }, 'the task store cannot be asked for tasks that were left behind; this is tried again')
  }
}
