/** The params of the A2A 0.3 JSON-RPC methods (specification 0.3.0 §7). */
import Type, { type Static } from 'typebox'
import { Id, Struct, Timestamp } from '../v1/common.ts'
import { Message, TaskState, type Task } from './common.ts'

const metadata = Type.Optional(Struct)
const historyLength = Type.Optional(Type.Integer({ minimum: 0, maximum: 2147483647 }))

export const PushNotificationAuthenticationInfo = Type.Object({
  schemes: Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { maxItems: 100 }),
  credentials: Type.Optional(Type.String({ maxLength: 16384 }))
})
export type PushNotificationAuthenticationInfo = Static<typeof PushNotificationAuthenticationInfo>

export const PushNotificationConfig = Type.Object({
  id: Type.Optional(Id),
  url: Type.String({ minLength: 1, maxLength: 8192, format: 'absolute-uri' }),
  token: Type.Optional(Type.String({ maxLength: 16384 })),
  authentication: Type.Optional(PushNotificationAuthenticationInfo)
})
export type PushNotificationConfig = Static<typeof PushNotificationConfig>

export const MessageSendConfiguration = Type.Object({
  acceptedOutputModes: Type.Optional(Type.Array(Type.String({ maxLength: 256 }), { maxItems: 100 })),
  historyLength,
  pushNotificationConfig: Type.Optional(PushNotificationConfig),
  blocking: Type.Optional(Type.Boolean())
})
export type MessageSendConfiguration = Static<typeof MessageSendConfiguration>

/** `message/send` and `message/stream`. */
export const MessageSendParams = Type.Object({
  message: Message,
  configuration: Type.Optional(MessageSendConfiguration),
  metadata
})
export type MessageSendParams = Static<typeof MessageSendParams>

/** `tasks/cancel` and `tasks/resubscribe`. */
export const TaskIdParams = Type.Object({ id: Id, metadata })
export type TaskIdParams = Static<typeof TaskIdParams>

/** `tasks/get`. */
export const TaskQueryParams = Type.Object({ id: Id, historyLength, metadata })
export type TaskQueryParams = Static<typeof TaskQueryParams>

/** `tasks/list`: gRPC and REST only in 0.3 (§3.5.6). Served to those who ask, with the filters of 1.0. */
export const ListTasksParams = Type.Object({
  contextId: Type.Optional(Id),
  status: Type.Optional(TaskState),
  pageSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  pageToken: Type.Optional(Type.String({ maxLength: 4096 })),
  historyLength,
  statusTimestampAfter: Type.Optional(Timestamp),
  includeArtifacts: Type.Optional(Type.Boolean()),
  metadata
})
export type ListTasksParams = Static<typeof ListTasksParams>

export type ListTasksResult = { tasks: Task[], nextPageToken: string, pageSize: number, totalSize: number }

/** `tasks/pushNotificationConfig/set`, and the result of `set` and `get`. */
export const TaskPushNotificationConfig = Type.Object({
  taskId: Id,
  pushNotificationConfig: PushNotificationConfig
})
export type TaskPushNotificationConfig = Static<typeof TaskPushNotificationConfig>

/** `tasks/pushNotificationConfig/get`: without a config id, the task's only or first config is meant. */
export const GetTaskPushNotificationConfigParams = Type.Object({
  id: Id,
  pushNotificationConfigId: Type.Optional(Id),
  metadata
})
export type GetTaskPushNotificationConfigParams = Static<typeof GetTaskPushNotificationConfigParams>

/** `tasks/pushNotificationConfig/list`. */
export const ListTaskPushNotificationConfigParams = TaskIdParams
export type ListTaskPushNotificationConfigParams = TaskIdParams

/** `tasks/pushNotificationConfig/delete`. */
export const DeleteTaskPushNotificationConfigParams = Type.Object({
  id: Id,
  pushNotificationConfigId: Id,
  metadata
})
export type DeleteTaskPushNotificationConfigParams = Static<typeof DeleteTaskPushNotificationConfigParams>
