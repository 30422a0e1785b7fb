import { Snapshot } from '../task/store.ts'

/**
 * At most the last `historyLength` messages; all of them when it is unset, no `history` when it is 0
 * (A2A 1.0 §3.2.4).
 */
export function limitHistory (snapshot: Snapshot, historyLength: number | undefined): Snapshot {
  if (historyLength === undefined) return snapshot
  const { history = [], ...task } = snapshot.task
  if (history.length > 0 && history.length <= historyLength) return snapshot
  return Snapshot.ofTask(historyLength === 0 || history.length === 0 ? task : { ...task, history: history.slice(-historyLength) }, snapshot.meta)
}
