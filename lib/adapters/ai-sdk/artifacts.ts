import { createHash } from 'node:crypto'

const kinds = ['answer', 'output', 'file', 'reasoning'] as const
export type ArtifactKind = typeof kinds[number]

const pattern = new RegExp(`^(${kinds.join('|')})-([0-9a-f]{16})(?:-\\d+)?$`)

/**
 * The id of what a turn makes. It names the message that was answered, which puts artifacts into their place in the
 * conversation later; and it is the same when a turn runs again after a crash, so that nothing is there twice.
 */
export function artifactIdOf (kind: ArtifactKind, messageId: string, index?: number): string {
  return `${kind}-${turnKey(messageId)}${index === undefined ? '' : `-${index}`}`
}

/** Undefined for an artifact that is not of this adapter. */
export function readArtifactId (artifactId: string): { kind: ArtifactKind, turn: string } | undefined {
  const match = pattern.exec(artifactId)
  const kind = kinds.find(kind => kind === match?.[1])
  const turn = match?.[2]
  return kind !== undefined && turn !== undefined ? { kind, turn } : undefined
}

/** Clients choose the ids of their messages, of any length. */
export function turnKey (messageId: string): string {
  return createHash('sha256').update(messageId).digest('hex').slice(0, 16)
}
