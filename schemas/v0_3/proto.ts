/**
 * The A2A 0.3 data model as ProtoJSON of its specification/grpc/a2a.proto (0.3.0): what its HTTP+JSON binding sends, and what
 * its gRPC binding says in bytes. Other names than in JSON-RPC: `content` for `parts`, `ROLE_USER` for `user`.
 *
 * proto3 has no presence for scalars: a field that is missing and one with its zero value are the same.
 */
import Type, { type Static } from 'typebox'
import { Id, Struct, Timestamp } from '../v1/common.ts'

const metadata = Type.Optional(Struct)
const extensions = Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 2048 }), { maxItems: 100 }))
const historyLength = Type.Optional(Type.Integer({ minimum: 0, maximum: 2147483647 }))

export const ProtoFile = Type.Object({
  fileWithUri: Type.Optional(Type.String({ minLength: 1, maxLength: 8192, format: 'absolute-uri' })),
  fileWithBytes: Type.Optional(Type.String({ format: 'base64' })),
  mimeType: Type.Optional(Type.String({ maxLength: 256 })),
  /** Came with 0.3.x. */
  name: Type.Optional(Type.String({ maxLength: 1024 }))
}, { oneOf: [{ required: ['fileWithUri'] }, { required: ['fileWithBytes'] }] })
export type ProtoFile = Static<typeof ProtoFile>

export const ProtoPart = Type.Object({
  text: Type.Optional(Type.String()),
  file: Type.Optional(ProtoFile),
  data: Type.Optional(Type.Object({ data: Struct })),
  /** Came with 0.3.x. */
  metadata
}, { oneOf: [{ required: ['text'] }, { required: ['file'] }, { required: ['data'] }] })
export type ProtoPart = Static<typeof ProtoPart>

export const ProtoMessage = Type.Object({
  messageId: Id,
  contextId: Type.Optional(Id),
  taskId: Type.Optional(Id),
  role: Type.Enum(['ROLE_USER', 'ROLE_AGENT']),
  content: Type.Array(ProtoPart, { minItems: 1 }),
  metadata,
  extensions
})
export type ProtoMessage = Static<typeof ProtoMessage>

export const ProtoArtifact = Type.Object({
  artifactId: Id,
  name: Type.Optional(Type.String()),
  description: Type.Optional(Type.String()),
  parts: Type.Array(ProtoPart, { minItems: 1 }),
  metadata,
  extensions
})
export type ProtoArtifact = Static<typeof ProtoArtifact>

/** 0.3 spells CANCELLED with two L, and says `unknown` by the zero value. */
export const protoStates = [
  'TASK_STATE_SUBMITTED', 'TASK_STATE_WORKING', 'TASK_STATE_INPUT_REQUIRED', 'TASK_STATE_AUTH_REQUIRED', 'TASK_STATE_COMPLETED',
  'TASK_STATE_FAILED', 'TASK_STATE_CANCELLED', 'TASK_STATE_REJECTED', 'TASK_STATE_UNSPECIFIED'
] as const
export const ProtoState = Type.Enum(protoStates)
export type ProtoState = typeof protoStates[number]

export const ProtoStatus = Type.Object({
  state: ProtoState,
  message: Type.Optional(ProtoMessage),
  timestamp: Type.Optional(Timestamp)
})
export type ProtoStatus = Static<typeof ProtoStatus>

export const ProtoTask = Type.Object({
  id: Id,
  contextId: Type.Optional(Id),
  status: ProtoStatus,
  artifacts: Type.Optional(Type.Array(ProtoArtifact)),
  history: Type.Optional(Type.Array(ProtoMessage)),
  metadata
})
export type ProtoTask = Static<typeof ProtoTask>

export const ProtoStatusUpdate = Type.Object({
  taskId: Id,
  contextId: Type.Optional(Id),
  status: ProtoStatus,
  /** Nothing follows on this stream. */
  final: Type.Optional(Type.Boolean()),
  metadata
})
export type ProtoStatusUpdate = Static<typeof ProtoStatusUpdate>

