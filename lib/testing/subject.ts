import { randomUUID } from 'node:crypto'
import type { Scope, TaskStore } from '../task/store.ts'

/** When a store may forget, in ms and tasks. What is not given is as it is by default. */
export type RetentionLimits = {
  /** How long a finished task is kept. */
  taskTtl?: number
  /** How long a task may wait for its client. */
  waitingTtl?: number
  /** How long the log of a finished task is kept. */
  logTtl?: number
}

export type StoreContractOptions = {
  /**
   * Answers the store to test; asked once per case. It may be the same one every time: each case has
   * scopes of its own.
   */
  create: () => TaskStore | Promise<TaskStore>
  /**
   * Another way to what the store holds, as a second server has it: half of all writes and reads go there.
   * Default: the store itself.
   */
  replica?: (store: TaskStore) => TaskStore | Promise<TaskStore>
  /** Called after each case. Default: closes both. */
  destroy?: (store: TaskStore, replica: TaskStore) => void | Promise<void>
  /** A store that forgets soon, if yours can: adds the cases about forgetting. */
  retention?: (limits: RetentionLimits) => TaskStore | Promise<TaskStore>
  /** The shortest lease and key to test with, in ms: longer than a few calls take. Default: 250. */
  shortTtl?: number
  /** How long something that must happen may take until the case fails, in ms. Default: 10,000. */
  patience?: number
}

/** What a case works on. */
export type Subject = {
  readonly store: TaskStore
  /** The same tasks by another way; may be `store`. */
  readonly replica: TaskStore
  /** Nobody else's. */
  readonly scope: Scope
  readonly shortTtl: number
  readonly patience: number
}

/** Rules by name. */
export type Cases = Record<string, (subject: Subject) => Promise<void>>

export async function withSubject (options: StoreContractOptions, check: Cases[string]): Promise<void> {
  const { shortTtl = 250, patience = 10_000 } = options
  const store = await options.create()
  const replica = await options.replica?.(store) ?? store
  try {
    await check({ store, replica, scope: newScope(), shortTtl, patience })
  } finally {
    if (options.destroy !== undefined) await options.destroy(store, replica)
    else await Promise.all([...new Set([store, replica])].map(each => each.close()))
  }
}

export function newScope (): Scope {
  return { agent: `agent ${randomUUID()}`, tenant: 'tenant', owner: 'owner' }
}
