import { isDeepStrictEqual } from 'node:util'
import type { Artifact, Message, Part, Struct, TaskStatus } from '../../../schemas/v1/common.ts'

/**
 * The SDK's executors may publish a whole task again and again. What has changed since is found here;
 * `known` is always the fold of what the task holds already.
 */

/** The artifact to send, appended where it has only grown; undefined when nothing is new. */
export function diffArtifact (known: Artifact | undefined, next: Artifact): { artifact: Artifact, append?: true } | undefined {
  if (known === undefined) return { artifact: next }
  const parts = joinText(next.parts)
  const { parts: knownParts, ...knownRest } = known
  const { parts: _, ...rest } = next
  if (!isDeepStrictEqual(knownRest, rest)) return { artifact: next }
  const added = addedParts(knownParts, parts)
  if (added === undefined) return { artifact: next }
  return added.length > 0 ? { artifact: { ...next, parts: added }, append: true } : undefined
}

/** Whether `next` says something new. Time alone does not: a republished task is stamped anew. */
export function statusChanged (known: TaskStatus, next: TaskStatus): boolean {
  return known.state !== next.state || !isDeepStrictEqual(bare(known.message), bare(next.message))
}

/** The messages of the agent that nobody has seen yet. */
export function newMessages (told: ReadonlySet<string>, history: readonly Message[]): Message[] {
  return history.filter(({ role, messageId }) => role === 'ROLE_AGENT' && !told.has(messageId))
}

/** The entries that differ; undefined when none does. */
export function diffMetadata (known: Struct | undefined, next: Struct | undefined): Struct | undefined {
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

/** As the fold does with text that only a chunk boundary has split, or the two could not be compared. */
function joinText (parts: readonly Part[]): Part[] {
  const joined: Part[] = []
  for (const part of parts) {
    const last = joined.at(-1)
    if (last !== undefined && isPlainText(last) && isPlainText(part) && last.mediaType === part.mediaType) {
      joined[joined.length - 1] = { ...last, text: last.text + part.text }
    } else {
      joined.push(part)
    }
  }
  return joined
}

function isPlainText (part: Part): part is Part & { text: string } {
  return part.text !== undefined && part.metadata === undefined && part.filename === undefined
}

/** Without ids of task and context, which an executor may leave out and the engine fills in. */
function bare (message: Message | undefined): Omit<Message, 'taskId' | 'contextId'> | undefined {
  if (message === undefined) return undefined
  const { taskId: _, contextId: __, ...rest } = message
  return rest
}
