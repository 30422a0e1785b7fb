import type { OperationName } from '../../lib/operations/operation.ts'

/** What 0.3 calls the operations of 1.0. */
const v03Names = new Map<string, OperationName>([
  ['message/send', 'SendMessage'],
  ['message/stream', 'SendStreamingMessage'],
  ['tasks/get', 'GetTask'],
  ['tasks/list', 'ListTasks'],
  ['tasks/cancel', 'CancelTask'],
  ['tasks/resubscribe', 'SubscribeToTask'],
  ['tasks/pushNotificationConfig/set', 'CreateTaskPushNotificationConfig'],
  ['tasks/pushNotificationConfig/get', 'GetTaskPushNotificationConfig'],
  ['tasks/pushNotificationConfig/list', 'ListTaskPushNotificationConfigs'],
  ['tasks/pushNotificationConfig/delete', 'DeleteTaskPushNotificationConfig'],
  ['agent/getAuthenticatedExtendedCard', 'GetExtendedAgentCard']
])

/** @param method the name of a known method, of either version */
export function operationOf (method: string): OperationName {
  // What is not a name of 0.3 is one of 1.0.
  return v03Names.get(method) ?? method as OperationName
}
