/** What agents of 0.3 answer in the shapes of its proto: over HTTP+JSON, and over gRPC. */
import { ProtoEventAnswer, ProtoPushConfigsAnswer, ProtoSendAnswer } from '../../../schemas/v0_3/proto-answers.ts'
import { ProtoTask, ProtoTaskPushConfig, type ProtoSendResponse, type ProtoStreamResponse } from '../../../schemas/v0_3/proto.ts'
import type { SendMessageResponse, StreamResponse, Task } from '../../../schemas/v1/common.ts'
import type { ListTaskPushNotificationConfigsResponse, TaskPushNotificationConfig } from '../../../schemas/v1/requests.ts'
import { fromProtoEvent, fromProtoResponse, fromProtoTask, fromProtoTaskPushConfig } from '../../protocol/v0_3/from-proto.ts'
import { reader } from '../answers.ts'

const sendAnswer = reader<ProtoSendResponse>(ProtoSendAnswer)
const eventAnswer = reader<ProtoStreamResponse>(ProtoEventAnswer)
const taskAnswer = reader<ProtoTask>(ProtoTask)
const pushConfigAnswer = reader<ProtoTaskPushConfig>(ProtoTaskPushConfig)
const pushConfigsAnswer = reader<{ configs?: ProtoTaskPushConfig[], nextPageToken?: string }>(ProtoPushConfigsAnswer)

export function readSend (value: unknown): SendMessageResponse {
  return fromProtoResponse(sendAnswer(value))
}

export function readEvent (value: unknown): StreamResponse {
  return fromProtoEvent(eventAnswer(value))
}

export function readTask (value: unknown): Task {
  return fromProtoTask(taskAnswer(value))
}

export function readPushConfig (value: unknown): TaskPushNotificationConfig {
  return fromProtoTaskPushConfig(pushConfigAnswer(value))
}

/** Some agents answer a bare list. */
export function readPushConfigs (value: unknown): ListTaskPushNotificationConfigsResponse {
  const { configs = [], nextPageToken = '' } = pushConfigsAnswer(Array.isArray(value) ? { configs: value } : value)
  return { configs: configs.map(fromProtoTaskPushConfig), nextPageToken }
}
