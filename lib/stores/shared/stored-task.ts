import type { Task } from '../../../schemas/v1/common.ts'
import { fold, freeze, resumeFold } from '../../task/fold.ts'
import type { TaskEvent } from '../../task/log.ts'
import { Snapshot, type SnapshotMeta } from '../../task/store.ts'
import { Draft } from './drafts.ts'

/** What a task is read from: its last snapshot, as a draft made it, and the events after it. */
export type StoredTask = { readonly snapshot: string | null, readonly meta: string | null, readonly tail: readonly TaskEvent[] }

export function readSnapshot ({ snapshot, meta, tail }: StoredTask): Snapshot {
  if (snapshot !== null && meta !== null && tail.length === 0) return Snapshot.ofJson(snapshot, readMeta(meta))
  const draft = readDraft({ snapshot, meta, tail })
  return Snapshot.ofTask(freeze(draft.folding), draft.meta)
}

export function readDraft ({ snapshot, meta, tail }: StoredTask): Draft {
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
