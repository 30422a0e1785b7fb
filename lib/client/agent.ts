import type { AgentCard, AgentInterface } from '../../schemas/v1/card.ts'
import type { Task } from '../../schemas/v1/common.ts'
import type { ListTasksRequest } from '../../schemas/v1/requests.ts'
import type { ProtocolVersion } from '../agent/options.ts'
import { isInterrupted, isTerminal } from '../task/states.ts'
import type { CallOptions } from './calls/calls.ts'
import { checkCard, type VerifyCard } from './cards/fetch.ts'
import { toRequest, type MessageContent, type MessageOptions } from './content.ts'
import { startDeadline } from './http/deadline.ts'
import type { TransportName } from './interfaces.ts'
import { allPages } from './pages.ts'
import { converse, type Handlers } from './stream/conversation.ts'
import type { AgentEvent } from './stream/events.ts'
import type { Line } from './stream/line.ts'
import { Progress } from './stream/progress.ts'
import { TaskStream, toResult, type SendResult } from './stream/task-stream.ts'
import { createTaskHandle, type TaskHandle } from './task-handle.ts'

type TaskOptions = {
  /** From the message to the end of the task, in ms. Default: the option `timeouts.task`. */
  taskTimeout?: number
  /**
   * Whether the agent is told to cancel the task when `signal` fires or `taskTimeout` is over. The call ends when that is done, or 10 s
   * later where the agent does not say which task it is. Default: false.
   */
  cancelOnAbort?: boolean
}

export type FollowTaskOptions = Omit<CallOptions, 'idempotent' | 'timeout'> & TaskOptions & Handlers
export type SendOptions = CallOptions & TaskOptions & Handlers & MessageOptions
export type ListFilter = Omit<ListTasksRequest, 'tenant' | 'pageToken'>

/** An agent somewhere else. */
export type RemoteAgent = {
  readonly card: AgentCard
  /** The one that is spoken to. */
  readonly interface: AgentInterface
  readonly transport: TransportName
  readonly version: ProtocolVersion
  /** Sends a message, and waits until the task has ended or waits for its client, or for the answer that is no task. */
  send (content: MessageContent, options?: SendOptions): Promise<SendResult>
  /** Sends a message, and tells what happens. An agent that does not stream is asked again and again. */
  stream (content: MessageContent, options?: SendOptions): TaskStream
  task (id: string): TaskHandle
  /** The caller's tasks, the newest first, of all pages. */
  list (filter?: ListFilter, options?: CallOptions): AsyncIterable<Task>
  /** The card for authenticated callers, checked by `verify` as the public one is. */
  extendedCard (options?: CallOptions): Promise<AgentCard>
  /** Closes connections that are this agent's alone. */
  close (): Promise<void>
}

export type AgentParts = Pick<RemoteAgent, 'card' | 'interface' | 'transport' | 'version' | 'close'> & {
  readonly line: Line
  readonly taskTimeout: number
  /** Checks each card of the agent, as it came. */
  readonly verify: VerifyCard | undefined
}

/** How long an agent whose work is not wanted any more may take to say which task it is, in ms: only then can that be canceled. */
const abortGrace = 10_000

/** Fires when `signal` does, or, where the task is not known yet, `abortGrace` later. */
function onceKnown (progress: Progress, signal: AbortSignal): AbortSignal {
  const controller = new AbortController()
  signal.addEventListener('abort', () => {
    const abort = () => controller.abort(signal.reason)
    if (progress.taskId !== undefined) abort()
    else setTimeout(abort, abortGrace).unref()
  }, { once: true })
  return controller.signal
}

export function createAgent ({ line, taskTimeout: defaultTimeout, verify, ...parts }: AgentParts): RemoteAgent {
  const { calls } = line

  function open (progress: Progress, content: MessageContent | undefined, options: SendOptions): TaskStream {
    const request = content === undefined ? undefined : toRequest(content, options)
    return new TaskStream(progress, async function * (pending): AsyncGenerator<readonly AgentEvent[]> {
      const { signal: parent, taskTimeout = defaultTimeout, cancelOnAbort = false, ...rest } = options
      const deadline = startDeadline(taskTimeout, 'The task', parent)
      const { signal } = deadline
      signal.throwIfAborted()
      const connected = cancelOnAbort ? onceKnown(progress, signal) : signal
      try {
        for await (const events of converse(line, progress, request, pending, { ...rest, signal: connected })) {
          if (cancelOnAbort) signal.throwIfAborted()
          yield events
        }
      } finally {
        deadline.clear()
        if (signal.aborted && cancelOnAbort) await cancel(progress, options)
      }
    })
  }

  /** As good as it gets: the caller has gone already. */
  async function cancel ({ taskId, isFinished }: Progress, { headers, traceparent }: CallOptions): Promise<void> {
    if (taskId === undefined || isFinished) return
    await calls.call('CancelTask', { id: taskId }, { headers, traceparent }).catch(() => {})
  }

  const follow = (id: string, options: SendOptions) => open(new Progress(id), undefined, options)

  const agent: RemoteAgent = {
    ...parts,
    send: async (content, options = {}) => {
      const { taskTimeout = defaultTimeout, onInputRequired, onAuthRequired, cancelOnAbort = false, configuration } = options
      // Whoever may want to do something meanwhile has to know the task.
      const watches = taskTimeout > 0 || cancelOnAbort || onInputRequired !== undefined || onAuthRequired !== undefined
      if (watches && configuration?.returnImmediately !== true) return await agent.stream(content, options).result()
      const result = await calls.call('SendMessage', toRequest(content, options), options)
      if (!('task' in result)) return toResult(undefined, result.message)
      const { id, status: { state } } = result.task
      const isSettled = isTerminal(state) || isInterrupted(state) || configuration?.returnImmediately === true
      return toResult(isSettled ? result.task : await agent.task(id).wait(options), undefined)
    },
    stream: (content, options = {}) => open(new Progress(options.taskId), content, options),
    task: id => createTaskHandle(id, agent, line, follow),
    list: (filter = {}, options) => allPages(async pageToken => {
      const { tasks, nextPageToken } = await calls.call('ListTasks', { ...filter, ...pageToken !== undefined && { pageToken } }, options)
      return { items: tasks, nextPageToken }
    }),
    extendedCard: async options => {
      return await checkCard(await calls.call('GetExtendedAgentCard', {}, options), verify)
    }
  }
  return agent
}
