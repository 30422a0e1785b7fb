/** What a caller may do beyond owning a task: the option `authorize` (A2A 1.0 §7.5, §13.1). */
import type { Agent } from '../agent/agent.ts'
import { A2AError, invalidParams, taskNotFound } from '../protocol/errors.ts'
import type { Snapshot } from '../task/store.ts'
import type { Call } from './call.ts'

/** For operations that are about no task. @throws A2AError PermissionDenied */
export async function authorizeOperation ({ settings: { authorize } }: Agent, { principal, operation }: Call): Promise<void> {
  if (authorize !== undefined && !await authorize(principal, operation, undefined)) throw new A2AError('PermissionDeniedError')
}

/** @throws A2AError TaskNotFound: what the caller may not reach does not exist */
export async function authorizeTask ({ settings: { authorize } }: Agent, { principal, operation }: Call, { task }: Snapshot): Promise<void> {
  if (authorize !== undefined && !await authorize(principal, operation, task)) throw taskNotFound(task.id)
}

/**
 * A context that belongs to another owner can't be joined. What is answered does not say why.
 * @throws A2AError InvalidParams
 */
export async function checkContext ({ store }: Agent, { scope }: Call, contextId: string): Promise<void> {
  if (await store.hasForeignContext?.(scope, contextId) !== true) return
  // It is ours, too: from before the other one had it, or from a store that did not look.
  if ((await store.list(scope, { contextId, limit: 1 })).total > 0) return
  throw invalidParams({ field: 'message.contextId', description: 'can\'t be used' })
}

/** Those that the caller may see. */
export async function visible ({ settings: { authorize } }: Agent, { principal }: Call, snapshots: readonly Snapshot[]): Promise<Snapshot[]> {
  if (authorize === undefined) return [...snapshots]
  const answers = await Promise.all(snapshots.map(async ({ task }) => await authorize(principal, 'GetTask', task)))
  return snapshots.filter((_snapshot, index) => answers[index] === true)
}
