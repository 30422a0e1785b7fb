/**
 * The client's side of `proto-json.ts`: requests in the shapes of the 0.3 proto, and what its HTTP+JSON binding answers, once that has
 * been validated (schemas/v0_3/proto-answers.ts).
 */
import type { Artifact as V03Artifact, Message as V03Message, Part as V03Part, StreamResult, Task as V03Task, TaskState as V03State, TaskStatus as V03Status } from '../../../schemas/v0_3/common.ts'
import type {
  ProtoArtifact, ProtoFile, ProtoListTasks, ProtoMessage, ProtoPart, ProtoPushConfig, ProtoSendConfiguration, ProtoSendRequest, ProtoSendResponse, ProtoState, ProtoStatus,
  ProtoStreamResponse, ProtoTask, ProtoTaskPushConfig
} from '../../../schemas/v0_3/proto.ts'
import type { SendMessageResponse, StreamResponse, Task } from '../../../schemas/v1/common.ts'
import type { ListTasksRequest, SendMessageConfiguration, SendMessageRequest, TaskPushNotificationConfig } from '../../../schemas/v1/requests.ts'
import { pick } from './pick.ts'
import { fromProtoMessage, toProtoMessage } from './proto-json.ts'
import { fromProtoPushConfig, readPushConfigName } from './proto-push.ts'
import { toV03InlineConfig, type InlineConfig } from './push.ts'
import { toV03List } from './requests.ts'
import { fromV03Event, fromV03Task } from './tasks.ts'

export function toProtoSend (request: SendMessageRequest): ProtoSendRequest {
  const { message, configuration = {} } = request
  return { message: toProtoMessage(message), configuration: toProtoConfiguration(configuration), ...pick(request, 'metadata') }
}

/** Always says whether to wait: in a configuration, a `blocking` that is missing is false. */
function toProtoConfiguration ({ acceptedOutputModes, historyLength = 0, returnImmediately = false, taskPushNotificationConfig }: SendMessageConfiguration): ProtoSendConfiguration {
  return {
    ...acceptedOutputModes !== undefined && { acceptedOutputModes },
    ...historyLength > 0 && { historyLength },
    blocking: !returnImmediately,
    ...taskPushNotificationConfig !== undefined && { pushNotification: toV03InlineConfig(taskPushNotificationConfig) }
  }
}

/** The body that creates a configuration. */
export function toProtoCreatePushConfig (config: InlineConfig, taskId: string): { parent: string, configId?: string, config: { name: string, pushNotificationConfig: ProtoPushConfig } } {
  const { id } = config
  return {
    parent: `tasks/${taskId}`,
    ...id !== undefined && { configId: id },
    config: { name: `tasks/${taskId}/pushNotificationConfigs/${id ?? ''}`, pushNotificationConfig: toV03InlineConfig(config) }
  }
}

/** @throws A2AError for a name that names no task */
export function fromProtoTaskPushConfig ({ name, pushNotificationConfig }: ProtoTaskPushConfig): TaskPushNotificationConfig {
  const { taskId, id } = readPushConfigName(name)
  return { id, ...fromProtoPushConfig(pushNotificationConfig), taskId }
}

export function toProtoList ({ status, ...request }: ListTasksRequest): ProtoListTasks {
  const { status: _v03, ...filters } = toV03List(request)
  return { ...filters, ...status !== undefined && { status: status === 'TASK_STATE_CANCELED' ? 'TASK_STATE_CANCELLED' : status } }
}

export function fromProtoResponse (response: ProtoSendResponse): SendMessageResponse {
  return 'task' in response ? { task: fromProtoTask(response.task) } : { message: fromProtoMessage(response.message) }
}

/** One event of a stream. */
export function fromProtoEvent (event: ProtoStreamResponse): StreamResponse {
  return fromV03Event(eventOf(event))
}

export function fromProtoTask (task: ProtoTask): Task {
  return fromV03Task(taskOf(task))
}

function eventOf (event: ProtoStreamResponse): StreamResult {
  if ('task' in event) return taskOf(event.task)
  if ('message' in event) return { ...messageOf(event.message), kind: 'message' }
  if ('statusUpdate' in event) {
    const { status, contextId = '', final = false, ...rest } = event.statusUpdate
    return { ...rest, kind: 'status-update', contextId, final, status: statusOf(status) }
  }
  const { artifact, contextId = '', ...rest } = event.artifactUpdate
  return { ...rest, kind: 'artifact-update', contextId, artifact: artifactOf(artifact) }
}

function taskOf ({ contextId = '', status, artifacts, history, ...rest }: ProtoTask): V03Task {
  return {
    ...rest,
    kind: 'task',
    contextId,
    status: statusOf(status),
    ...artifacts !== undefined && { artifacts: artifacts.map(artifactOf) },
    ...history !== undefined && { history: history.map(messageOf) }
  }
}

function statusOf ({ state, message, timestamp }: ProtoStatus): V03Status {
  return { state: v03States[state], ...message !== undefined && { message: messageOf(message) }, ...timestamp !== undefined && { timestamp } }
}

function messageOf ({ role, content, ...rest }: ProtoMessage): V03Message {
  return { ...rest, kind: 'message', role: role === 'ROLE_USER' ? 'user' : 'agent', parts: content.map(partOf) }
}

function artifactOf ({ parts, ...rest }: ProtoArtifact): V03Artifact {
  return { ...rest, parts: parts.map(partOf) }
}

function partOf ({ text, file, data, metadata }: ProtoPart): V03Part {
  const common = metadata === undefined ? {} : { metadata }
  if (text !== undefined) return { kind: 'text', text, ...common }
  if (file !== undefined) return { kind: 'file', file: fileOf(file), ...common }
  return { kind: 'data', data: data?.data ?? {}, ...common }
}

function fileOf ({ fileWithUri, fileWithBytes, ...rest }: ProtoFile): Extract<V03Part, { kind: 'file' }>['file'] {
  return { ...rest, ...fileWithUri !== undefined ? { uri: fileWithUri } : { bytes: fileWithBytes ?? '' } }
}

const v03States: Readonly<Record<ProtoState, V03State>> = {
  TASK_STATE_SUBMITTED: 'submitted',
  TASK_STATE_WORKING: 'working',
  TASK_STATE_INPUT_REQUIRED: 'input-required',
  TASK_STATE_AUTH_REQUIRED: 'auth-required',
  TASK_STATE_COMPLETED: 'completed',
  TASK_STATE_FAILED: 'failed',
  TASK_STATE_CANCELLED: 'canceled',
  TASK_STATE_REJECTED: 'rejected',
  TASK_STATE_UNSPECIFIED: 'unknown'
}
