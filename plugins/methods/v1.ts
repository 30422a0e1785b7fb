import {
  CancelTaskRequest, DeleteTaskPushNotificationConfigRequest, GetExtendedAgentCardRequest, GetTaskPushNotificationConfigRequest,
  GetTaskRequest, ListTaskPushNotificationConfigsRequest, ListTasksRequest, SendMessageRequest, SubscribeToTaskRequest,
  TaskPushNotificationConfig
} from '../../schemas/v1/requests.ts'
import { inTenant } from '../../lib/operations/call.ts'
import { createPushConfig, deletePushConfig, getPushConfig, listPushConfigs } from '../../lib/operations/push.ts'
import { sendMessage, sendStreamingMessage, type SendResult } from '../../lib/operations/send.ts'
import { subscribeToTask } from '../../lib/operations/stream.ts'
import { cancelTask, getTask, listTasks } from '../../lib/operations/tasks.ts'
import { compile } from '../../lib/protocol/validate.ts'
import type { Method, Methods } from './method.ts'

/** Of the inputs, by operation. */
export const check = {
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

function sendResponse (result: SendResult): string {
  return 'task' in result ? `{"task":${result.task.json}}` : JSON.stringify(result)
}

/** The methods of A2A 1.0 (§9.4). Inside, everything has their form already. */
export const v1Methods: Methods = new Map(Object.entries<Method>({
  SendMessage: {
    unary: (agent, call, params) => {
      const request = check.send(params)
      return sendMessage(agent, inTenant(call, request), request).then(sendResponse)
    }
  },
  SendStreamingMessage: {
    stream: async (agent, call, params, { signal }) => {
      const request = check.send(params)
      return await sendStreamingMessage(agent, inTenant(call, request), request, { signal })
    }
  },
  GetTask: {
    unary: async (agent, call, params) => {
      const request = check.get(params)
      return (await getTask(agent, inTenant(call, request), request)).json
    }
  },
  ListTasks: {
    unary: async (agent, call, params) => {
      const request = check.list(params ?? {})
      const { tasks, ...page } = await listTasks(agent, inTenant(call, request), request)
      return `{"tasks":[${tasks.map(({ json }) => json).join(',')}],${JSON.stringify(page).slice(1)}`
    }
  },
  CancelTask: {
    unary: async (agent, call, params) => {
      const request = check.cancel(params)
      return (await cancelTask(agent, inTenant(call, request), request)).json
    }
  },
  SubscribeToTask: {
    stream: async (agent, call, params, options) => {
      const request = check.subscribe(params)
      return await subscribeToTask(agent, inTenant(call, request), request, options)
    }
  },
  CreateTaskPushNotificationConfig: {
    unary: async (agent, call, params) => {
      const request = check.createPush(params)
      return JSON.stringify(await createPushConfig(agent, inTenant(call, request), request))
    }
  },
  GetTaskPushNotificationConfig: {
    unary: async (agent, call, params) => {
      const request = check.getPush(params)
      return JSON.stringify(await getPushConfig(agent, inTenant(call, request), request))
    }
  },
  ListTaskPushNotificationConfigs: {
    unary: async (agent, call, params) => {
      const request = check.listPush(params)
      return JSON.stringify(await listPushConfigs(agent, inTenant(call, request), request))
    }
  },
  DeleteTaskPushNotificationConfig: {
    unary: async (agent, call, params) => {
      const request = check.deletePush(params)
      await deletePushConfig(agent, inTenant(call, request), request)
      return '{}'
    }
  },
  GetExtendedAgentCard: {
    unary: async (agent, { principal, baseUrl }, params) => {
      check.extendedCard(params ?? {})
      return JSON.stringify(await agent.cards.extended(principal, baseUrl))
    }
  }
}))
