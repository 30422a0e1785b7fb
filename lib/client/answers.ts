/** Answers of agents, checked and made whole. What they hold beyond the protocol is kept (A2A 1.0 §5.7). */
import type { TSchema } from 'typebox'
import { EventAnswer, MessageAnswer, PushConfigAnswer, PushConfigListAnswer, SendAnswer, TaskAnswer, TaskListAnswer } from '../../schemas/v1/answers.ts'
import type { Artifact, Message, SendMessageResponse, StreamResponse, Task } from '../../schemas/v1/common.ts'
import type { ListTaskPushNotificationConfigsResponse, ListTasksResponse, TaskPushNotificationConfig } from '../../schemas/v1/requests.ts'
import { compile } from '../protocol/validate.ts'
import { invalidAnswer } from './errors.ts'

/** @throws A2AError InvalidAgentResponseError, which says what is wrong and where */
export type Reader<T> = (value: unknown) => T

/** A reader of what a schema describes. */
export function reader<T> (schema: TSchema, complete: (value: T) => T = value => value): Reader<T> {
  const check = compile<T>(schema, 'the result')
  return value => {
    try {
      return complete(check(value))
    } catch (error) {
      throw invalidAnswer(`The agent's answer is not valid: ${error instanceof Error ? error.message.replace(/^Invalid parameters: /, '') : String(error)}`, error)
    }
  }
}

export const readTask = reader<Task>(TaskAnswer, completeTask)
export const readMessage = reader<Message>(MessageAnswer, completeMessage)
export const readSend = reader<SendMessageResponse>(SendAnswer, completeEvent)
export const readEvent = reader<StreamResponse>(EventAnswer, completeEvent)
export const readPushConfig = reader<TaskPushNotificationConfig>(PushConfigAnswer)

export const readTaskList = reader<ListTasksResponse>(TaskListAnswer, page => {
  const tasks = (page.tasks ?? []).map(completeTask)
  return { ...page, tasks, nextPageToken: page.nextPageToken ?? '', pageSize: page.pageSize ?? tasks.length, totalSize: page.totalSize ?? tasks.length }
})

export const readPushConfigList = reader<ListTaskPushNotificationConfigsResponse>(PushConfigListAnswer, page => {
  return { ...page, configs: page.configs ?? [], nextPageToken: page.nextPageToken ?? '' }
})

function completeEvent<T extends StreamResponse> (event: T): T {
  if ('task' in event) completeTask(event.task)
  else if ('message' in event) completeMessage(event.message)
  else if ('artifactUpdate' in event) completeArtifact(event.artifactUpdate.artifact)
  else if ('statusUpdate' in event && event.statusUpdate.status.message !== undefined) completeMessage(event.statusUpdate.status.message)
  return event
}

/** Answers come fresh from a parser, and are changed in place. */
function completeTask (task: Task): Task {
  if (task.status.message !== undefined) completeMessage(task.status.message)
  task.artifacts?.forEach(completeArtifact)
  task.history?.forEach(completeMessage)
  return task
}

function completeMessage (message: Message): Message {
  message.messageId ??= ''
  message.role ??= 'ROLE_AGENT'
  message.parts ??= []
  return message
}

function completeArtifact (artifact: Artifact): void {
  artifact.parts ??= []
}