export const ProtoArtifactUpdate = Type.Object({
  taskId: Id,
  contextId: Type.Optional(Id),
  artifact: ProtoArtifact,
  append: Type.Optional(Type.Boolean()),
  lastChunk: Type.Optional(Type.Boolean()),
  metadata
})
export type ProtoArtifactUpdate = Static<typeof ProtoArtifactUpdate>

const task = Type.Object({ task: ProtoTask })
const message = Type.Object({ message: ProtoMessage })

/** For documents, as the responses of 1.0 are. */
export const ProtoSendResponse = Type.Union([task, message])
export const ProtoStreamResponse = Type.Union([
  task, message, Type.Object({ statusUpdate: ProtoStatusUpdate }), Type.Object({ artifactUpdate: ProtoArtifactUpdate })
])

export type ProtoSendResponse = { task: ProtoTask } | { message: ProtoMessage }
export type ProtoStreamResponse = ProtoSendResponse | { statusUpdate: ProtoStatusUpdate } | { artifactUpdate: ProtoArtifactUpdate }

export const ProtoPushConfig = Type.Object({
  id: Type.Optional(Id),
  url: Type.String({ minLength: 1, maxLength: 8192, format: 'absolute-uri' }),
  token: Type.Optional(Type.String({ maxLength: 16384 })),
  authentication: Type.Optional(Type.Object({
    schemes: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { maxItems: 100 })),
    credentials: Type.Optional(Type.String({ maxLength: 16384 }))
  }))
})
export type ProtoPushConfig = Static<typeof ProtoPushConfig>

export const ProtoSendConfiguration = Type.Object({
  acceptedOutputModes: Type.Optional(Type.Array(Type.String({ maxLength: 256 }), { maxItems: 100 })),
  pushNotification: Type.Optional(ProtoPushConfig),
  /** 0 is for no limit. */
  historyLength,
  blocking: Type.Optional(Type.Boolean())
})
export type ProtoSendConfiguration = Static<typeof ProtoSendConfiguration>

/** SendMessage and SendStreamingMessage. */
export const ProtoSendRequest = Type.Object({
  message: ProtoMessage,
  configuration: Type.Optional(ProtoSendConfiguration),
  metadata
})
export type ProtoSendRequest = Static<typeof ProtoSendRequest>

const name = Type.Optional(Type.String({ maxLength: 600 }))

/** GetTask. `id` comes from the path, and `name` says the same. */
export const ProtoGetTask = Type.Object({ id: Id, name, historyLength })
/** CancelTask and TaskSubscription. */
export const ProtoTaskId = Type.Object({ id: Id, name, metadata })

/** `/v1/tasks`, which the proto does not have (§7.3); with the filters of 1.0. */
export const ProtoListTasks = Type.Object({
  contextId: Type.Optional(Id),
  status: Type.Optional(ProtoState),
  pageSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  pageToken: Type.Optional(Type.String({ maxLength: 4096 })),
  historyLength,
  statusTimestampAfter: Type.Optional(Timestamp),
  includeArtifacts: Type.Optional(Type.Boolean())
})
export type ProtoListTasks = Static<typeof ProtoListTasks>

/** The result of the methods on push configurations. */
export const ProtoTaskPushConfig = Type.Object({
  /** `tasks/{id}/pushNotificationConfigs/{id}` */
  name: Type.String(),
  pushNotificationConfig: ProtoPushConfig
})
export type ProtoTaskPushConfig = Static<typeof ProtoTaskPushConfig>

/** CreateTaskPushNotificationConfig. The task is named by `parent` in gRPC, and by the path in HTTP+JSON. */
export const ProtoCreatePushConfig = Type.Object({
  parent: name,
  configId: Type.Optional(Id),
  config: Type.Object({ name, pushNotificationConfig: ProtoPushConfig })
})
export type ProtoCreatePushConfig = Static<typeof ProtoCreatePushConfig>
