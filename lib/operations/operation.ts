/** The operations of the protocol (A2A 1.0 §3.1). */
export type OperationName =
  | 'SendMessage' | 'SendStreamingMessage' | 'GetTask' | 'ListTasks' | 'CancelTask' | 'SubscribeToTask'
  | 'CreateTaskPushNotificationConfig' | 'GetTaskPushNotificationConfig' | 'ListTaskPushNotificationConfigs' | 'DeleteTaskPushNotificationConfig'
  | 'GetExtendedAgentCard'
