/** Several agents at the same time, in one iterable. */
import type { RemoteAgent, SendOptions } from '../agent.ts'
import type { MessageContent } from '../content.ts'
import type { AgentEvent } from '../stream/events.ts'
import { toResult, type SendResult } from '../stream/task-stream.ts'

export type Step = {
  /** Labels its events. */
  readonly name: string
  readonly agent: Pick<RemoteAgent, 'stream'>
  readonly message: MessageContent
  readonly options?: SendOptions
}

/** What has happened, and with whom. The last one of each name has its result, or what went wrong. */
export type Labelled =
  | { readonly name: string, readonly event: AgentEvent }
  | { readonly name: string, readonly result: SendResult }
  | { readonly name: string, readonly error: unknown }

export type TeamOptions = {
  /** Ends all of them. */
  signal?: AbortSignal
  /** Whether tasks are canceled when `signal` fires, or the reader leaves early. Default: true. */
  cancel?: boolean
}

/**
 * Sends all messages at once and yields what happens as it comes, of each agent in order. One that fails does not disturb the
 * others; who stops reading stops them all.
 */
export async function * parallel (steps: readonly Step[], { signal, cancel = true }: TeamOptions = {}): AsyncGenerator<Labelled> {
  const controller = new AbortController()
  const stop = signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal])
  const sources = steps.map(step => run(step, stop, cancel))
  const waiting = new Map(sources.map(source => [source, next(source)]))
  try {
    while (waiting.size > 0) {
      const { source, item } = await Promise.race(waiting.values())
      if (item.done === true) waiting.delete(source)
      else {
        waiting.set(source, next(source))
        yield item.value
      }
    }
  } finally {
    controller.abort(new Error('Nobody reads any more'))
    // Tasks are canceled before this ends.
    await Promise.allSettled(waiting.values())
  }
}

type Source = AsyncGenerator<Labelled>

async function next (source: Source): Promise<{ source: Source, item: IteratorResult<Labelled> }> {
  return { source, item: await source.next() }
}

/** One agent; its failure is an item. */
export async function * run ({ name, agent, message, options }: Step, signal: AbortSignal, cancel: boolean): Source {
  try {
    const own = options?.signal
    const stream = agent.stream(message, { ...options, signal: own === undefined ? signal : AbortSignal.any([own, signal]), cancelOnAbort: options?.cancelOnAbort ?? cancel })
    let reply: Extract<AgentEvent, { type: 'message' }> | undefined
    for await (const event of stream) {
      if (event.type === 'message') reply = event
      yield { name, event }
    }
    yield { name, result: toResult(stream.current, reply?.message) }
  } catch (error) {
    yield { name, error }
  }
}
