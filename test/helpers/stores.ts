import { createMemoryStore } from '../../lib/stores/memory/store.ts'
import type { StopSignal } from '../../lib/task/stop.ts'
import type { ReadOptions, Scope, TaskStore } from '../../lib/task/store.ts'

/** A store of which some methods do something else. */
export function storeWith (overrides: Partial<TaskStore>, inner: TaskStore = createMemoryStore()): TaskStore {
  return new Proxy(inner, {
    get (target, name) {
      const value: unknown = Reflect.get(overrides, name) ?? Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    }
  })
}

/** A signal that knows how many still listen to it. */
export class CountedSignal implements StopSignal {
  readonly #signal: StopSignal
  readonly #listeners = new Set<() => void>()

  constructor (signal: StopSignal) {
    this.#signal = signal
  }

  get aborted (): boolean {
    return this.#signal.aborted
  }

  get listeners (): number {
    return this.#listeners.size
  }

  addEventListener (type: 'abort', listener: () => void, options?: { once?: boolean }): void {
    this.#listeners.add(listener)
    this.#signal.addEventListener(type, listener, options)
  }

  removeEventListener (type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener)
    this.#signal.removeEventListener(type, listener)
  }
}

/** A store that knows who is reading. */
export function watchedStore (inner: TaskStore = createMemoryStore()): { store: TaskStore, readers: Set<StopSignal | undefined>, signals: CountedSignal[] } {
  const readers = new Set<StopSignal | undefined>()
  const signals: CountedSignal[] = []
  async function * read (scope: Scope, taskId: string, options: ReadOptions = {}) {
    const signal = options.signal && new CountedSignal(options.signal)
    readers.add(signal)
    if (signal !== undefined) signals.push(signal)
    try {
      yield * inner.read(scope, taskId, { ...options, ...signal !== undefined && { signal } })
    } finally {
      readers.delete(signal)
    }
  }
  return { store: storeWith({ read }, inner), readers, signals }
}
