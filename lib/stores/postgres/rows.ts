import { fold, freeze, resumeFold } from '../../task/fold.ts'
import type { TaskEvent } from '../../task/log.ts'
import { Snapshot, type Scope, type SnapshotMeta } from '../../task/store.ts'
import type { Task } from '../../../schemas/v1/common.ts'
import { Draft } from './drafts.ts'
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

/** What a task is read from: its last snapshot, and the events after it. */
export type TaskRow = { snapshot: string | null, meta: string | null, generation: number, events: string[] | null }

export function taskRow (row: Row): TaskRow {
  return row as TaskRow // the columns that the statements of this store select
}

export function readSnapshot ({ snapshot, meta, events, ...row }: TaskRow): Snapshot {
  if (snapshot !== null && meta !== null && (events === null || events.length === 0)) return Snapshot.ofJson(snapshot, readMeta(meta))
  const draft = readDraft({ snapshot, meta, events, ...row })
  return Snapshot.ofTask(freeze(draft.folding), draft.meta)
}

export function readDraft ({ snapshot, meta, events }: TaskRow): Draft {
  const tail = (events ?? []).map(readEvent)
  if (snapshot === null || meta === null) return Draft.create(tail)
  const known = readMeta(meta)
  const folding = resumeFold(JSON.parse(snapshot) as Task, known)
  for (const event of tail) fold(folding, event, known.maxHistory)
  return new Draft(folding, known.generation + tail.length, known.maxHistory)
}

function readMeta (meta: string): SnapshotMeta {
  const { generation, skillId, turnId, turnEnded, memory, maxHistory, running, queued } = JSON.parse(meta) as SnapshotMeta // as a draft wrote it
  return { generation, skillId, turnId, turnEnded, memory, maxHistory, running, queued }
}
