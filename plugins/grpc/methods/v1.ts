import { A2AService } from '../../../schemas/proto/gen/lf/a2a/v1/a2a_pb.ts'
import { inTenant } from '../../../lib/operations/call.ts'
import type { OperationName } from '../../../lib/operations/operation.ts'
import { sendMessage, sendStreamingMessage } from '../../../lib/operations/send.ts'
import { subscribeToTask, type StreamItem } from '../../../lib/operations/stream.ts'
import { cancelTask, getTask, listTasks } from '../../../lib/operations/tasks.ts'
import { check, v1Methods } from '../../methods/v1.ts'
import { methodsOf, type Work } from './method.ts'

const message = ({ response }: StreamItem) => response

/** `lf.a2a.v1.A2AService` (A2A 1.0 §10). Inside, everything has its form already. */
export const v1GrpcMethods = methodsOf(A2AService, '1.0', {
  SendMessage: {
    operation: 'SendMessage',
    unary: async (agent, call, params) => {
      const request = check.send(params)
      const result = await sendMessage(agent, inTenant(call, request), request)
      return 'task' in result ? { task: result.task.task } : result
    }
  },
  SendStreamingMessage: {
    operation: 'SendStreamingMessage',
    stream: async (agent, call, params, { signal }) => {
      const request = check.send(params)
      return await sendStreamingMessage(agent, inTenant(call, request), request, { signal })
    },
    message
  },
  GetTask: {
    operation: 'GetTask',
    unary: async (agent, call, params) => {
      const request = check.get(params)
      return (await getTask(agent, inTenant(call, request), request)).task
    }
  },
  ListTasks: {
    operation: 'ListTasks',
    unary: async (agent, call, params) => {
      const request = check.list(withoutZero(params))
      const { tasks, ...page } = await listTasks(agent, inTenant(call, request), request)
      return { ...page, tasks: tasks.map(({ task }) => task) }
    }
  },
  CancelTask: {
    operation: 'CancelTask',
    unary: async (agent, call, params) => {
      const request = check.cancel(params)
      return (await cancelTask(agent, inTenant(call, request), request)).task
    }
  },
  SubscribeToTask: {
    operation: 'SubscribeToTask',
    stream: async (agent, call, params, options) => {
      const request = check.subscribe(params)
      return await subscribeToTask(agent, inTenant(call, request), request, options)
    },
    message
  },
  CreateTaskPushNotificationConfig: asInJson('CreateTaskPushNotificationConfig'),
  GetTaskPushNotificationConfig: asInJson('GetTaskPushNotificationConfig'),
  ListTaskPushNotificationConfigs: asInJson('ListTaskPushNotificationConfigs'),
  DeleteTaskPushNotificationConfig: asInJson('DeleteTaskPushNotificationConfig'),
  GetExtendedAgentCard: asInJson('GetExtendedAgentCard')
})

/** As elsewhere in protobuf, 0 may stand for nothing: the official client in Go always says it. */
function withoutZero (params: unknown): unknown {
  const { pageSize, ...others } = params as { pageSize?: unknown } // an object: a message in ProtoJSON
  return pageSize === 0 ? others : params
}

/** What is asked for rarely goes the way of the JSON bindings. */
function asInJson (operation: OperationName): Work {
  const method = v1Methods.get(operation)
  if (method === undefined || !('unary' in method)) throw new Error(`${operation} is no unary method of A2A 1.0`)
  return { operation, unary: async (agent, call, params) => JSON.parse(await method.unary(agent, call, params)) }
}
