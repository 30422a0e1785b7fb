import { isDeepStrictEqual } from 'node:util'
import type { Artifact, Message, Part, Struct, Task, TaskStatus } from '../../../schemas/v1/common.ts'
import { mergeParts } from '../../task/fold.ts'
import { fromProtoArtifact, fromProtoMessage, fromProtoStatus, fromProtoStruct } from './translate.ts'
import type { ProtoTask } from './types.ts'

type ArtifactChange = { artifact: Artifact, append?: true }

export type TaskChanges = {
  metadata: Struct | undefined
  /** What the agent has said beside the status. */
  said: Message[]
  artifacts: ArtifactChange[]
  status: { value: TaskStatus, isNew: boolean } | undefined
}

/**
 * The SDK's executors may publish a whole task again and again: what has changed since.
 * @param known the fold of what the task holds already
 * @param told ids of the messages that the client has seen
 */
export function diffTask (known: Task, told: ReadonlySet<string>, next: ProtoTask): TaskChanges {
  const status = fromProtoStatus(next.status)
  const history = next.history?.flatMap(message => fromProtoMessage(message) ?? []) ?? []
  const said = history.filter(({ role, messageId }) =>
    role === 'ROLE_AGENT' && !told.has(messageId) && messageId !== status?.message?.messageId)
  const isNew = status !== undefined && (said.length > 0 || statusChanged(known.status, status))
  // Only a status can carry what the agent says. The last message stays with the task, if the status has none of its own.
  if (isNew && status.message === undefined && status.state !== 'TASK_STATE_SUBMITTED') status.message = said.pop()
  return {
    metadata: diffMetadata(known.metadata, fromProtoStruct(next.metadata).metadata),
    said,
    artifacts: next.artifacts?.flatMap(item => {
      const artifact = fromProtoArtifact(item)
      if (artifact === undefined) return []
      return diffArtifact(known.artifacts?.find(({ artifactId }) => artifactId === artifact.artifactId), artifact) ?? []
    }) ?? [],
    status: status && { value: status, isNew }
  }
}

/** The artifact to send, appended where it has only grown; undefined when nothing is new. */
function diffArtifact (known: Artifact | undefined, next: Artifact): ArtifactChange | undefined {
  if (known === undefined) return { artifact: next }
  const { parts: knownParts, ...knownRest } = known
  const { parts, ...rest } = next
  const added = isDeepStrictEqual(knownRest, rest) ? addedParts(knownParts, mergeParts([], parts)) : undefined
  if (added === undefined) return { artifact: next }
  return added.length > 0 ? { artifact: { ...next, parts: added }, append: true } : undefined
}

/** Time alone says nothing new: a republished task is stamped anew. */
function statusChanged (known: TaskStatus, next: TaskStatus): boolean {
  return known.state !== next.state || !isDeepStrictEqual(bare(known.message), bare(next.message))
}

/** The entries that differ; undefined when none does. */
function diffMetadata (known: Struct | undefined, next: Struct | undefined): Struct | undefined {
  const changed = Object.entries(next ?? {}).filter(([key, value]) => !isDeepStrictEqual(known?.[key], value))
  return changed.length > 0 ? Object.fromEntries(changed) : undefined
}

/** What has been added at the end; undefined when something else has changed too. */
function addedParts (known: readonly Part[], next: readonly Part[]): Part[] | undefined {
  if (next.length < known.length) return undefined
  const last = known.length - 1
  for (let i = 0; i < last; i++) {
    if (!isDeepStrictEqual(known[i], next[i])) return undefined
  }
  const before = known[last]
  const after = next[last]
  if (before === undefined || after === undefined) return [...next]
  const rest = next.slice(known.length)
  if (isDeepStrictEqual(before, after)) return rest
  const { text: oldText, ...oldRest } = before
  const { text, ...others } = after
  if (oldText === undefined || text === undefined || !text.startsWith(oldText) || !isDeepStrictEqual(oldRest, others)) return undefined
  return [{ ...after, text: text.slice(oldText.length) }, ...rest]
}

/** Without ids of task and context, which an executor may leave out and the engine fills in. */
function bare (message: Message | undefined): Omit<Message, 'taskId' | 'contextId'> | undefined {
  if (message === undefined) return undefined
  const { taskId: _, contextId: __, ...rest } = message
  return rest
}
