/**
 * The A2A 1.0 data model (specification §4, specification/a2a.proto) in its ProtoJSON form.
 * These objects are what the engine works on and what goes on the wire, unchanged.
 */
import Type, { type Static } from 'typebox'

/** google.protobuf.Struct: any JSON object. */
export const Struct = Type.Unsafe<Struct>({ type: 'object' })
export type Struct = Record<string, unknown>

/** ISO 8601 in UTC, as ProtoJSON writes google.protobuf.Timestamp (A2A 1.0 §5.6.1). */
export const Timestamp = Type.String({ format: 'timestamp' })

/** An identifier that somebody else chose: not empty, and short enough to index. */
export const Id = Type.String({ minLength: 1, maxLength: 256 })

const MediaType = Type.String({ maxLength: 256 })
const ExtensionUris = Type.Array(Type.String({ minLength: 1, maxLength: 2048 }), { maxItems: 100 })

/** Exactly one of `text`, `raw`, `url` and `data` is set (A2A 1.0 §4.1.6). */
export const Part = Type.Object({
  text: Type.Optional(Type.String()),
  /** base64 */
  raw: Type.Optional(Type.String({ format: 'base64' })),
  url: Type.Optional(Type.String({ minLength: 1, maxLength: 8192, format: 'absolute-uri' })),
  data: Type.Optional(Type.Unknown()),
  metadata: Type.Optional(Struct),
  filename: Type.Optional(Type.String({ maxLength: 1024 })),
  mediaType: Type.Optional(MediaType)
}, {
  oneOf: [{ required: ['text'] }, { required: ['raw'] }, { required: ['url'] }, { required: ['data'] }]
})
export type Part = Static<typeof Part>

export const roles = ['ROLE_USER', 'ROLE_AGENT'] as const
export const Role = Type.Enum(roles)
export type Role = typeof roles[number]

export const Message = Type.Object({
  messageId: Id,
  contextId: Type.Optional(Id),
  taskId: Type.Optional(Id),
  role: Role,
  parts: Type.Array(Part, { minItems: 1 }),
  metadata: Type.Optional(Struct),
  extensions: Type.Optional(ExtensionUris),
  referenceTaskIds: Type.Optional(Type.Array(Id, { maxItems: 100 }))
})
export type Message = Static<typeof Message>

export const Artifact = Type.Object({
  artifactId: Id,
  name: Type.Optional(Type.String()),
  description: Type.Optional(Type.String()),
  parts: Type.Array(Part, { minItems: 1 }),
  metadata: Type.Optional(Struct),
  extensions: Type.Optional(ExtensionUris)
})
export type Artifact = Static<typeof Artifact>

/** The eight states of a task (A2A 1.0 §4.1.3). */
export const taskStates = [
  'TASK_STATE_SUBMITTED',
  'TASK_STATE_WORKING',
  'TASK_STATE_INPUT_REQUIRED',
  'TASK_STATE_AUTH_REQUIRED',
  'TASK_STATE_COMPLETED',
  'TASK_STATE_FAILED',
  'TASK_STATE_CANCELED',
  'TASK_STATE_REJECTED'
] as const
export const TaskState = Type.Enum(taskStates)
export type TaskState = typeof taskStates[number]

export const TaskStatus = Type.Object({
  state: TaskState,
  message: Type.Optional(Message),
  timestamp: Type.Optional(Timestamp)
})
export type TaskStatus = Static<typeof TaskStatus>

/** Drafted for A2A 1.1: which change of its task this is, from 1; an int64, and so a string in ProtoJSON. */
const generation = Type.Optional(Type.String({ pattern: '^\\d+$' }))

export const Task = Type.Object({
  id: Id,
  contextId: Type.Optional(Id),
  status: TaskStatus,
  artifacts: Type.Optional(Type.Array(Artifact)),
  history: Type.Optional(Type.Array(Message)),
  metadata: Type.Optional(Struct),
  generation
})
export type Task = Static<typeof Task>

export const TaskStatusUpdateEvent = Type.Object({
  taskId: Id,
  contextId: Id,
  status: TaskStatus,
  metadata: Type.Optional(Struct),
  generation
})
export type TaskStatusUpdateEvent = Static<typeof TaskStatusUpdateEvent>

export const TaskArtifactUpdateEvent = Type.Object({
  taskId: Id,
  contextId: Id,
  artifact: Artifact,
  append: Type.Optional(Type.Boolean()),
  lastChunk: Type.Optional(Type.Boolean()),
  metadata: Type.Optional(Struct),
  generation
})
export type TaskArtifactUpdateEvent = Static<typeof TaskArtifactUpdateEvent>

/** One payload of a stream (A2A 1.0 §3.2.3). */
export type StreamResponse =
  | { task: Task }
  | { message: Message }
  | { statusUpdate: TaskStatusUpdateEvent }
  | { artifactUpdate: TaskArtifactUpdateEvent }

export type SendMessageResponse = { task: Task } | { message: Message }
