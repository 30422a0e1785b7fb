import {
  DeleteTaskPushNotificationConfigParams, GetTaskPushNotificationConfigParams, ListTaskPushNotificationConfigParams, ListTasksParams,
  MessageSendParams, TaskIdParams, TaskPushNotificationConfig, TaskQueryParams
} from '../../schemas/v0_3/requests.ts'
import { inV03 } from '../../lib/operations/call.ts'
import { createPushConfig, deletePushConfig, getPushConfig, listAllPushConfigs } from '../../lib/operations/push.ts'
import { sendMessage, sendStreamingMessage } from '../../lib/operations/send.ts'
import { subscribeToTask, type StreamItem } from '../../lib/operations/stream.ts'
import { cancelTask, getTask, listTasks } from '../../lib/operations/tasks.ts'
import { toV03Card } from '../../lib/protocol/v0_3/card.ts'
import {
  fromV03DeletePushConfig, fromV03GetPushConfig, fromV03ListPushConfigs, fromV03PushConfig, toV03PushConfig, toV03PushConfigs
} from '../../lib/protocol/v0_3/push.ts'
import { fromV03Cancel, fromV03GetTask, fromV03List, fromV03Resubscribe, fromV03Send } from '../../lib/protocol/v0_3/requests.ts'
import { isFinal, toV03Event, toV03Result, toV03Task, toV03TaskList } from '../../lib/protocol/v0_3/tasks.ts'
import { compile } from '../../lib/protocol/validate.ts'
import type { Method, Methods } from '../methods/method.ts'

const check = {
  send: compile(MessageSendParams),
  query: compile(TaskQueryParams),
  id: compile(TaskIdParams),
  list: compile(ListTasksParams),
  setPush: compile(TaskPushNotificationConfig),
  getPush: compile(GetTaskPushNotificationConfigParams),
  listPush: compile(ListTaskPushNotificationConfigParams),
  deletePush: compile(DeleteTaskPushNotificationConfigParams)
}

function frame ({ response }: StreamItem): string {
  return JSON.stringify(toV03Event(response, { final: isFinal(response) }))
}

/** The methods of A2A 0.3 (§7), and `tasks/list`, which its other bindings have. */
export const v03Methods: Methods = new Map(Object.entries<Method>({
  'message/send': {
    unary: async (agent, call, params) => {
      const result = await sendMessage(agent, inV03(call), fromV03Send(check.send(params)))
      return JSON.stringify(toV03Result('task' in result ? { task: result.task.task } : result))
    }
  },
  'message/stream': {
    stream: (agent, call, params, { signal }) => sendStreamingMessage(agent, inV03(call), fromV03Send(check.send(params)), { signal, endOnInput: true }),
    frame
  },
  'tasks/get': {
    unary: async (agent, call, params) => {
      const { task } = await getTask(agent, call, fromV03GetTask(check.query(params)))
      return JSON.stringify(toV03Task(task))
    }
  },
  'tasks/list': {
    unary: async (agent, call, params) => {
      const { tasks, ...page } = await listTasks(agent, call, fromV03List(check.list(params ?? {})))
      return JSON.stringify(toV03TaskList({ ...page, tasks: tasks.map(({ task }) => task) }))
    }
  },
  'tasks/cancel': {
    unary: async (agent, call, params) => {
      const { task } = await cancelTask(agent, call, fromV03Cancel(check.id(params)))
      return JSON.stringify(toV03Task(task))
    }
  },
  'tasks/resubscribe': {
    stream: (agent, call, params, options) => subscribeToTask(agent, call, fromV03Resubscribe(check.id(params)), { ...options, endOnInput: true }),
    frame
  },
  'tasks/pushNotificationConfig/set': {
    unary: async (agent, call, params) => {
      return JSON.stringify(toV03PushConfig(await createPushConfig(agent, inV03(call), fromV03PushConfig(check.setPush(params)))))
    }
  },
  'tasks/pushNotificationConfig/get': {
    unary: async (agent, call, params) => {
      return JSON.stringify(toV03PushConfig(await getPushConfig(agent, call, fromV03GetPushConfig(check.getPush(params)))))
    }
  },
  'tasks/pushNotificationConfig/list': {
    unary: async (agent, call, params) => {
      return JSON.stringify(toV03PushConfigs({ configs: await listAllPushConfigs(agent, call, fromV03ListPushConfigs(check.listPush(params))) }))
    }
  },
  'tasks/pushNotificationConfig/delete': {
    unary: async (agent, call, params) => {
      await deletePushConfig(agent, call, fromV03DeletePushConfig(check.deletePush(params)))
      return 'null'
    }
  },
  'agent/getAuthenticatedExtendedCard': {
    unary: async (agent, { principal, baseUrl }) => {
      // 0.3 is enabled, or this method would not have been found: the card has an interface of that version.
      return JSON.stringify(await agent.cards.extendedV03(principal, baseUrl, card => toV03Card(card) ?? card))
    }
  }
}))
