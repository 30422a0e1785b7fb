import { ClientError, isTransient } from '../errors.ts'
import type { Received } from '../operations.ts'
import { mapBatch } from './batch.ts'
import type { AgentEvent } from './events.ts'
import { pause, type FollowOptions, type Line } from './line.ts'
import type { Progress } from './progress.ts'
import { resumed } from './sources.ts'

export type Source = (options: FollowOptions) => AsyncIterable<readonly Received[]>

/** Where events come from at first. */
export type Begin = {
  readonly source: Source
  /** It sends a message: whether to `repeat` it when the agent has said nothing yet, which may have taken it. */
  readonly send?: { readonly repeat: boolean }
  /** A stream may go on although the task waits for its client, as that of a turn does, and does not end there. */
  readonly untilClosed: boolean
}

/** How long a stream may stay open once the task waits for its client, in ms. */
const inputGrace = 1_000

/**
 * The events of a task until it has ended or waits for its client, over as many connections as that takes: each event once,
 * and in order.
 * @throws ClientError A2A_ERR_STREAM when the stream can't be had any more; what the agent refuses
 */
export async function * follow (line: Line, progress: Progress, begin: Begin, options: FollowOptions): AsyncGenerator<readonly AgentEvent[]> {
  let { source } = begin
  let attempts = 0
  for (;;) {
    const { changes } = progress
    let failure: unknown
    const isFirst = source === begin.source
    const stopsEarly = !isFirst || !begin.untilClosed
    let isSilent = true
    const connection = new AbortController()
    try {
      const signal = AbortSignal.any([options.signal, connection.signal])
      const isOver = () => progress.isFinished || (stopsEarly && progress.isInterrupted)
      for await (const batch of source({ ...options, signal })) {
        isSilent = false
        yield * mapBatch<Received, AgentEvent>(batch, (received, events) => progress.take(received, events), isOver)
        if (isOver()) return
        // A stream that stays open then has nothing more to say: the agent waits for an answer.
        if (progress.needsInput) setTimeout(() => connection.abort(), inputGrace).unref()
      }
    } catch (error) {
      options.signal.throwIfAborted()
      if (!connection.signal.aborted) {
        if (!isTransient(error)) throw error
        if (isFirst && isSilent && begin.send?.repeat === false) throw error
        failure = error
      }
    }
    const isUnsaid = isFirst && isSilent && begin.send !== undefined
    if (!isUnsaid && (progress.isFinished || progress.isInterrupted)) return
    if (failure === undefined && progress.taskId === undefined) throw new ClientError('A2A_ERR_STREAM', 'The agent ended its stream before it said anything')
    // Silence is no sign of a broken agent as long as it answers: work may take its time.
    const wasHeld = !isSilent && failure instanceof ClientError && failure.code === 'A2A_ERR_TIMEOUT'
    if (progress.changes > changes || wasHeld) attempts = 0
    if (++attempts > line.reconnect.attempts) throw gaveUp(progress, failure)
    await pause(delayOf(line, attempts), options.signal)
    if (!isUnsaid) source = options => resumed(line, progress, options)
  }
}

function delayOf ({ reconnect: { minDelay, maxDelay } }: Line, attempt: number): number {
  return attempt === 1 ? 0 : Math.min(maxDelay, minDelay * 2 ** (attempt - 2))
}

function gaveUp ({ taskId, status }: Progress, cause: unknown): ClientError {
  return new ClientError('A2A_ERR_STREAM', `The stream ${taskId === undefined ? '' : `of task ${taskId} `}broke again and again${status === undefined ? '' : `; the task was last seen as ${status.state}`}`, { cause })
}
