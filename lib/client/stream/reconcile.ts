/** What has happened between a task as it was and as it is: the events that a reader has missed, in as few as can be. */
import { isDeepStrictEqual } from 'node:util'
import type { Artifact, Part, StreamResponse, Task, TaskStatus } from '../../../schemas/v1/common.ts'
import { mergeParts } from '../../task/fold.ts'

/** @param known parts of its artifacts are merged as `mergeParts` does */
export function missedEvents (known: Task, task: Task): StreamResponse[] {
  const ids = { taskId: task.id, contextId: task.contextId ?? known.contextId ?? '' }
  const artifacts = new Map((known.artifacts ?? []).map(artifact => [artifact.artifactId, artifact]))
  const events: StreamResponse[] = []
  for (const artifact of task.artifacts ?? []) {
    const change = missedOf(artifacts.get(artifact.artifactId), artifact)
    if (change !== undefined) events.push({ artifactUpdate: { ...ids, ...change } })
  }
  // Last: a status may end the task.
  if (!isSameStatus(known.status, task.status)) events.push({ statusUpdate: { ...ids, status: task.status } })
  return events
}

type Change = { artifact: Artifact, append?: boolean }

function missedOf (known: Artifact | undefined, artifact: Artifact): Change | undefined {
  if (known === undefined) return { artifact }
  const rest = restOf(known.parts, mergeParts([], artifact.parts))
  if (rest === undefined) return { artifact }
  return rest.length === 0 ? undefined : { artifact: { ...artifact, parts: rest }, append: true }
}

/** What has been added; undefined where it is no addition. */
function restOf (known: readonly Part[], parts: readonly Part[]): Part[] | undefined {
  const last = known.length - 1
  for (const [index, part] of known.entries()) {
    const now = parts[index]
    if (isDeepStrictEqual(part, now)) continue
    if (index < last || now?.text === undefined || part.text === undefined || !now.text.startsWith(part.text)) return undefined
    if (!isDeepStrictEqual({ ...part, text: '' }, { ...now, text: '' })) return undefined
    return [{ ...now, text: now.text.slice(part.text.length) }, ...parts.slice(index + 1)]
  }
  return parts.slice(known.length)
}

function isSameStatus (a: TaskStatus, b: TaskStatus): boolean {
  if (a.state !== b.state || a.message?.messageId !== b.message?.messageId) return false
  return a.timestamp === undefined || b.timestamp === undefined || Date.parse(a.timestamp) === Date.parse(b.timestamp)
}
