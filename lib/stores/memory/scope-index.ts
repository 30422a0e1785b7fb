import type { TaskState } from '../../../schemas/v1/common.ts'
import type { Scope } from '../../task/store.ts'
import { Recency } from './recency.ts'
import { TaskRecord } from './record.ts'

type Find = { contextId: string | undefined, state: TaskState | undefined, since: number, before: number, limit: number }

/** The tasks of one scope, found by recency, state and context. */
export class ScopeIndex {
  readonly scope: Scope
  readonly tasks = new Map<string, TaskRecord>()
  readonly #all = new Recency<TaskRecord>()
  readonly #byState = new Map<TaskState, Recency<TaskRecord>>()
  /**
   * Made when somebody first asks for a context: of most agents, nobody does.
   * Most contexts hold one task: a set of their own would be most of what they take.
   */
  #byContext: Map<string, TaskRecord | Set<TaskRecord>> | undefined

  constructor (scope: Scope) {
    this.scope = scope
  }

  get isEmpty (): boolean {
    return this.tasks.size === 0
  }

  /** The status of a task is new: it moves to the front. @param time when it was set, in ms since the epoch */
  update (record: TaskRecord, sequence: number, time: number): void {
    this.#unlink(record)
    record.slot = { item: record, sequence, time }
    record.stateIndex = this.#inState(record.state)
    record.stateIndex.push(record.slot)
    this.#all.push(record.slot)
    if (this.#byContext !== undefined) addTo(this.#byContext, record)
  }

  remove (record: TaskRecord): void {
    this.tasks.delete(record.id)
    this.#unlink(record)
    if (this.#byContext !== undefined) removeFrom(this.#byContext, record)
  }

  hasContext (contextId: string): boolean {
    return this.#contexts.has(contextId)
  }

  sequenceOf (record: TaskRecord): number {
    return record.slot?.sequence ?? 0
  }

  find ({ contextId, state, since, before, limit }: Find): { records: TaskRecord[], total: number } {
    if (contextId !== undefined) return this.#findInContext({ contextId, state, since, before, limit })
    const index = state === undefined ? this.#all : this.#byState.get(state)
    const records: TaskRecord[] = []
    if (index === undefined) return { records, total: 0 }
    for (const record of index.newestFirst(before, since)) {
      records.push(record)
      if (records.length === limit) break
    }
    return { records, total: index.countSince(since) }
  }

  /** A context holds few tasks: they are sorted when asked for. */
  #findInContext ({ contextId, state, since, before, limit }: Find & { contextId: string }): { records: TaskRecord[], total: number } {
    const context = this.#contexts.get(contextId) ?? []
    const matching = [...context instanceof TaskRecord ? [context] : context]
      .filter(record => (state === undefined || record.state === state) && (record.slot?.time ?? 0) >= since)
      .sort((a, b) => this.sequenceOf(b) - this.sequenceOf(a))
    const records = matching.filter(record => this.sequenceOf(record) < before).slice(0, limit)
    return { records, total: matching.length }
  }

  get #contexts (): ReadonlyMap<string, TaskRecord | ReadonlySet<TaskRecord>> {
    if (this.#byContext === undefined) {
      this.#byContext = new Map()
      for (const record of this.tasks.values()) addTo(this.#byContext, record)
    }
    return this.#byContext
  }

  #unlink (record: TaskRecord): void {
    if (record.slot === undefined) return
    record.slot.item = undefined
    record.slot = undefined
    this.#all.emptied()
    record.stateIndex?.emptied()
  }

  #inState (state: TaskState): Recency<TaskRecord> {
    let index = this.#byState.get(state)
    if (index === undefined) {
      index = new Recency()
      this.#byState.set(state, index)
    }
    return index
  }
}

function addTo (contexts: Map<string, TaskRecord | Set<TaskRecord>>, record: TaskRecord): void {
  const context = contexts.get(record.contextId)
  if (context === undefined) contexts.set(record.contextId, record)
  else if (context instanceof Set) context.add(record)
  else if (context !== record) contexts.set(record.contextId, new Set([context, record]))
}

function removeFrom (contexts: Map<string, TaskRecord | Set<TaskRecord>>, record: TaskRecord): void {
  const context = contexts.get(record.contextId)
  if (context instanceof Set) context.delete(record)
  if (context === record || (context instanceof Set && context.size === 0)) contexts.delete(record.contextId)
}
