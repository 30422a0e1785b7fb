/** The methods of 1.0 (A2A 1.0 §9.4): their params and results are what we work on. */
import { readEvent, readPushConfig, readPushConfigList, readSend, readTask, readTaskList, type Reader } from '../../answers.ts'
import type { OperationName } from '../../operations.ts'
import type { Method, Methods } from './methods.ts'

export const v1Methods: Methods = {
  SendMessage: method('SendMessage', readSend),
  SendStreamingMessage: method('SendStreamingMessage', readEvent),
  GetTask: method('GetTask', readTask),
  ListTasks: method('ListTasks', readTaskList),
  CancelTask: method('CancelTask', readTask),
  SubscribeToTask: method('SubscribeToTask', readEvent),
  CreateTaskPushNotificationConfig: method('CreateTaskPushNotificationConfig', readPushConfig),
  GetTaskPushNotificationConfig: method('GetTaskPushNotificationConfig', readPushConfig),
  ListTaskPushNotificationConfigs: method('ListTaskPushNotificationConfigs', readPushConfigList),
  DeleteTaskPushNotificationConfig: method('DeleteTaskPushNotificationConfig', () => {}),
  GetExtendedAgentCard: method('GetExtendedAgentCard', card => card)
}

function method<T> (name: OperationName, result: Reader<T>): Method<unknown, T> {
  return { name, params: request => request, result }
}
