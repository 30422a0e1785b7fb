/** The resources of 0.3 (§3.5.6), below `/v1`, in the shapes of its proto. */
import { ProtoEventAnswer, ProtoPushConfigsAnswer, ProtoSendAnswer } from '../../../../schemas/v0_3/proto-answers.ts'
import { ProtoTask, ProtoTaskPushConfig, type ProtoSendResponse, type ProtoStreamResponse } from '../../../../schemas/v0_3/proto.ts'
import {
  fromProtoEvent, fromProtoResponse, fromProtoTask, fromProtoTaskPushConfig, toProtoCreatePushConfig, toProtoList, toProtoSend
} from '../../../protocol/v0_3/from-proto.ts'
import { reader } from '../../answers.ts'
import { readCard } from '../../cards/read.ts'
import { path, type Routes } from './route.ts'

const readSend = reader<ProtoSendResponse>(ProtoSendAnswer)
const readEvent = reader<ProtoStreamResponse>(ProtoEventAnswer)
const readTask = reader<ProtoTask>(ProtoTask)
const readPushConfig = reader<ProtoTaskPushConfig>(ProtoTaskPushConfig)
const readPushConfigs = reader<{ configs?: ProtoTaskPushConfig[], nextPageToken?: string }>(ProtoPushConfigsAnswer)

export const v03Routes: Routes = {
  SendMessage: { verbs: ['POST'], path: () => '/v1/message:send', body: toProtoSend, result: value => fromProtoResponse(readSend(value)) },
  SendStreamingMessage: { verbs: ['POST'], path: () => '/v1/message:stream', body: toProtoSend, result: value => fromProtoEvent(readEvent(value)) },
  GetTask: { verbs: ['GET'], path: ({ id }) => path`/v1/tasks/${id}`, query: ({ historyLength }) => ({ historyLength }), result: value => fromProtoTask(readTask(value)) },
  // Without pages, as 0.3 has it (§7.3): the answer is an array; some agents wrap it.
  ListTasks: {
    verbs: ['GET'],
    path: () => '/v1/tasks',
    query: toProtoList,
    result: value => {
      const { tasks: wrapped, nextPageToken = '' } = Object(value)
      const tasks = listOf(Array.isArray(value) ? value : wrapped).map(task => fromProtoTask(readTask(task)))
      return { tasks, nextPageToken: String(nextPageToken), pageSize: tasks.length, totalSize: tasks.length }
    }
  },
  CancelTask: { verbs: ['POST'], path: ({ id }) => path`/v1/tasks/${id}:cancel`, body: ({ id }) => ({ name: `tasks/${id}` }), result: value => fromProtoTask(readTask(value)) },
  // GET in the proto, POST in the prose; each of the official servers takes another one.
  SubscribeToTask: { verbs: ['GET', 'POST'], path: ({ id }) => path`/v1/tasks/${id}:subscribe`, body: () => ({}), result: value => fromProtoEvent(readEvent(value)) },
  CreateTaskPushNotificationConfig: {
    verbs: ['POST'],
    path: ({ taskId }) => path`/v1/tasks/${taskId}/pushNotificationConfigs`,
    // The whole request of the proto, and its `config` alone: each of the official servers reads another one.
    body: ({ taskId, ...config }) => {
      const request = toProtoCreatePushConfig(config, taskId)
      return { ...request.config, ...request }
    },
    result: value => fromProtoTaskPushConfig(readPushConfig(value))
  },
  GetTaskPushNotificationConfig: {
    verbs: ['GET'], path: ({ taskId, id }) => path`/v1/tasks/${taskId}/pushNotificationConfigs/${id}`, result: value => fromProtoTaskPushConfig(readPushConfig(value))
  },
  ListTaskPushNotificationConfigs: {
    verbs: ['GET'],
    path: ({ taskId }) => path`/v1/tasks/${taskId}/pushNotificationConfigs`,
    query: ({ taskId, ...query }) => query,
    result: value => {
      const { configs = [], nextPageToken = '' } = readPushConfigs(Array.isArray(value) ? { configs: value } : value)
      return { configs: configs.map(fromProtoTaskPushConfig), nextPageToken }
    }
  },
  DeleteTaskPushNotificationConfig: { verbs: ['DELETE'], path: ({ taskId, id }) => path`/v1/tasks/${taskId}/pushNotificationConfigs/${id}`, result: () => {} },
  GetExtendedAgentCard: { verbs: ['GET'], path: () => '/v1/card', result: readCard }
}

function listOf (value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
