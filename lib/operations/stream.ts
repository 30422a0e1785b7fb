import type { Message, StreamResponse } from '../../schemas/v1/common.ts'
import type { SubscribeToTaskRequest } from '../../schemas/v1/requests.ts'
import type { Agent } from '../agent/agent.ts'
import { A2AError } from '../protocol/errors.ts'
import type { Chunk } from '../task/chunk.ts'
import type { Entry } from '../task/log.ts'
import { terminalTask } from '../task/runner.ts'
import { isTerminal } from '../task/states.ts'
import type { ReadBatch, Snapshot } from '../task/store.ts'
import { Stop, type StopSignal } from '../task/stop.ts'
import type { Turn, TurnStart } from '../task/turn.ts'
import type { Call } from './call.ts'
import { limitHistory } from './history.ts'
import { findTask } from './tasks.ts'

/** One event of a stream. */
export type StreamItem = {
  /** Where the stream can be resumed; 0 where it can't. */
  readonly generation: number
  readonly response: StreamResponse
  /** `response` as JSON, shared between all readers. */
  readonly json: string
  /** What `response` is, if it is a chunk of text. */
  readonly chunk?: Chunk | undefined
}

/** Events in the pieces in which they come. Whoever stops early calls `return()`. */
export type TaskStream = AsyncIterableIterator<readonly StreamItem[], void> & { return (): Promise<unknown> }

type Items = AsyncGenerator<readonly StreamItem[], void, void>

export type StreamOptions = {
  /** Ends the stream, as a disconnect does. */
  signal?: StopSignal
  /** Whether INPUT_REQUIRED ends a stream at once, as 0.3 has it (`final`). */
  endOnInput?: boolean
}

/** SubscribeToTask (A2A 1.0 §3.1.6). @param after the last generation that the client has seen (Last-Event-ID) */
export async function subscribeToTask (agent: Agent, call: Call, { id }: SubscribeToTaskRequest, options: StreamOptions & { after?: number } = {}): Promise<TaskStream> {
  requireStreaming(agent)
  const { task, generation } = await findTask(agent, call, id)
  // A stream that broke is resumed even after the task has ended: its last events must not be lost.
  const isRest = options.after !== undefined && options.after < generation
  if (isTerminal(task.status.state) && !isRest) throw terminalTask(id, task.status.state)
  const leave = agent.streams.enter(call.client)
  const stream = follow(agent, call, id, options)
  return new CountedStream(options.after === generation ? fromNowOn(stream) : stream, leave)
}

/** A reader that has seen everything so far learns at once that it is listening. */
async function * fromNowOn (stream: Items): Items {
  yield []
  yield * stream
}

/** How a client sees the stream of a send. */
type TurnView = {
  /** Where it begins, once that is known. */
  start?: Extract<TurnStart, { after: number }>
  historyLength: number | undefined
}

/** The stream of a send: from the task as the turn began to its end, or to the end of the turn. */
export function streamTurn (
  agent: Agent, call: Call, turn: Turn, view: TurnView,
  options: StreamOptions,
  leave: () => void
): TaskStream {
  const reading = new Stop(options.signal)
  // The log of a task that can't be written any more never ends by itself.
  turn.onFailure(() => reading.stop())
  return new CountedStream(followTurn(agent, call, turn, view, options, reading), leave)
}

async function * followTurn (agent: Agent, call: Call, turn: Turn, { start, historyLength }: TurnView, { signal, endOnInput }: StreamOptions, reading: Stop): Items {
  if (start?.snapshot !== undefined) yield [snapshotItem(limitHistory(start.snapshot, historyLength))]
  const { taskId } = turn.request.message
  const view = { historyLength, endOnInput, untilTurn: turn.id }
  for await (const batch of agent.store.read(call.scope, taskId, start === undefined ? { signal: reading } : { after: start.after, signal: reading })) {
    const { items, isOver } = readBatch(batch, view)
    if (items.length > 0) yield items
    if (isOver) break
  }
  if (signal?.aborted === true) return
  // A turn that never ran, or could not be written to its end, must not look as if it had ended well.
  await turn.started
  await turn.settled
  if (turn.failure !== undefined) throw turn.failure.error
}

export async function * streamMessage (message: Message, leave: () => void): Items {
  leave()
  const response = { message }
  yield [{ generation: 0, response, json: JSON.stringify(response) }]
}

export async function * streamSnapshot (snapshot: Snapshot, leave: () => void): Items {
  leave()
  yield [snapshotItem(snapshot)]
}

export function requireStreaming ({ settings }: Agent): void {
  if (!settings.capabilities.streaming) throw new A2AError('UnsupportedOperationError', 'This agent does not stream')
}

async function * follow (agent: Agent, call: Call, taskId: string, { after, signal, endOnInput }: StreamOptions & { after?: number }): Items {
  const batches = agent.store.read(call.scope, taskId, {
    ...after !== undefined && { after },
    ...signal !== undefined && { signal }
  })
  for await (const batch of batches) {
    const { items, isOver } = readBatch(batch, { endOnInput })
    if (items.length > 0) yield items
    if (isOver) return
  }
}

/** How a client sees the log. */
type View = { historyLength?: number | undefined, endOnInput?: boolean | undefined, untilTurn?: string }

function readBatch (batch: ReadBatch, { historyLength, endOnInput = false, untilTurn }: View): { items: StreamItem[], isOver: boolean } {
  if ('snapshot' in batch) {
    return { items: [snapshotItem(limitHistory(batch.snapshot, historyLength))], isOver: isTerminal(batch.snapshot.task.status.state) }
  }
  const items: StreamItem[] = []
  for (const entry of batch.entries) {
    if (isChunk(entry)) {
      items.push(entry)
      continue
    }
    const { event } = entry
    if ('turnEnded' in event && event.turnEnded.turnId === untilTurn) return { items, isOver: true }
    if (!isVisible(entry)) continue
    items.push('created' in event && historyLength === 0 ? withoutHistory(entry) : entry)
    if (!('statusUpdate' in event)) continue
    const { state } = event.statusUpdate.status
    if (isTerminal(state) || (endOnInput && state === 'TASK_STATE_INPUT_REQUIRED')) return { items, isOver: true }
  }
  return { items, isOver: false }
}

function isChunk (entry: Entry): entry is Entry & StreamItem {
  return entry.chunk !== undefined
}

function isVisible (entry: Entry): entry is Entry & StreamItem {
  return entry.response !== undefined
}

function withoutHistory (entry: StreamItem): StreamItem {
  if (!('task' in entry.response)) return entry
  const { history, ...task } = entry.response.task
  return { generation: entry.generation, response: { task }, json: JSON.stringify({ task }) }
}

function snapshotItem (snapshot: Snapshot): StreamItem {
  return {
    generation: snapshot.generation,
    get response () { return { task: snapshot.task } },
    get json () { return `{"task":${snapshot.json}}` }
  }
}

/** Calls `leave` when the stream ends, also one that was never begun. */
class CountedStream implements TaskStream {
  readonly #items: Items
  readonly #leave: () => void

  constructor (items: Items, leave: () => void) {
    this.#items = items
    this.#leave = leave
  }

  next (): Promise<IteratorResult<readonly StreamItem[], void>> {
    return this.#items.next().then(
      result => {
        if (result.done === true) this.#leave()
        return result
      },
      error => {
        this.#leave()
        throw error
      })
  }

  return (): Promise<IteratorResult<readonly StreamItem[], void>> {
    this.#leave()
    return this.#items.return()
  }

  [Symbol.asyncIterator] (): this {
    return this
  }
}
