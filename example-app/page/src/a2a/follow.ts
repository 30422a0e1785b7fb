/** A task over as many connections as it takes: each event once, and in order. */
import type { StreamResponse, TaskState } from '../../../../schemas/v1/common.ts'
import type { SendMessageRequest } from '../../../../schemas/v1/requests.ts'
import type { Received } from '../../../../lib/client/operations.ts'
import { isInterrupted, isTerminal } from '../../../../lib/task/states.ts'
import { call, codes, RpcError } from './rpc.ts'
import { stream } from './stream.ts'

export type FollowOptions = {
  readonly signal: AbortSignal
  /** Told when the connection breaks, and when it is there again. */
  readonly onConnection: (isConnected: boolean) => void
}

/** Sends a message, and follows what becomes of it until the task has ended or waits for its client. */
export async function * converse (request: SendMessageRequest, options: FollowOptions): AsyncGenerator<StreamResponse, void, void> {
  yield * follow(stream('SendStreamingMessage', request, options), request.message.taskId, options)
}

/** All that has happened to a task, from its first event, and what happens next. */
export async function * retrace (taskId: string, options: FollowOptions): AsyncGenerator<StreamResponse, void, void> {
  yield * follow(subscribe(taskId, '0', options), taskId, options)
}

async function * follow (first: AsyncIterable<Received>, knownTask: string | undefined, { signal, onConnection }: FollowOptions): AsyncGenerator<StreamResponse, void, void> {
  let source = first
  let taskId = knownTask
  let state: TaskState | undefined
  let lastEventId: string | undefined
  for (let failures = 0; ; failures++) {
    try {
      for await (const { event, id } of source) {
        if (failures > 0) onConnection(true)
        failures = 0
        taskId ??= taskIdOf(event)
        state = stateIn(event) ?? state
        lastEventId = id ?? lastEventId
        yield event
      }
      if (state === undefined || isTerminal(state) || isInterrupted(state)) return
    } catch (error) {
      signal.throwIfAborted()
      // Before the agent has said which task it is, nobody knows whether the message has arrived.
      if (isRefusal(error) || state === undefined || taskId === undefined) throw error
    }
    onConnection(false)
    await pause(failures, signal)
    if (taskId === undefined) return
    source = subscribe(taskId, lastEventId, { signal })
  }
}

/** @param lastEventId the stream goes on after it, or begins with the task as it is now */
async function * subscribe (taskId: string, lastEventId: string | undefined, options: { signal: AbortSignal }): AsyncGenerator<Received, void, void> {
  try {
    yield * stream('SubscribeToTask', { id: taskId }, { ...options, lastEventId })
  } catch (error) {
    // The task has ended, and its log is gone: there is nothing to follow, but a task to look at (A2A 1.0 §3.1.6).
    if (!(error instanceof RpcError) || error.code !== codes.unsupportedOperation) throw error
    yield { event: { task: await call('GetTask', { id: taskId }, options) }, id: undefined }
  }
}

/** At once, then after half a second and longer; at once, too, when the browser is back on the net. */
async function pause (failures: number, signal: AbortSignal): Promise<void> {
  if (failures === 0) return
  const over = new AbortController()
  await new Promise<unknown>(resolve => {
    setTimeout(resolve, Math.min(8_000, 250 * 2 ** failures))
    addEventListener('online', resolve, { signal: over.signal })
    signal.addEventListener('abort', resolve, { signal: over.signal })
  })
  over.abort()
  signal.throwIfAborted()
}

/** An agent that is overloaded, or a proxy that does not reach it, has refused nothing. */
function isRefusal (error: unknown): boolean {
  return error instanceof RpcError && ![codes.unavailable, codes.resourceExhausted, 429, 502, 503, 504].includes(error.code)
}

function taskIdOf (event: StreamResponse): string | undefined {
  if ('task' in event) return event.task.id
  if ('statusUpdate' in event) return event.statusUpdate.taskId
  return 'artifactUpdate' in event ? event.artifactUpdate.taskId : undefined
}

function stateIn (event: StreamResponse): TaskState | undefined {
  if ('task' in event) return event.task.status.state
  return 'statusUpdate' in event ? event.statusUpdate.status.state : undefined
}
