import { hash } from 'node:crypto'
import type { Scope } from '../../task/store.ts'
import type { TaskRef } from '../../task/letters.ts'

/**
 * Where a task is, as scripts are told: names are JSON strings, which tell by themselves where they end, so that no choice
 * of names makes two alike when they are joined.
 */
export type Place = {
  /** What all keys of the shard begin with; its braces put them into one slot of a cluster. */
  readonly tag: string
  readonly scope: string
  readonly id: string
  readonly agent: string
}

/**
 * Scopes are spread over shards, each of which is a slot of a cluster: a task, its owner's lists, and the indices by which
 * an agent finds what is due change in one atomic script. (By task, lists would lag behind; by owner, no script could
 * reach what belongs to an agent.)
 */
export class Keys {
  readonly #prefix: string
  readonly tags: readonly string[]

  constructor (prefix: string, shards: number) {
    this.#prefix = prefix
    this.tags = Array.from({ length: shards }, (_, shard) => `{${prefix}:${shard}}`)
  }

  /** Says how many shards there are: they can't be changed under tasks that are there. */
  get shards (): string {
    return `${this.#prefix}:shards`
  }

  /** The shard of a scope; of its keys in `tags`. */
  tagOf (scope: Scope): string {
    const [first = ''] = this.tags
    if (this.tags.length === 1) return first
    const number = hash('sha1', scopeKey(scope), 'buffer').readUInt32BE()
    return this.tags[number % this.tags.length] ?? first
  }

  place (scope: Scope, taskId: string): Place {
    return { tag: this.tagOf(scope), scope: scopeKey(scope), id: nameKey(taskId), agent: nameKey(scope.agent) }
  }
}

export function scopeKey ({ agent, tenant, owner }: Scope): string {
  return JSON.stringify([agent, tenant, owner])
}

export function nameKey (name: string): string {
  return JSON.stringify(name)
}

/** The name of a task within its shard, and its channel's. */
export function taskKey ({ scope, id }: Place): string {
  return `${scope},${id}`
}

/** @param name a task's, or with one name more, a push configuration's */
export function readKey (name: string): TaskRef & { readonly rest: string } {
  const [[agent, tenant, owner], taskId, rest = ''] = JSON.parse(`[${name}]`) as [[string, string, string], string, string?] // as `taskKey` wrote it
  return { scope: { agent, tenant, owner }, taskId, rest }
}
