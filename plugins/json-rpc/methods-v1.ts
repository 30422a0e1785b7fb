import {
  CancelTaskRequest, DeleteTaskPushNotificationConfigRequest, GetExtendedAgentCardRequest, GetTaskPushNotificationConfigRequest,
  GetTaskRequest, ListTaskPushNotificationConfigsRequest, ListTasksRequest, SendMessageRequest, SubscribeToTaskRequest,
  TaskPushNotificationConfig
} from '../../schemas/v1/requests.ts'
import { pushNotSupported } from '../../lib/operations/push.ts'
import { sendMessage, sendStreamingMessage } from '../../lib/operations/send.ts'
import { subscribeToTask, type StreamItem } from '../../lib/operations/stream.ts'
import { cancelTask, getTask, listTasks } from '../../lib/operations/tasks.ts'
import { compile } from '../../lib/protocol/validate.ts'
import type { Method, Methods } from './method.ts'

const check = {
  send: compile(SendMessageRequest),
  get: compile(GetTaskRequest),
  list: compile(ListTasksRequest),
  cancel: compile(CancelTaskRequest),
  subscribe: compile(SubscribeToTaskRequest),
  createPush: compile(TaskPushNotificationConfig),
  getPush: compile(GetTaskPushNotificationConfigRequest),
  listPush: compile(ListTaskPushNotificationConfigsRequest),
  deletePush: compile(DeleteTaskPushNotificationConfigRequest),
  extendedCard: compile(GetExtendedAgentCardRequest)
}

const frame = ({ json }: StreamItem) => json

/** The methods of A2A 1.0 (§9.4). Inside, everything has their form already. */
export const v1Methods: Methods = new Map(Object.entries<Method>({
  SendMessage: {
    unary: async (agent, call, params) => {
      const result = await sendMessage(agent, call, check.send(params))
      return 'task' in result ? `{"task":${result.task.json}}` : JSON.stringify(result)
    }
  },
  SendStreamingMessage: {
    stream: (agent, call, params, { signal }) => sendStreamingMessage(agent, call, check.send(params), { signal }),
    frame
  },
  GetTask: {
    unary: async (agent, call, params) => (await getTask(agent, call, check.get(params))).json
  },
  ListTasks: {
    unary: async (agent, call, params) => {
      const { tasks, ...page } = await listTasks(agent, call, check.list(params ?? {}))
      return `{"tasks":[${tasks.map(({ json }) => json).join(',')}],${JSON.stringify(page).slice(1)}`
    }
  },
  CancelTask: {
    unary: async (agent, call, params) => (await cancelTask(agent, call, check.cancel(params))).json
  },
  SubscribeToTask: {
    stream: (agent, call, params, options) => subscribeToTask(agent, call, check.subscribe(params), options),
    frame
  },
  CreateTaskPushNotificationConfig: { unary: async (_agent, _call, params) => pushNotSupported(check.createPush(params)) },
  GetTaskPushNotificationConfig: { unary: async (_agent, _call, params) => pushNotSupported(check.getPush(params)) },
  ListTaskPushNotificationConfigs: { unary: async (_agent, _call, params) => pushNotSupported(check.listPush(params)) },
  DeleteTaskPushNotificationConfig: { unary: async (_agent, _call, params) => pushNotSupported(check.deletePush(params)) },
  GetExtendedAgentCard: {
    unary: async (agent, { principal, baseUrl }, params) => {
      check.extendedCard(params ?? {})
      return JSON.stringify(await agent.cards.extended(principal, baseUrl))
    }
  }
}))
