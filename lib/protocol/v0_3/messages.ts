/**
 * Messages and artifacts in both forms. Fields are copied by name, so that those which no schema knows
 * stay behind; and one by one, because spreads made this ten times slower, on every event of every stream.
 */
import type { Artifact as V03Artifact, Message as V03Message, MessageResult } from '../../../schemas/v0_3/common.ts'
import type { Artifact, Message } from '../../../schemas/v1/common.ts'
import { fromV03Part, toV03Part } from './parts.ts'

export function toV03Message (message: Message): MessageResult {
  const copy: MessageResult = {
    kind: 'message',
    messageId: message.messageId,
    role: message.role === 'ROLE_USER' ? 'user' : 'agent',
    parts: message.parts.map(toV03Part)
  }
  copyMessageFields(copy, message)
  return copy
}

export function fromV03Message (message: V03Message): Message {
  const copy: Message = {
    messageId: message.messageId,
    role: message.role === 'user' ? 'ROLE_USER' : 'ROLE_AGENT',
    parts: message.parts.map(fromV03Part)
  }
  copyMessageFields(copy, message)
  return copy
}

export function toV03Artifact (artifact: Artifact): V03Artifact {
  const copy: V03Artifact = { artifactId: artifact.artifactId, parts: artifact.parts.map(toV03Part) }
  copyArtifactFields(copy, artifact)
  return copy
}

export function fromV03Artifact (artifact: V03Artifact): Artifact {
  const copy: Artifact = { artifactId: artifact.artifactId, parts: artifact.parts.map(fromV03Part) }
  copyArtifactFields(copy, artifact)
  return copy
}

/** Those that are the same in both forms, and optional. */
type MessageFields = Pick<Message, 'contextId' | 'taskId' | 'metadata' | 'extensions' | 'referenceTaskIds'>

function copyMessageFields (to: MessageFields, from: MessageFields): void {
  if (from.contextId !== undefined) to.contextId = from.contextId
  if (from.taskId !== undefined) to.taskId = from.taskId
  if (from.metadata !== undefined) to.metadata = from.metadata
  if (from.extensions !== undefined) to.extensions = from.extensions
  if (from.referenceTaskIds !== undefined) to.referenceTaskIds = from.referenceTaskIds
}

type ArtifactFields = Pick<Artifact, 'name' | 'description' | 'metadata' | 'extensions'>

function copyArtifactFields (to: ArtifactFields, from: ArtifactFields): void {
  if (from.name !== undefined) to.name = from.name
  if (from.description !== undefined) to.description = from.description
  if (from.metadata !== undefined) to.metadata = from.metadata
  if (from.extensions !== undefined) to.extensions = from.extensions
}
