import Type from 'typebox'
import { Message, Task, TaskArtifactUpdateEvent, TaskStatusUpdateEvent, type StreamResult } from '../../../schemas/v0_3/common.ts'
import type { StreamResponse as StreamResponseType } from '../../../schemas/v1/common.ts'
import { StreamResponse } from '../../../schemas/v1/responses.ts'
import type { ProtocolVersion } from '../../agent/options.ts'
import { invalidParams } from '../../protocol/errors.ts'
import { parseJson } from '../../protocol/json.ts'
import { fromV03Event } from '../../protocol/v0_3/tasks.ts'
import { compile } from '../../protocol/validate.ts'

/** A push notification that was found authentic. */
export type PushNotification = {
  readonly taskId: string
  /** What has happened, in the form of 1.0. */
  readonly event: StreamResponseType
  /** The version that the agent speaks here. */
  readonly version: ProtocolVersion
  /** Names the delivery, in all of its attempts; undefined where the agent names none. */
  readonly id: string | undefined
  /** Who signed it; undefined where no signature is asked for. */
  readonly issuer: string | undefined
  /** In ms since the epoch. */
  readonly receivedAt: number
}

const checkV1 = compile<StreamResponseType>(StreamResponse, 'body')
const checkV03 = compile<StreamResult>(Type.Union([Task, Message, TaskStatusUpdateEvent, TaskArtifactUpdateEvent]), 'body')
const maxDepth = 100

/** @param text JSON @throws A2AError for what is no notification */
export function readNotification (text: string): Pick<PushNotification, 'taskId' | 'event' | 'version'> {
  const body = parseJson(text, maxDepth)
  const isV03 = typeof body === 'object' && body !== null && 'kind' in body
  const event = isV03 ? fromV03Event(checkV03(body)) : checkV1(body)
  const taskId = taskOf(event)
  if (taskId === undefined) throw invalidParams({ field: 'body', description: 'must tell of a task' })
  return { taskId, event, version: isV03 ? '0.3' : '1.0' }
}

function taskOf (event: StreamResponseType): string | undefined {
  if ('task' in event) return event.task.id
  if ('statusUpdate' in event) return event.statusUpdate.taskId
  if ('artifactUpdate' in event) return event.artifactUpdate.taskId
  return event.message.taskId
}
