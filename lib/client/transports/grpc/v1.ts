/** `lf.a2a.v1.A2AService` (A2A 1.0 §10): its ProtoJSON is what we work on. */
import { A2AService } from '../../../../schemas/proto/gen/lf/a2a/v1/a2a_pb.ts'
import { readEvent, readPushConfig, readPushConfigList, readSend, readTask, readTaskList } from '../../answers.ts'
import type { Methods } from './methods.ts'

const { method } = A2AService
const same = (request: object) => request

export const v1Methods: Methods = {
  SendMessage: { desc: method.sendMessage, message: same, result: readSend },
  SendStreamingMessage: { desc: method.sendStreamingMessage, message: same, result: readEvent },
  GetTask: { desc: method.getTask, message: same, result: readTask },
  ListTasks: { desc: method.listTasks, message: same, result: readTaskList },
  CancelTask: { desc: method.cancelTask, message: same, result: readTask },
  SubscribeToTask: { desc: method.subscribeToTask, message: same, result: readEvent },
  CreateTaskPushNotificationConfig: { desc: method.createTaskPushNotificationConfig, message: same, result: readPushConfig },
  GetTaskPushNotificationConfig: { desc: method.getTaskPushNotificationConfig, message: same, result: readPushConfig },
  ListTaskPushNotificationConfigs: { desc: method.listTaskPushNotificationConfigs, message: same, result: readPushConfigList },
  DeleteTaskPushNotificationConfig: { desc: method.deleteTaskPushNotificationConfig, message: same, result: () => {} },
  GetExtendedAgentCard: { desc: method.getExtendedAgentCard, message: same, result: card => card }
}
