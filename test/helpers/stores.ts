import { createMemoryStore } from '../../lib/stores/memory/store.ts'
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

/** A store that knows who is reading. */
export function watchedStore (inner: TaskStore = createMemoryStore()): { store: TaskStore, readers: Set<AbortSignal | undefined>, signals: AbortSignal[] } {
  const readers = new Set<AbortSignal | undefined>()
  const signals: AbortSignal[] = []
  async function * read (scope: Scope, taskId: string, options?: ReadOptions) {
    const { signal } = options ?? {}
    readers.add(signal)
    if (signal !== undefined) signals.push(signal)
    try {
      yield * inner.read(scope, taskId, options)
    } finally {
      readers.delete(signal)
    }
  }
  return { store: storeWith({ read }, inner), readers, signals }
}
