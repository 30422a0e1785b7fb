/**
 * The A2A 0.3 data model in the JSON form of its JSON-RPC binding (specification 0.3.0 §6, types/src/types.ts).
 * Used only at the edge: the engine works on the 1.0 shapes.
 */
import Type, { type Static } from 'typebox'
import { Id, Struct, Timestamp } from '../v1/common.ts'

const metadata = Type.Optional(Struct)
const extensions = Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 2048 }), { maxItems: 100 }))

export const TextPart = Type.Object({ kind: Type.Literal('text'), text: Type.String(), metadata })
export type TextPart = Static<typeof TextPart>

/** Exactly one of `bytes` (base64) and `uri` is set (A2A 0.3 §6.6). */
export const File = Type.Object({
  bytes: Type.Optional(Type.String({ format: 'base64' })),
  uri: Type.Optional(Type.String({ minLength: 1, maxLength: 8192, format: 'absolute-uri' })),
  name: Type.Optional(Type.String({ maxLength: 1024 })),
  mimeType: Type.Optional(Type.String({ maxLength: 256 }))
}, { oneOf: [{ required: ['bytes'] }, { required: ['uri'] }] })
export type File = Static<typeof File>

export const FilePart = Type.Object({ kind: Type.Literal('file'), file: File, metadata })
export type FilePart = Static<typeof FilePart>

export const DataPart = Type.Object({ kind: Type.Literal('data'), data: Struct, metadata })
export type DataPart = Static<typeof DataPart>

/** A `discriminator` gives errors about the variant that was meant, where `anyOf` would list them all. */
export const Part = Type.Unsafe<Part>({
  type: 'object',
  required: ['kind'],
  discriminator: { propertyName: 'kind' },
  oneOf: [TextPart, FilePart, DataPart]
})
export type Part = TextPart | FilePart | DataPart

export const roles = ['user', 'agent'] as const
export const Role = Type.Enum(roles)
export type Role = typeof roles[number]

/**
 * `kind` may be missing: 0.3's types require it, but the messages in its own specification (§9.2) come
 * without, its Python SDK fills it in, and nothing else could stand here. A wrong one is an error. On a
 * part it is required: there it tells the variants apart.
 */
export const Message = Type.Object({
  kind: Type.Optional(Type.Literal('message')),
  messageId: Id,
  contextId: Type.Optional(Id),
  taskId: Type.Optional(Id),
  role: Role,
  parts: Type.Array(Part, { minItems: 1 }),
  metadata,
  extensions,
  referenceTaskIds: Type.Optional(Type.Array(Id, { maxItems: 100 }))
})
export type Message = Static<typeof Message>

export const Artifact = Type.Object({
  artifactId: Id,
  name: Type.Optional(Type.String()),
  description: Type.Optional(Type.String()),
  parts: Type.Array(Part, { minItems: 1 }),
  metadata,
  extensions
})
export type Artifact = Static<typeof Artifact>

export const taskStates = [
  'submitted', 'working', 'input-required', 'auth-required', 'completed', 'failed', 'canceled', 'rejected', 'unknown'
] as const
export const TaskState = Type.Enum(taskStates)
export type TaskState = typeof taskStates[number]

export const TaskStatus = Type.Object({
  state: TaskState,
  message: Type.Optional(Message),
  timestamp: Type.Optional(Timestamp)
})
export type TaskStatus = Static<typeof TaskStatus>

export const Task = Type.Object({
  kind: Type.Literal('task'),
  id: Id,
  contextId: Id,
  status: TaskStatus,
  artifacts: Type.Optional(Type.Array(Artifact)),
  history: Type.Optional(Type.Array(Message)),
  metadata
})
export type Task = Static<typeof Task>

export const TaskStatusUpdateEvent = Type.Object({
  kind: Type.Literal('status-update'),
  taskId: Id,
  contextId: Id,
  status: TaskStatus,
  /** Nothing follows on this stream. */
  final: Type.Boolean(),
  metadata
})
export type TaskStatusUpdateEvent = Static<typeof TaskStatusUpdateEvent>

export const TaskArtifactUpdateEvent = Type.Object({
  kind: Type.Literal('artifact-update'),
  taskId: Id,
  contextId: Id,
  artifact: Artifact,
  append: Type.Optional(Type.Boolean()),
  lastChunk: Type.Optional(Type.Boolean()),
  metadata
})
export type TaskArtifactUpdateEvent = Static<typeof TaskArtifactUpdateEvent>

/** `kind` tells results apart; on a result it is always there. */
export type MessageResult = Message & { kind: 'message' }
export type SendResult = Task | MessageResult
export type StreamResult = SendResult | TaskStatusUpdateEvent | TaskArtifactUpdateEvent
