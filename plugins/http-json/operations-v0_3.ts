import Type from 'typebox'
import { AgentCard } from '../../schemas/v0_3/card.ts'
import { Id } from '../../schemas/v1/common.ts'
import {
  ProtoCreatePushConfig, ProtoGetTask, ProtoListTasks, ProtoSendRequest, ProtoSendResponse, ProtoStreamResponse, ProtoTask, ProtoTaskId,
  ProtoTaskPushConfig
} from '../../schemas/v0_3/proto.ts'
import { DeleteTaskPushNotificationConfigRequest, GetTaskPushNotificationConfigRequest, ListTaskPushNotificationConfigsRequest } from '../../schemas/v1/requests.ts'
import { Empty } from '../../schemas/v1/responses.ts'
import { inV03 } from '../../lib/operations/call.ts'
import { createPushConfig, deletePushConfig, getPushConfig, listPushConfigs } from '../../lib/operations/push.ts'
import { sendMessage, sendStreamingMessage } from '../../lib/operations/send.ts'
import { subscribeToTask, type StreamItem } from '../../lib/operations/stream.ts'
import { cancelTask, getTask, listTasks } from '../../lib/operations/tasks.ts'
import { toV03Card, v03Fields } from '../../lib/protocol/v0_3/card.ts'
import { fromProtoList, fromProtoSend, toProtoEvent, toProtoResponse, toProtoTask } from '../../lib/protocol/v0_3/proto-json.ts'
import { asCreatePushConfig, fromProtoCreatePushConfig, toProtoPushConfig } from '../../lib/protocol/v0_3/proto-push.ts'
import { isFinal } from '../../lib/protocol/v0_3/tasks.ts'
import { compile } from '../../lib/protocol/validate.ts'
import type { Method } from '../methods/method.ts'
import type { Operation } from './operation.ts'

const check = {
  send: compile(ProtoSendRequest),
  get: compile(ProtoGetTask),
  id: compile(ProtoTaskId),
  list: compile(ProtoListTasks),
  createPush: compile(ProtoCreatePushConfig),
  task: compile(Type.Object({ taskId: Id })),
  getPush: compile(GetTaskPushNotificationConfigRequest),
  listPush: compile(ListTaskPushNotificationConfigsRequest),
  deletePush: compile(DeleteTaskPushNotificationConfigRequest)
}

const send: Method = {
  unary: async (agent, call, params) => {
    const result = await sendMessage(agent, inV03(call), fromProtoSend(check.send(params)))
    return JSON.stringify(toProtoResponse('task' in result ? { task: result.task.task } : result))
  }
}

const stream: Method = {
  stream: (agent, call, params, { signal }) => sendStreamingMessage(agent, inV03(call), fromProtoSend(check.send(params)), { signal, endOnInput: true }),
  frame
}

const get: Method = {
  unary: async (agent, call, params) => {
    const { id, historyLength } = check.get(params)
    const { task } = await getTask(agent, call, { id, ...historyLength !== undefined && { historyLength } })
    return JSON.stringify(toProtoTask(task))
  }
}

/** An array, as 0.3 has it (§7.3): it has no pages, but takes the filters of 1.0. */
const list: Method = {
  unary: async (agent, call, params) => {
    const { tasks } = await listTasks(agent, call, fromProtoList(check.list(params)))
    return JSON.stringify(tasks.map(({ task }) => toProtoTask(task)))
  }
}

const cancel: Method = {
  unary: async (agent, call, params) => {
    const { id, metadata } = check.id(params)
    const { task } = await cancelTask(agent, call, { id, ...metadata !== undefined && { metadata } })
    return JSON.stringify(toProtoTask(task))
  }
}

const subscribe: Method = {
  stream: (agent, call, params, options) => subscribeToTask(agent, call, { id: check.id(params).id }, { ...options, endOnInput: true }),
  frame
}

/** One official client reads this card as the proto has it, the other one as the types do: where they differ, it has both. */
const card: Method = {
  unary: async (agent, { principal, baseUrl }) => {
    return JSON.stringify(await agent.cards.extendedV03(principal, baseUrl, card => {
      const securitySchemes = v03Fields(card)?.securitySchemes
      return { ...toV03Card(card), ...securitySchemes !== undefined && { securitySchemes } }
    }))
  }
}

