import type { Task } from '../../schemas/v1/common.ts'
import type { CancelTaskRequest, SendMessageConfiguration, TaskPushNotificationConfig } from '../../schemas/v1/requests.ts'
import type { CallOptions } from './calls/calls.ts'
import type { MessageContent } from './content.ts'
import type { RemoteAgent, SendOptions, FollowTaskOptions } from './agent.ts'
import { invalidAnswer } from './errors.ts'
import { allPages } from './pages.ts'
import type { Line } from './stream/line.ts'
import type { SendResult, TaskStream } from './stream/task-stream.ts'

/** A push configuration of one task. */
export type PushConfigInput = NonNullable<SendMessageConfiguration['taskPushNotificationConfig']>

export type TaskPushConfigs = {
  create (config: PushConfigInput, options?: CallOptions): Promise<TaskPushNotificationConfig>
  get (id: string, options?: CallOptions): Promise<TaskPushNotificationConfig>
  /** Of all pages. */
  list (options?: CallOptions): AsyncIterable<TaskPushNotificationConfig>
  delete (id: string, options?: CallOptions): Promise<void>
}

/** A task of an agent, by its id. */
export type TaskHandle = {
  readonly id: string
  /** @param options.historyLength messages of the history; 0 for none. Default: all */
  get (options?: CallOptions & { historyLength?: number }): Promise<Task>
  /** The task as it is, and what happens from now on, until it has ended or waits for its client. */
  follow (options?: FollowTaskOptions): TaskStream
  /** Sends a message to the task and waits for what becomes of it. */
  reply (content: MessageContent, options?: SendOptions): Promise<SendResult>
  cancel (options?: CallOptions & { metadata?: CancelTaskRequest['metadata'] }): Promise<Task>
  /** The task when it has ended or waits for its client: by its stream where the agent has one, else by looking again and again. */
  wait (options?: FollowTaskOptions): Promise<Task>
  readonly push: TaskPushConfigs
}

export function createTaskHandle (id: string, agent: Pick<RemoteAgent, 'send'>, { calls }: Line, follow: (id: string, options: FollowTaskOptions) => TaskStream): TaskHandle {
  return {
    id,
    get: async ({ historyLength, ...options } = {}) => {
      return own(await calls.call('GetTask', { id, ...historyLength !== undefined && { historyLength } }, options))
    },
    follow: (options = {}) => follow(id, options),
    reply: async (content, options = {}) => await agent.send(content, { ...options, taskId: id }),
    cancel: async ({ metadata, ...options } = {}) => own(await calls.call('CancelTask', { id, ...metadata !== undefined && { metadata } }, options)),
    wait: async (options = {}) => await follow(id, options).task(),
    push: pushConfigs(id, calls)
  }

  function own (task: Task): Task {
    if (task.id !== id) throw invalidAnswer(`The agent answered with task ${task.id}, and not ${id}`)
    return task
  }
}

function pushConfigs (taskId: string, calls: Line['calls']): TaskPushConfigs {
  return {
    create: async (config, options) => await calls.call('CreateTaskPushNotificationConfig', { ...config, taskId }, options),
    get: async (id, options) => await calls.call('GetTaskPushNotificationConfig', { taskId, id }, options),
    list: options => allPages(async pageToken => {
      const { configs, nextPageToken } = await calls.call('ListTaskPushNotificationConfigs', { taskId, ...pageToken !== undefined && { pageToken } }, options)
      return { items: configs, nextPageToken }
    }),
    delete: async (id, options) => await calls.call('DeleteTaskPushNotificationConfig', { taskId, id }, options)
  }
}
