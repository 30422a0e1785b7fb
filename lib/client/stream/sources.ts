/** Where the events of a task come from once its first stream is over: a subscription, or looking again and again. */
import { A2AError } from '../../protocol/errors.ts'
import { isInterrupted, isTerminal } from '../../task/states.ts'
import { invalidAnswer, isTransient, RemoteError } from '../errors.ts'
import type { Received } from '../operations.ts'
import { pause, type FollowOptions, type Line } from './line.ts'
import type { Progress } from './progress.ts'

/**
 * Goes on after what has been seen: by the last event's id, where the agent gives ids, else from the task as it is now.
 * An agent that does neither is asked again and again: of a stream that begins somewhere, nobody knows what is missing, and one
 * that is refused, or is over before anything is said, tells nothing of the task.
 */
export async function * resumed (line: Line, progress: Progress, options: FollowOptions): AsyncGenerator<readonly Received[]> {
  const { lastEventId } = progress
  let isSilent = true
  let hasBegun = false
  try {
    if (line.streams) {
      const events = await line.calls.stream('SubscribeToTask', { id: idOf(progress) }, { ...options, lastEventId })
      hasBegun = true
      for await (const batch of events) {
        const [first] = batch
        if (isSilent && lastEventId === undefined && first !== undefined && !('task' in first.event)) break
        isSilent = false
        yield batch
      }
    }
  } catch (error) {
    const isOver = isTransient(error) ? hasBegun && isSilent && lastEventId === undefined : error instanceof RemoteError
    if (!isOver) throw error
    isSilent = true
  }
  if (isSilent) yield * polled(line, progress, options)
}

/** The task, each time that it is looked at, until it has ended or waits for its client. */
export async function * polled (line: Line, progress: Progress, options: FollowOptions): AsyncGenerator<readonly Received[]> {
  const { minDelay, maxDelay } = line.poll
  const begun = progress.status?.state
  let delay = minDelay
  for (;;) {
    const { generation, changes } = progress
    // Drafted for A2A 1.1: such an agent answers when there is something new.
    const task = await line.calls.call('GetTask', { id: idOf(progress), ...generation !== undefined && { currentGeneration: generation } }, options)
    yield [{ event: { task }, id: undefined }]
    const { state } = task.status
    if (isTerminal(state) || (isInterrupted(state) && state !== begun)) return
    delay = progress.changes === changes ? Math.min(maxDelay, delay * 1.5) : minDelay
    await pause(delay, options.signal)
  }
}

export function isRefusal (error: unknown): boolean {
  return error instanceof A2AError && (error.name === 'UnsupportedOperationError' || error.name === 'MethodNotFoundError')
}

function idOf ({ taskId }: Progress): string {
  if (taskId === undefined) throw invalidAnswer('The agent has not said which task this is')
  return taskId
}
