/** The inputs of the eleven operations (A2A 1.0 §3.1, §3.2). */
import Type, { type Static } from 'typebox'
import { Id, Message, Struct, TaskState, Timestamp, type Task } from './common.ts'

const tenant = Type.Optional(Type.String({ maxLength: 256 }))
const historyLength = Type.Optional(Type.Integer({ minimum: 0, maximum: 2147483647 }))

export const AuthenticationInfo = Type.Object({
  scheme: Type.String({ minLength: 1, maxLength: 256 }),
  credentials: Type.Optional(Type.String({ maxLength: 16384 }))
})
export type AuthenticationInfo = Static<typeof AuthenticationInfo>

const pushConfigFields = {
  tenant,
  id: Type.Optional(Id),
  url: Type.String({ minLength: 1, maxLength: 8192, format: 'absolute-uri' }),
  token: Type.Optional(Type.String({ maxLength: 16384 })),
  authentication: Type.Optional(AuthenticationInfo)
}

/** As it stands inside a send: the task may not exist yet, so `taskId` is optional. */
export const InlinePushConfig = Type.Object({ ...pushConfigFields, taskId: Type.Optional(Id) })

export const TaskPushNotificationConfig = Type.Object({ ...pushConfigFields, taskId: Id })
export type TaskPushNotificationConfig = Static<typeof TaskPushNotificationConfig>

export const SendMessageConfiguration = Type.Object({
  acceptedOutputModes: Type.Optional(Type.Array(Type.String({ maxLength: 256 }), { maxItems: 100 })),
  taskPushNotificationConfig: Type.Optional(InlinePushConfig),
  historyLength,
  returnImmediately: Type.Optional(Type.Boolean()),
  /** Drafted for A2A 1.1; read where that is served. */
  ifGenerationMatch: Type.Optional(Type.Unknown())
})
export type SendMessageConfiguration = Static<typeof SendMessageConfiguration>

export const SendMessageRequest = Type.Object({
  tenant,
  message: Message,
  configuration: Type.Optional(SendMessageConfiguration),
  metadata: Type.Optional(Struct)
})
export type SendMessageRequest = Static<typeof SendMessageRequest>

export const GetTaskRequest = Type.Object({
  tenant,
  id: Id,
  historyLength,
  /** Drafted for A2A 1.1; read where that is served. */
  currentGeneration: Type.Optional(Type.Unknown())
})
export type GetTaskRequest = Static<typeof GetTaskRequest>

export const ListTasksRequest = Type.Object({
  tenant,
  contextId: Type.Optional(Id),
  status: Type.Optional(TaskState),
  pageSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  pageToken: Type.Optional(Type.String({ maxLength: 4096 })),
  historyLength,
  statusTimestampAfter: Type.Optional(Timestamp),
  includeArtifacts: Type.Optional(Type.Boolean())
})
export type ListTasksRequest = Static<typeof ListTasksRequest>

export type ListTasksResponse = {
  tasks: Task[]
  /** `''` on the last page. */
  nextPageToken: string
  pageSize: number
  totalSize: number
}

export const CancelTaskRequest = Type.Object({ tenant, id: Id, metadata: Type.Optional(Struct) })
export type CancelTaskRequest = Static<typeof CancelTaskRequest>

export const SubscribeToTaskRequest = Type.Object({ tenant, id: Id })
export type SubscribeToTaskRequest = Static<typeof SubscribeToTaskRequest>

export const GetTaskPushNotificationConfigRequest = Type.Object({ tenant, taskId: Id, id: Id })
export type GetTaskPushNotificationConfigRequest = Static<typeof GetTaskPushNotificationConfigRequest>

export const DeleteTaskPushNotificationConfigRequest = Type.Object({ tenant, taskId: Id, id: Id })
export type DeleteTaskPushNotificationConfigRequest = Static<typeof DeleteTaskPushNotificationConfigRequest>

export const ListTaskPushNotificationConfigsRequest = Type.Object({
  tenant,
  taskId: Id,
  pageSize: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
  pageToken: Type.Optional(Type.String({ maxLength: 4096 }))
})
export type ListTaskPushNotificationConfigsRequest = Static<typeof ListTaskPushNotificationConfigsRequest>

export type ListTaskPushNotificationConfigsResponse = {
  configs: TaskPushNotificationConfig[]
  nextPageToken: string
}

export const GetExtendedAgentCardRequest = Type.Object({ tenant })
export type GetExtendedAgentCardRequest = Static<typeof GetExtendedAgentCardRequest>
