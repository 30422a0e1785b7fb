import { AgentCard } from '../../schemas/v1/card.ts'
import { Task } from '../../schemas/v1/common.ts'
import {
  CancelTaskRequest, DeleteTaskPushNotificationConfigRequest, GetExtendedAgentCardRequest, GetTaskPushNotificationConfigRequest, GetTaskRequest,
  ListTaskPushNotificationConfigsRequest, ListTasksRequest, SendMessageRequest, SubscribeToTaskRequest, TaskPushNotificationConfig
} from '../../schemas/v1/requests.ts'
import { Empty, ListTaskPushNotificationConfigsResponse, ListTasksResponse, SendMessageResponse, StreamResponse } from '../../schemas/v1/responses.ts'
import type { Method } from '../methods/method.ts'
import { v1Methods } from '../methods/v1.ts'
import type { Operation } from './operation.ts'

const configs = '/tasks/{taskId}/pushNotificationConfigs'

/** The resources of A2A 1.0 (§11.3, and the HTTP rules of its proto). A request and its answer are those of JSON-RPC. */
export const v1Operations: readonly Operation[] = [
  operation('SendMessage', 'POST', '/message:send', SendMessageRequest, SendMessageResponse, 'Send a message'),
  operation('SendStreamingMessage', 'POST', '/message:stream', SendMessageRequest, StreamResponse, 'Send a message and follow what becomes of it'),
  operation('GetTask', 'GET', '/tasks/{id}', GetTaskRequest, Task, 'Get a task'),
  operation('ListTasks', 'GET', '/tasks', ListTasksRequest, ListTasksResponse, 'List tasks, the newest first'),
  operation('CancelTask', 'POST', '/tasks/{id}:cancel', CancelTaskRequest, Task, 'Cancel a task'),
  // GET in the proto, POST in the prose.
  operation('SubscribeToTask', 'GET', '/tasks/{id}:subscribe', SubscribeToTaskRequest, StreamResponse, 'Follow a task'),
  operation('SubscribeToTask', 'POST', '/tasks/{id}:subscribe', SubscribeToTaskRequest, StreamResponse, 'Follow a task'),
  operation('CreateTaskPushNotificationConfig', 'POST', configs, TaskPushNotificationConfig, TaskPushNotificationConfig, 'Have the events of a task pushed'),
  operation('ListTaskPushNotificationConfigs', 'GET', configs, ListTaskPushNotificationConfigsRequest, ListTaskPushNotificationConfigsResponse, 'List where the events of a task are pushed to'),
  operation('GetTaskPushNotificationConfig', 'GET', `${configs}/{id}`, GetTaskPushNotificationConfigRequest, TaskPushNotificationConfig, 'Get a push configuration'),
  operation('DeleteTaskPushNotificationConfig', 'DELETE', `${configs}/{id}`, DeleteTaskPushNotificationConfigRequest, Empty, 'Delete a push configuration'),
  operation('GetExtendedAgentCard', 'GET', '/extendedAgentCard', GetExtendedAgentCardRequest, AgentCard, 'Get the card for authenticated callers')
]

function operation (
  name: string, verb: Operation['verb'], path: string, request: Operation['request'], response: Operation['response'], summary: string
): Operation {
  return { name, summary, verb, path, run: methodOf(name), request, response }
}

function methodOf (name: string): Method {
  const method = v1Methods.get(name)
  if (method === undefined) throw new Error(`${name} is no method of A2A 1.0`)
  return method
}