const createPush: Method = {
  unary: async (agent, call, params) => {
    const { taskId } = check.task(params)
    const config = fromProtoCreatePushConfig(check.createPush(asCreatePushConfig(params)), taskId)
    return JSON.stringify(toProtoPushConfig(await createPushConfig(agent, inV03(call), config)))
  }
}

const listPush: Method = {
  unary: async (agent, call, params) => {
    const { configs, nextPageToken } = await listPushConfigs(agent, call, check.listPush(params))
    return JSON.stringify({ configs: configs.map(toProtoPushConfig), ...nextPageToken !== '' && { nextPageToken } })
  }
}

const getPush: Method = {
  unary: async (agent, call, params) => JSON.stringify(toProtoPushConfig(await getPushConfig(agent, call, check.getPush(params))))
}

const deletePush: Method = {
  unary: async (agent, call, params) => {
    await deletePushConfig(agent, call, check.deletePush(params))
    return '{}'
  }
}

const configs = '/tasks/{taskId}/pushNotificationConfigs'

/** The resources of A2A 0.3 (§3.5.6), below `/v1`, in the shapes of its proto. */
export const v03Operations: readonly Operation[] = [
  { name: 'message/send', verb: 'POST', path: '/message:send', run: send, request: ProtoSendRequest, response: ProtoSendResponse, summary: 'Send a message' },
  { name: 'message/stream', verb: 'POST', path: '/message:stream', run: stream, request: ProtoSendRequest, response: ProtoStreamResponse, summary: 'Send a message and follow what becomes of it' },
  { name: 'tasks/get', verb: 'GET', path: '/tasks/{id}', run: get, request: ProtoGetTask, response: ProtoTask, summary: 'Get a task' },
  { name: 'tasks/list', verb: 'GET', path: '/tasks', run: list, request: ProtoListTasks, response: Type.Array(ProtoTask), summary: 'List tasks, the newest first' },
  { name: 'tasks/cancel', verb: 'POST', path: '/tasks/{id}:cancel', run: cancel, request: ProtoTaskId, response: ProtoTask, summary: 'Cancel a task' },
  // GET in the proto, POST in the prose; each of the official clients takes another one.
  { name: 'tasks/resubscribe', verb: 'GET', path: '/tasks/{id}:subscribe', run: subscribe, request: ProtoTaskId, response: ProtoStreamResponse, summary: 'Follow a task' },
  { name: 'tasks/resubscribe', verb: 'POST', path: '/tasks/{id}:subscribe', run: subscribe, request: ProtoTaskId, response: ProtoStreamResponse, summary: 'Follow a task' },
  { name: 'tasks/pushNotificationConfig/set', verb: 'POST', path: configs, run: createPush, request: ProtoCreatePushConfig, response: ProtoTaskPushConfig, summary: 'Have the events of a task pushed' },
  { name: 'tasks/pushNotificationConfig/list', verb: 'GET', path: configs, run: listPush, request: ListTaskPushNotificationConfigsRequest, response: Type.Object({ configs: Type.Array(ProtoTaskPushConfig) }), summary: 'List where the events of a task are pushed to' },
  { name: 'tasks/pushNotificationConfig/get', verb: 'GET', path: `${configs}/{id}`, run: getPush, request: GetTaskPushNotificationConfigRequest, response: ProtoTaskPushConfig, summary: 'Get a push configuration' },
  { name: 'tasks/pushNotificationConfig/delete', verb: 'DELETE', path: `${configs}/{id}`, run: deletePush, request: DeleteTaskPushNotificationConfigRequest, response: Empty, summary: 'Delete a push configuration' },
  { name: 'agent/getAuthenticatedExtendedCard', verb: 'GET', path: '/card', run: card, request: Type.Object({}), response: AgentCard, summary: 'Get the card for authenticated callers' }
]

function frame ({ response }: StreamItem): string {
  return JSON.stringify(toProtoEvent(response, { final: isFinal(response) }))
}
