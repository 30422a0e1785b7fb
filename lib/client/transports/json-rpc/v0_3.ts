/** The methods of 0.3 (§7), translated both ways. */
import type { TSchema } from 'typebox'
import { Message, Task, TaskArtifactUpdateEvent, TaskStatusUpdateEvent, type SendResult, type StreamResult } from '../../../../schemas/v0_3/common.ts'
import { TaskPushNotificationConfig } from '../../../../schemas/v0_3/requests.ts'
import type { SendMessageRequest } from '../../../../schemas/v1/requests.ts'
import {
  fromV03PushConfig, fromV03PushConfigs, toV03DeletePushConfig, toV03GetPushConfig, toV03ListPushConfigs, toV03PushConfig
} from '../../../protocol/v0_3/push.ts'
import { toV03Cancel, toV03GetTask, toV03List, toV03Resubscribe, toV03Send } from '../../../protocol/v0_3/requests.ts'
import { fromV03Event, fromV03Result, fromV03Task } from '../../../protocol/v0_3/tasks.ts'
import { readTaskList, reader, type Reader } from '../../answers.ts'
import { invalidAnswer } from '../../errors.ts'
import type { Methods } from './methods.ts'

const byKind: Readonly<Record<string, Reader<StreamResult>>> = {
  task: kind(Task),
  message: kind(Message),
  'status-update': kind(TaskStatusUpdateEvent),
  'artifact-update': kind(TaskArtifactUpdateEvent)
}
const readV03Task = reader<Extract<SendResult, { kind: 'task' }>>(Task)
const readV03PushConfig = reader<TaskPushNotificationConfig>(TaskPushNotificationConfig)

export const v03Methods: Methods = {
  SendMessage: { name: 'message/send', params: request => toV03Send(waiting(request)), result: value => fromV03Result(readResult(value)) },
  SendStreamingMessage: { name: 'message/stream', params: toV03Send, result: value => fromV03Event(readKind(value)) },
  GetTask: { name: 'tasks/get', params: toV03GetTask, result: value => fromV03Task(readV03Task(value)) },
  // No method of 0.3, but some agents have it: as our own server does.
  ListTasks: {
    name: 'tasks/list',
    params: toV03List,
    result: value => readTaskList({ ...asObject(value), tasks: asList(asObject(value).tasks).map(task => fromV03Task(readV03Task(task))) })
  },
  CancelTask: { name: 'tasks/cancel', params: toV03Cancel, result: value => fromV03Task(readV03Task(value)) },
  SubscribeToTask: { name: 'tasks/resubscribe', params: toV03Resubscribe, result: value => fromV03Event(readKind(value)) },
  CreateTaskPushNotificationConfig: { name: 'tasks/pushNotificationConfig/set', params: toV03PushConfig, result: value => fromV03PushConfig(readV03PushConfig(value)) },
  GetTaskPushNotificationConfig: { name: 'tasks/pushNotificationConfig/get', params: toV03GetPushConfig, result: value => fromV03PushConfig(readV03PushConfig(value)) },
  ListTaskPushNotificationConfigs: {
    name: 'tasks/pushNotificationConfig/list',
    params: toV03ListPushConfigs,
    result: value => fromV03PushConfigs(asList(value).map(readV03PushConfig))
  },
  DeleteTaskPushNotificationConfig: { name: 'tasks/pushNotificationConfig/delete', params: toV03DeletePushConfig, result: () => {} },
  GetExtendedAgentCard: { name: 'agent/getAuthenticatedExtendedCard', params: () => undefined, result: card => card }
}

/** 0.3 leaves open what an absent `blocking` means. */
function waiting (request: SendMessageRequest): SendMessageRequest {
  return { ...request, configuration: { returnImmediately: false, ...request.configuration } }
}

function kind (schema: TSchema): Reader<StreamResult> {
  return reader<StreamResult>(schema)
}

/** Some agents leave `kind` off a message. */
function readKind (value: unknown): StreamResult {
  const { kind = 'message' } = asObject(value)
  const read = typeof kind === 'string' && Object.hasOwn(byKind, kind) ? byKind[kind] : undefined
  if (read === undefined) throw invalidAnswer(`The agent's answer is not valid: kind ${JSON.stringify(kind)} is not known`)
  const result = read(value)
  return 'kind' in result ? result : Object.assign(result, { kind: 'message' as const })
}

function readResult (value: unknown): SendResult {
  const result = readKind(value)
  if (result.kind === 'task' || result.kind === 'message') return result
  throw invalidAnswer(`The agent's answer to a message is a ${result.kind}`)
}

function asObject (value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function asList (value: unknown): unknown[] {
  if (!Array.isArray(value)) throw invalidAnswer("The agent's answer is not valid: a list was expected")
  return value
}
