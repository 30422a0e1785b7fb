import type { TaskRef } from '../../task/letters.ts'
import type { TaskEvent } from '../../task/log.ts'
import type { Scope } from '../../task/store.ts'
import type { StoredTask } from '../shared/stored-task.ts'
import type { Row } from './sql.ts'

/** A scope as a key: no choice of names makes two alike, and no name is too odd for a text column. */
export function scopeKey ({ agent, tenant, owner }: Scope): string {
  return JSON.stringify([agent, tenant, owner])
}

/** What the keys of all owners of an agent and a tenant begin with. */
export function ownersKey ({ agent, tenant }: Scope): string {
  return `${JSON.stringify([agent, tenant]).slice(0, -1)},`
}

export function readScope (key: unknown): Scope {
  const [agent = '', tenant = '', owner = ''] = JSON.parse(String(key)) as string[] // as `scopeKey` wrote it
  return { agent, tenant, owner }
}

/** A name as text that PostgreSQL takes: NUL and halves of surrogate pairs are escaped. */
export function nameKey (name: string): string {
  return JSON.stringify(name)
}

export function readName (key: unknown): string {
  return JSON.parse(String(key)) as string // as `nameKey` wrote it
}

export function readEvent (text: unknown): TaskEvent {
  return JSON.parse(String(text)) as TaskEvent // a store gives back what it was given
}

/** The task of a row with its scope and id. */
export function refOf ({ scope, id }: Row): TaskRef {
  return { scope: readScope(scope), taskId: readName(id) }
}

type TaskRow = { snapshot: string | null, meta: string | null, events: string[] | null }

/** What a row holds of a task. */
export function storedTask (row: Row): StoredTask {
  const { snapshot, meta, events } = row as TaskRow // the columns that the statements of this store select
  return { snapshot, meta, tail: (events ?? []).map(readEvent) }
}
