/** The resources of 1.0 (A2A 1.0 §11.3, and the HTTP rules of its proto). */
import { readEvent, readPushConfig, readPushConfigList, readSend, readTask, readTaskList } from '../../answers.ts'
import { path, type Routes } from './route.ts'

export const v1Routes: Routes = {
  SendMessage: { verbs: ['POST'], path: () => '/message:send', body: request => request, result: readSend },
  SendStreamingMessage: { verbs: ['POST'], path: () => '/message:stream', body: request => request, result: readEvent },
  GetTask: { verbs: ['GET'], path: ({ id }) => path`/tasks/${id}`, query: ({ id, ...query }) => query, result: readTask },
  ListTasks: { verbs: ['GET'], path: () => '/tasks', query: query => query, result: readTaskList },
  CancelTask: { verbs: ['POST'], path: ({ id }) => path`/tasks/${id}:cancel`, body: ({ id, ...body }) => body, result: readTask },
  // GET in the proto, POST in the prose.
  SubscribeToTask: { verbs: ['GET', 'POST'], path: ({ id }) => path`/tasks/${id}:subscribe`, body: () => ({}), result: readEvent },
  CreateTaskPushNotificationConfig: {
    verbs: ['POST'], path: ({ taskId }) => path`/tasks/${taskId}/pushNotificationConfigs`, body: config => config, result: readPushConfig
  },
  GetTaskPushNotificationConfig: { verbs: ['GET'], path: ({ taskId, id }) => path`/tasks/${taskId}/pushNotificationConfigs/${id}`, result: readPushConfig },
  ListTaskPushNotificationConfigs: {
    verbs: ['GET'], path: ({ taskId }) => path`/tasks/${taskId}/pushNotificationConfigs`, query: ({ taskId, ...query }) => query, result: readPushConfigList
  },
  DeleteTaskPushNotificationConfig: { verbs: ['DELETE'], path: ({ taskId, id }) => path`/tasks/${taskId}/pushNotificationConfigs/${id}`, result: () => {} },
  GetExtendedAgentCard: { verbs: ['GET'], path: () => '/extendedAgentCard', result: card => card }
}
