import type { TaskEvent } from '../../task/log.ts'
import type { StoredTask } from '../shared/stored-task.ts'
import { Batch } from './batch.ts'

/** An entry of a log as Redis answers it: `[id, [field, value]]`. */
export type LogEntry = readonly [string, readonly [string, string]]

export type TaskReply = readonly [snapshot: string | null, meta: string | null, tail: readonly LogEntry[]]

export function storedTask ([snapshot, meta, tail]: TaskReply): StoredTask {
  return { snapshot, meta, tail: tail.flatMap(([, [, events]]) => JSON.parse(events) as TaskEvent[]) } // a store gives back what it was given
}

/** The id of an entry is the generation of its last event. */
export function readBatch ([id, [, events]]: LogEntry): Batch {
  return new Batch(Number.parseInt(id), events)
}
