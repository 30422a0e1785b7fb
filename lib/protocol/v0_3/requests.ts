/**
 * Params of the 0.3 methods on messages and tasks, in both forms. A server reads with `from...`, a
 * client writes with `to...`. 0.3 has no tenants: they are left out.
 */
import type {
  ListTasksParams, MessageSendConfiguration, MessageSendParams, TaskIdParams, TaskQueryParams
} from '../../../schemas/v0_3/requests.ts'
import type {
  CancelTaskRequest, GetTaskRequest, ListTasksRequest, SendMessageConfiguration, SendMessageRequest, SubscribeToTaskRequest
} from '../../../schemas/v1/requests.ts'
import { fromV03Message, toV03Message } from './messages.ts'
import { pick } from './pick.ts'
import { fromV03InlineConfig, toV03InlineConfig } from './push.ts'
import { fromV03State, toV03State } from './states.ts'

export function fromV03Send (params: MessageSendParams): SendMessageRequest {
  const { message, configuration } = params
  return {
    message: fromV03Message(message),
    ...configuration !== undefined && { configuration: fromV03Configuration(configuration) },
    ...pick(params, 'metadata')
  }
}

export function toV03Send (request: SendMessageRequest): MessageSendParams {
  const { message, configuration } = request
  return {
    message: toV03Message(message),
    ...configuration !== undefined && { configuration: toV03Configuration(configuration) },
    ...pick(request, 'metadata')
  }
}

/** 0.3 leaves open what an absent `blocking` means; here it means what 1.0 says: wait. */
function fromV03Configuration (configuration: MessageSendConfiguration): SendMessageConfiguration {
  const { blocking, pushNotificationConfig } = configuration
  return {
    ...pick(configuration, 'acceptedOutputModes', 'historyLength'),
    ...blocking !== undefined && { returnImmediately: !blocking },
    ...pushNotificationConfig !== undefined && { taskPushNotificationConfig: fromV03InlineConfig(pushNotificationConfig) }
  }
}

/** Says nothing about `blocking` where 1.0 says nothing: a client that needs to be sure sets `returnImmediately`. */
function toV03Configuration (configuration: SendMessageConfiguration): MessageSendConfiguration {
  const { returnImmediately, taskPushNotificationConfig } = configuration
  return {
    ...pick(configuration, 'acceptedOutputModes', 'historyLength'),
    ...returnImmediately !== undefined && { blocking: !returnImmediately },
    ...taskPushNotificationConfig !== undefined && { pushNotificationConfig: toV03InlineConfig(taskPushNotificationConfig) }
  }
}

/** `metadata` has no place in 1.0's form. */
export function fromV03GetTask (params: TaskQueryParams): GetTaskRequest {
  return pick(params, 'id', 'historyLength')
}

export function toV03GetTask (request: GetTaskRequest): TaskQueryParams {
  return pick(request, 'id', 'historyLength')
}

export function fromV03Cancel (params: TaskIdParams): CancelTaskRequest {
  return pick(params, 'id', 'metadata')
}

export function toV03Cancel (request: CancelTaskRequest): TaskIdParams {
  return pick(request, 'id', 'metadata')
}

/** `metadata` has no place in 1.0's form. */
export function fromV03Resubscribe ({ id }: TaskIdParams): SubscribeToTaskRequest {
  return { id }
}

export function toV03Resubscribe ({ id }: SubscribeToTaskRequest): TaskIdParams {
  return { id }
}

const listFilters = [
  'contextId', 'pageSize', 'pageToken', 'historyLength', 'statusTimestampAfter', 'includeArtifacts'
] as const

/** `unknown` is the zero value of the state, which filters nothing. */
export function fromV03List (params: ListTasksParams): ListTasksRequest {
  const { status } = params
  return {
    ...pick(params, ...listFilters),
    ...status !== undefined && status !== 'unknown' && { status: fromV03State(status) }
  }
}

export function toV03List (request: ListTasksRequest): ListTasksParams {
  const { status } = request
  return { ...pick(request, ...listFilters), ...status !== undefined && { status: toV03State(status) } }
}
