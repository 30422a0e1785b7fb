/**
 * The shapes of the 0.3 proto (ProtoJSON, in camelCase), for its HTTP+JSON and gRPC bindings, and 1.0's. A server reads
 * requests with `fromProto...` once they have been validated (schemas/v0_3/proto.ts) and answers with `toProto...`.
 * What 0.3 can't say is settled by the neighbouring files; here, only names change.
 */
import type { Artifact as V03Artifact, Message as V03Message, Part as V03Part, Task as V03Task, TaskState as V03State, TaskStatus as V03Status } from '../../../schemas/v0_3/common.ts'
import type {
  ProtoArtifact, ProtoFile, ProtoListTasks, ProtoMessage, ProtoPart, ProtoSendConfiguration, ProtoSendRequest, ProtoSendResponse, ProtoState, ProtoStatus,
  ProtoStreamResponse, ProtoTask
} from '../../../schemas/v0_3/proto.ts'
import type { Message, SendMessageResponse, StreamResponse, Task } from '../../../schemas/v1/common.ts'
import type { ListTasksRequest, SendMessageConfiguration, SendMessageRequest } from '../../../schemas/v1/requests.ts'
import { fromV03Message, toV03Message } from './messages.ts'
import { pick } from './pick.ts'
import { fromProtoPushConfig } from './proto-push.ts'
import { fromV03List } from './requests.ts'
import { toV03Event, toV03Task } from './tasks.ts'

/** SendMessage and SendStreamingMessage. */
export function fromProtoSend (request: ProtoSendRequest): SendMessageRequest {
  const { message, configuration } = request
  return {
    message: fromProtoMessage(message),
    ...configuration !== undefined && { configuration: fromProtoConfiguration(configuration) },
    ...pick(request, 'metadata')
  }
}

/** Without a configuration a send blocks; in one, a `blocking` that is missing is false, as proto3 has it. */
function fromProtoConfiguration ({ acceptedOutputModes, historyLength = 0, blocking = false, pushNotification }: ProtoSendConfiguration): SendMessageConfiguration {
  return {
    ...acceptedOutputModes !== undefined && { acceptedOutputModes },
    // "If 0, the history will be unlimited", says the proto.
    ...historyLength > 0 && { historyLength },
    returnImmediately: !blocking,
    ...pushNotification !== undefined && { taskPushNotificationConfig: fromProtoPushConfig(pushNotification) }
  }
}

export function fromProtoMessage ({ role, content, ...rest }: ProtoMessage): Message {
  return fromV03Message({ ...rest, role: role === 'ROLE_USER' ? 'user' : 'agent', parts: content.map(fromProtoPart) })
}

function fromProtoPart ({ text, file, data, metadata }: ProtoPart): V03Part {
  const common = metadata === undefined ? {} : { metadata }
  if (text !== undefined) return { kind: 'text', text, ...common }
  if (file !== undefined) return { kind: 'file', file: fromProtoFile(file), ...common }
  return { kind: 'data', data: data?.data ?? {}, ...common }
}

function fromProtoFile ({ fileWithUri, fileWithBytes, name, mimeType }: ProtoFile): Extract<V03Part, { kind: 'file' }>['file'] {
  return {
    ...fileWithUri !== undefined && { uri: fileWithUri },
    ...fileWithBytes !== undefined && { bytes: fileWithBytes },
    ...name !== undefined && { name },
    ...mimeType !== undefined && { mimeType }
  }
}

/** The zero value of the state filters nothing. */
export function fromProtoList ({ status, ...filters }: ProtoListTasks): ListTasksRequest {
  return fromV03List({ ...filters, ...status !== undefined && { status: v03States[status] } })
}

/** The response to SendMessage. */
export function toProtoResponse (response: SendMessageResponse): ProtoSendResponse {
  return 'task' in response ? { task: toProtoTask(response.task) } : { message: toProtoMessage(response.message) }
}

/** One event of a stream. @param options.final the stream ends with this event */
export function toProtoEvent (response: StreamResponse, options: { final: boolean }): ProtoStreamResponse {
  const event = toV03Event(response, options)
  switch (event.kind) {
    case 'task': return { task: taskOf(event) }
    case 'message': return { message: messageOf(event) }
    case 'status-update': {
      const { kind, status, ...rest } = event
      return { statusUpdate: { ...rest, status: statusOf(status) } }
    }
    case 'artifact-update': {
      const { kind, artifact, ...rest } = event
      return { artifactUpdate: { ...rest, artifact: artifactOf(artifact) } }
    }
  }
}

export function toProtoTask (task: Task): ProtoTask {
  return taskOf(toV03Task(task))
}

export function toProtoMessage (message: Message): ProtoMessage {
  return messageOf(toV03Message(message))
}

function taskOf ({ id, contextId, status, artifacts, history, metadata }: V03Task): ProtoTask {
  return {
    id,
    ...contextId !== '' && { contextId },
    status: statusOf(status),
    ...artifacts !== undefined && { artifacts: artifacts.map(artifactOf) },
    ...history !== undefined && { history: history.map(messageOf) },
    ...metadata !== undefined && { metadata }
  }
}

function statusOf ({ state, message, timestamp }: V03Status): ProtoStatus {
  return {
    state: protoStates[state],
    ...message !== undefined && { message: messageOf(message) },
    ...timestamp !== undefined && { timestamp }
  }
}

/** `referenceTaskIds` has no place in the proto. */
function messageOf (message: V03Message): ProtoMessage {
  return {
    messageId: message.messageId,
    role: message.role === 'user' ? 'ROLE_USER' : 'ROLE_AGENT',
    content: message.parts.map(partOf),
    ...pick(message, 'contextId', 'taskId', 'metadata', 'extensions')
  }
}

function artifactOf ({ parts, ...rest }: V03Artifact): ProtoArtifact {
  return { ...rest, parts: parts.map(partOf) }
}

function partOf (part: V03Part): ProtoPart {
  const metadata = part.metadata === undefined ? undefined : { metadata: part.metadata }
  switch (part.kind) {
    case 'text': return { text: part.text, ...metadata }
    case 'data': return { data: { data: part.data }, ...metadata }
    case 'file': {
      const { uri, bytes, name, mimeType } = part.file
      return {
        file: {
          ...uri !== undefined ? { fileWithUri: uri } : { fileWithBytes: bytes ?? '' },
          ...mimeType !== undefined && { mimeType },
          ...name !== undefined && { name }
        },
        ...metadata
      }
    }
  }
}

const protoStates: Readonly<Record<V03State, ProtoState>> = {
  submitted: 'TASK_STATE_SUBMITTED',
  working: 'TASK_STATE_WORKING',
  'input-required': 'TASK_STATE_INPUT_REQUIRED',
  'auth-required': 'TASK_STATE_AUTH_REQUIRED',
  completed: 'TASK_STATE_COMPLETED',
  failed: 'TASK_STATE_FAILED',
  canceled: 'TASK_STATE_CANCELLED',
  rejected: 'TASK_STATE_REJECTED',
  unknown: 'TASK_STATE_UNSPECIFIED'
}

// Each state has a name of its own in the proto: the other way round, none is lost.
const v03States = Object.fromEntries(Object.entries(protoStates).map(([v03, proto]) => [proto, v03])) as Readonly<Record<ProtoState, V03State>>
