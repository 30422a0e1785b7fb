/** `a2a.v1.A2AService` (A2A 0.3 §3.2.2), which calls things by resource names. */
import { A2AService } from '../../../../schemas/proto/gen/a2a/v1/a2a_pb.ts'
import { toProtoCreatePushConfig, toProtoSend } from '../../../protocol/v0_3/from-proto.ts'
import { readEvent, readPushConfig, readPushConfigs, readSend, readTask } from '../v0_3-answers.ts'
import type { Methods } from './methods.ts'

const { method } = A2AService

export const v03Methods: Methods = {
  SendMessage: { desc: method.sendMessage, message: toProtoSend, result: readSend },
  SendStreamingMessage: { desc: method.sendStreamingMessage, message: toProtoSend, result: readEvent },
  GetTask: { desc: method.getTask, message: ({ id, historyLength }) => ({ name: taskName(id), ...historyLength !== undefined && { historyLength } }), result: readTask },
  ListTasks: undefined,
  CancelTask: { desc: method.cancelTask, message: ({ id }) => ({ name: taskName(id) }), result: readTask },
  SubscribeToTask: { desc: method.taskSubscription, message: ({ id }) => ({ name: taskName(id) }), result: readEvent },
  CreateTaskPushNotificationConfig: {
    desc: method.createTaskPushNotificationConfig, message: ({ taskId, ...config }) => toProtoCreatePushConfig(config, taskId), result: readPushConfig
  },
  GetTaskPushNotificationConfig: { desc: method.getTaskPushNotificationConfig, message: configName, result: readPushConfig },
  ListTaskPushNotificationConfigs: {
    desc: method.listTaskPushNotificationConfig, message: ({ taskId, ...page }) => ({ parent: taskName(taskId), ...page }), result: readPushConfigs
  },
  DeleteTaskPushNotificationConfig: { desc: method.deleteTaskPushNotificationConfig, message: configName, result: () => {} },
  GetExtendedAgentCard: { desc: method.getAgentCard, message: () => ({}), result: card => card }
}

function taskName (id: string): string {
  return `tasks/${id}`
}

function configName ({ taskId, id }: { taskId: string, id: string }): { name: string } {
  return { name: `${taskName(taskId)}/pushNotificationConfigs/${id}` }
}
