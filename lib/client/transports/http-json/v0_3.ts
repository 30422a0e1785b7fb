/** The resources of 0.3 (§3.5.6), below `/v1`, in the shapes of its proto. */
import { toProtoCreatePushConfig, toProtoList, toProtoSend } from '../../../protocol/v0_3/from-proto.ts'
import { readEvent, readPushConfig, readPushConfigs, readSend, readTask } from '../v0_3-answers.ts'
import { path, type Routes } from './route.ts'

export const v03Routes: Routes = {
  SendMessage: { verbs: ['POST'], path: () => '/v1/message:send', body: toProtoSend, result: readSend },
  SendStreamingMessage: { verbs: ['POST'], path: () => '/v1/message:stream', body: toProtoSend, result: readEvent },
  GetTask: { verbs: ['GET'], path: ({ id }) => path`/v1/tasks/${id}`, query: ({ historyLength }) => ({ historyLength }), result: readTask },
  // Without pages, as 0.3 has it (§7.3): the answer is an array; some agents wrap it.
  ListTasks: {
    verbs: ['GET'],
    path: () => '/v1/tasks',
    query: toProtoList,
    result: value => {
      const { tasks: wrapped, nextPageToken = '' } = Object(value)
      const tasks = listOf(Array.isArray(value) ? value : wrapped).map(readTask)
      return { tasks, nextPageToken: String(nextPageToken), pageSize: tasks.length, totalSize: tasks.length }
    }
  },
  CancelTask: { verbs: ['POST'], path: ({ id }) => path`/v1/tasks/${id}:cancel`, body: ({ id }) => ({ name: `tasks/${id}` }), result: readTask },
  // GET in the proto, POST in the prose; each of the official servers takes another one.
  SubscribeToTask: { verbs: ['GET', 'POST'], path: ({ id }) => path`/v1/tasks/${id}:subscribe`, body: () => ({}), result: readEvent },
  CreateTaskPushNotificationConfig: {
    verbs: ['POST'],
    path: ({ taskId }) => path`/v1/tasks/${taskId}/pushNotificationConfigs`,
    // The request of the proto, and its `config` alone: each of the official servers takes another one.
    body: ({ taskId, ...config }) => toProtoCreatePushConfig(config, taskId),
    otherBody: ({ taskId, ...config }) => toProtoCreatePushConfig(config, taskId).config,
    result: readPushConfig
  },
  GetTaskPushNotificationConfig: {
    verbs: ['GET'], path: ({ taskId, id }) => path`/v1/tasks/${taskId}/pushNotificationConfigs/${id}`, result: readPushConfig
  },
  ListTaskPushNotificationConfigs: {
    verbs: ['GET'],
    path: ({ taskId }) => path`/v1/tasks/${taskId}/pushNotificationConfigs`,
    query: ({ taskId, ...query }) => query,
    result: readPushConfigs
  },
  DeleteTaskPushNotificationConfig: { verbs: ['DELETE'], path: ({ taskId, id }) => path`/v1/tasks/${taskId}/pushNotificationConfigs/${id}`, result: () => {} },
  GetExtendedAgentCard: { verbs: ['GET'], path: () => '/v1/card', result: card => card }
}

function listOf (value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
