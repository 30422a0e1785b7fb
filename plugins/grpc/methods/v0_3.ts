import { A2AService } from '../../../schemas/proto/gen/a2a/v1/a2a_pb.ts'
import { ProtoSendRequest } from '../../../schemas/v0_3/proto.ts'
import { inV03 } from '../../../lib/operations/call.ts'
import type { OperationName } from '../../../lib/operations/operation.ts'
import { sendStreamingMessage } from '../../../lib/operations/send.ts'
import { subscribeToTask, type StreamItem } from '../../../lib/operations/stream.ts'
import { toProtoCard } from '../../../lib/protocol/v0_3/proto-card.ts'
import { fromProtoSend, toProtoEvent } from '../../../lib/protocol/v0_3/proto-json.ts'
import { readPushConfigName, readTaskName } from '../../../lib/protocol/v0_3/proto-push.ts'
import { isFinal } from '../../../lib/protocol/v0_3/tasks.ts'
import { compile } from '../../../lib/protocol/validate.ts'
import { v03Operations } from '../../http-json/operations-v0_3.ts'
import { methodsOf, type Work } from './method.ts'

const checkSend = compile(ProtoSendRequest)

const message = ({ response }: StreamItem) => toProtoEvent(response, { final: isFinal(response) })

/** `a2a.v1.A2AService` (A2A 0.3 §3.2.2). Things are called by resource names; beyond that, its shapes are those of HTTP+JSON. */
export const v03GrpcMethods = methodsOf(A2AService, '0.3', {
  SendMessage: asInJson('SendMessage', 'message/send', params => params),
  SendStreamingMessage: {
    operation: 'SendStreamingMessage',
    stream: (agent, call, params, { signal }) => sendStreamingMessage(agent, inV03(call), fromProtoSend(checkSend(params)), { signal, endOnInput: true }),
    message
  },
  GetTask: asInJson('GetTask', 'tasks/get', byTaskName),
  CancelTask: asInJson('CancelTask', 'tasks/cancel', byTaskName),
  TaskSubscription: {
    operation: 'SubscribeToTask',
    stream: async (agent, call, params, options) => await subscribeToTask(agent, inV03(call), { id: readTaskName(textOf(params, 'name')) }, { ...options, endOnInput: true }),
    message
  },
  CreateTaskPushNotificationConfig: asInJson('CreateTaskPushNotificationConfig', 'tasks/pushNotificationConfig/set', byParent),
  GetTaskPushNotificationConfig: asInJson('GetTaskPushNotificationConfig', 'tasks/pushNotificationConfig/get', byConfigName),
  ListTaskPushNotificationConfig: asInJson('ListTaskPushNotificationConfigs', 'tasks/pushNotificationConfig/list', byParent),
  DeleteTaskPushNotificationConfig: asInJson('DeleteTaskPushNotificationConfig', 'tasks/pushNotificationConfig/delete', byConfigName),
  GetAgentCard: {
    operation: 'GetExtendedAgentCard',
    // The only card that clients of this binding can ask for: where there is no extended one, it is the public one.
    unary: async ({ cards, settings }, { principal, baseUrl }) => {
      const card = settings.capabilities.extendedAgentCard ? await cards.extended(principal, baseUrl) : await cards.public(baseUrl)
      return toProtoCard(card) ?? {}
    }
  }
})

type Params = Record<string, unknown>

/** @param name that of 0.3 @param read the parameters, as HTTP+JSON has them */
function asInJson (operation: OperationName, name: string, read: (params: Params) => Params): Work {
  const run = v03Operations.find(operation => operation.name === name)?.run
  if (run === undefined || !('unary' in run)) throw new Error(`${name} is no unary method of A2A 0.3`)
  return { operation, unary: async (agent, call, params) => JSON.parse(await run.unary(agent, inV03(call), read(params as Params))) } // decoded here
}

function byTaskName (params: Params): Params {
  return { ...params, id: readTaskName(textOf(params, 'name')) }
}

function byConfigName (params: Params): Params {
  return readPushConfigName(textOf(params, 'name'))
}

/** The proto gives the parent as `tasks/{id}` in one place, and with the name of the collection in another. */
function byParent (params: Params): Params {
  const parent = textOf(params, 'parent').replace(/\/pushNotificationConfigs$/, '')
  return { ...params, taskId: readTaskName(parent, 'parent') }
}

function textOf (params: unknown, name: string): string {
  const value = typeof params === 'object' && params !== null ? (params as Params)[name] : undefined
  return typeof value === 'string' ? value : ''
}
