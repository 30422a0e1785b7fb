/** The operations of the protocol as a client sees them, in the shapes of 1.0. */
import type { SendMessageResponse, StreamResponse, Task } from '../../schemas/v1/common.ts'
import type {
  CancelTaskRequest, DeleteTaskPushNotificationConfigRequest, GetExtendedAgentCardRequest, GetTaskPushNotificationConfigRequest, GetTaskRequest,
  ListTaskPushNotificationConfigsRequest, ListTaskPushNotificationConfigsResponse, ListTasksRequest, ListTasksResponse, SendMessageRequest,
  SubscribeToTaskRequest, TaskPushNotificationConfig
} from '../../schemas/v1/requests.ts'

export type Requests = {
  SendMessage: SendMessageRequest
  GetTask: GetTaskRequest
  ListTasks: ListTasksRequest
  CancelTask: CancelTaskRequest
  CreateTaskPushNotificationConfig: TaskPushNotificationConfig
  GetTaskPushNotificationConfig: GetTaskPushNotificationConfigRequest
  ListTaskPushNotificationConfigs: ListTaskPushNotificationConfigsRequest
  DeleteTaskPushNotificationConfig: DeleteTaskPushNotificationConfigRequest
  GetExtendedAgentCard: GetExtendedAgentCardRequest
}

export type Responses = {
  SendMessage: SendMessageResponse
  GetTask: Task
  ListTasks: ListTasksResponse
  CancelTask: Task
  CreateTaskPushNotificationConfig: TaskPushNotificationConfig
  GetTaskPushNotificationConfig: TaskPushNotificationConfig
  ListTaskPushNotificationConfigs: ListTaskPushNotificationConfigsResponse
  DeleteTaskPushNotificationConfig: void
  /** The card as it came, to be checked before anything is made of it. */
  GetExtendedAgentCard: unknown
}

export type StreamRequests = {
  SendStreamingMessage: SendMessageRequest
  SubscribeToTask: SubscribeToTaskRequest
}

export type UnaryName = keyof Requests
export type StreamName = keyof StreamRequests
export type OperationName = UnaryName | StreamName

/** An event of a stream as it came. Those that came together are passed on together. */
export type Received = {
  readonly event: StreamResponse
  /** Of the server-sent event, where it has one: where the stream can be resumed. */
  readonly id: string | undefined
}
