import { randomUUID } from 'node:crypto'
import type { Artifact, Message, Part, Role, Struct, Task, TaskState, TaskStatus } from '../../../schemas/v1/common.ts'
import type { ProtoArtifact, ProtoMessage, ProtoPart, ProtoStatus, ProtoStruct, ProtoTask } from './types.ts'

/**
 * ts-proto's objects and ProtoJSON, both ways. What one side holds is never shared with the other: executors
 * change objects after they have published them, and ours are immutable.
 */

/** By number, as a2a.proto has them; 0 is UNSPECIFIED. */
const states: readonly (TaskState | undefined)[] = [
  undefined,
  'TASK_STATE_SUBMITTED',
  'TASK_STATE_WORKING',
  'TASK_STATE_COMPLETED',
  'TASK_STATE_FAILED',
  'TASK_STATE_CANCELED',
  'TASK_STATE_INPUT_REQUIRED',
  'TASK_STATE_REJECTED',
  'TASK_STATE_AUTH_REQUIRED'
]

const roles: readonly (Role | undefined)[] = [undefined, 'ROLE_USER', 'ROLE_AGENT']

/** Undefined without a state that a2a.proto knows. */
export function fromProtoStatus (status: ProtoStatus | undefined): TaskStatus | undefined {
  const state = states[status?.state ?? 0]
  if (status === undefined || state === undefined) return undefined
  const message = status.message && fromProtoMessage(status.message)
  const time = Date.parse(status.timestamp ?? '')
  return { state, ...message && { message }, ...!Number.isNaN(time) && { timestamp: new Date(time).toISOString() } }
}

/** Undefined without parts: A2A knows no empty message. Agents may leave out the role; it is theirs. */
export function fromProtoMessage (message: ProtoMessage): Message | undefined {
  const parts = fromProtoParts(message.parts)
  if (parts.length === 0) return undefined
  return {
    messageId: message.messageId || randomUUID(),
    ...message.contextId && { contextId: message.contextId },
    ...message.taskId && { taskId: message.taskId },
    role: roles[message.role] ?? 'ROLE_AGENT',
    parts,
    ...fromProtoStruct(message.metadata),
    ...nonEmpty('extensions', message.extensions),
    ...nonEmpty('referenceTaskIds', message.referenceTaskIds)
  }
}

/** Undefined without parts (A2A 1.0 §4.1.7). */
export function fromProtoArtifact (artifact: ProtoArtifact): Artifact | undefined {
  const parts = fromProtoParts(artifact.parts)
  if (parts.length === 0) return undefined
  return {
    artifactId: artifact.artifactId || randomUUID(),
    ...artifact.name && { name: artifact.name },
    ...artifact.description && { description: artifact.description },
    parts,
    ...fromProtoStruct(artifact.metadata),
    ...nonEmpty('extensions', artifact.extensions)
  }
}

/** `{ metadata }`, or nothing: executors write `{}` for a field that is unset. */
export function fromProtoStruct (metadata: ProtoStruct): { metadata?: Struct } {
  if (metadata === undefined || metadata === null || Object.keys(metadata).length === 0) return {}
  return { metadata: copy(metadata) }
}

function fromProtoParts (parts: readonly ProtoPart[] | undefined): Part[] {
  return (parts ?? []).flatMap(part => {
    const content = fromContent(part.content)
    if (content === undefined) return []
    return [{
      ...content,
      ...fromProtoStruct(part.metadata),
      ...part.filename && { filename: part.filename },
      ...part.mediaType && { mediaType: part.mediaType }
    }]
  })
}

function fromContent (content: ProtoPart['content']): Part | undefined {
  switch (content?.$case) {
    case 'text': return { text: content.value }
    case 'raw': return { raw: Buffer.from(content.value).toString('base64') }
    case 'url': return { url: content.value }
    case 'data': return { data: copy(content.value ?? null) }
    default: return undefined
  }
}

export function toProtoTask (task: Task): ProtoTask {
  const { status } = task
  return {
    id: task.id,
    contextId: task.contextId ?? '',
    status: {
      state: states.indexOf(status.state),
      message: status.message && toProtoMessage(status.message),
      timestamp: status.timestamp
    },
    artifacts: (task.artifacts ?? []).map(toProtoArtifact),
    history: (task.history ?? []).map(message => toProtoMessage(message)),
    metadata: task.metadata && copy(task.metadata)
  }
}

/** @param ids of the task that the message has reached; the client need not have named them */
export function toProtoMessage (message: Message, ids?: { taskId: string, contextId: string }): ProtoMessage {
  return {
    messageId: message.messageId,
    contextId: ids?.contextId ?? message.contextId ?? '',
    taskId: ids?.taskId ?? message.taskId ?? '',
    role: roles.indexOf(message.role),
    parts: message.parts.map(toProtoPart),
    metadata: message.metadata && copy(message.metadata),
    extensions: [...message.extensions ?? []],
    referenceTaskIds: [...message.referenceTaskIds ?? []]
  }
}

function toProtoArtifact (artifact: Artifact): ProtoArtifact {
  return {
    artifactId: artifact.artifactId,
    name: artifact.name ?? '',
    description: artifact.description ?? '',
    parts: artifact.parts.map(toProtoPart),
    metadata: artifact.metadata && copy(artifact.metadata),
    extensions: [...artifact.extensions ?? []]
  }
}

function toProtoPart (part: Part): ProtoPart {
  return {
    content: toContent(part),
    metadata: part.metadata && copy(part.metadata),
    filename: part.filename ?? '',
    mediaType: part.mediaType ?? ''
  }
}

function toContent (part: Part): ProtoPart['content'] {
  if (part.text !== undefined) return { $case: 'text', value: part.text }
  if (part.raw !== undefined) return { $case: 'raw', value: Buffer.from(part.raw, 'base64') }
  if (part.url !== undefined) return { $case: 'url', value: part.url }
  return { $case: 'data', value: copy(part.data) }
}

/** Through JSON, so that the task holds what its readers would get from the wire: no dates, no functions. */
function copy<T> (value: T): T {
  return JSON.parse(JSON.stringify(value))
}

function nonEmpty<K extends string> (key: K, list: readonly string[] | undefined): { [key in K]?: string[] } {
  // The cast: TypeScript widens a computed key to string.
  return list !== undefined && list.length > 0 ? { [key]: [...list] } as { [key in K]?: string[] } : {}
}
