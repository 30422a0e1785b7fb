import type { Message, StreamResponse, Struct, Task, TaskArtifactUpdateEvent, TaskStatusUpdateEvent } from '../../schemas/v1/common.ts'
import type { ErrorName } from '../protocol/errors.ts'
import { Chunk } from './chunk.ts'
import type { TurnRecord, TurnTerms } from './turn-record.ts'

/**
 * What the log of a task holds. A task is the fold of its events; the first one is always `created`.
 * `task`, `statusUpdate` and `artifactUpdate` are what clients see; the others are the log's own.
 */
export type TaskEvent =
  | { created: TaskCreated }
  | { queued: TurnQueued }
  | { refused: TurnRefused }
  | { turn: TurnStarted }
  | { statusUpdate: TaskStatusUpdateEvent }
  | { artifactUpdate: TaskArtifactUpdateEvent }
  | { metadata: Struct }
  | { memory: Struct }
  | { turnEnded: { turnId: string } }

/** A new task and the turn that made it: the task is SUBMITTED and its history holds the first message. */
export type TaskCreated = {
  task: Task
  turnId: string
  skillId?: string
  terms?: TurnTerms
  /** Messages that the history of the task keeps; the oldest leave first. */
  maxHistory?: number
}

/** A follow-up message came while another turn was running, and waits for its end. */
export type TurnQueued = TurnRecord

/** A message that was to wait, or did, is not taken after all; its sender is told why. */
export type TurnRefused = { turnId: string, error: ErrorName, message: string, /** In ms. */ retryAfter?: number }

/** A message reaches the executor; it stands in an earlier event if it had to wait, or if it does so once more. */
export type TurnStarted = {
  turnId: string
  message?: Message
  terms?: TurnTerms
  /** More than 1 when the turn has run before. */
  attempt?: number
  /** How many of these attempts ended with their replica. */
  crashes?: number
}

/** An event in its place in the log. Entries are shared between readers and never changed. */
export class Entry {
  /** Counts the events of a task from 1, without gaps. */
  readonly generation: number
  /** What the event is, in much less room, if it is a chunk of text. */
  readonly chunk: Chunk | undefined
  readonly #event: TaskEvent | undefined
  #json: string | undefined

  /** @param previous the entry before, if it is at hand: chunks share what they have in common */
  constructor (generation: number, event: TaskEvent | Chunk, previous?: Entry) {
    this.generation = generation
    this.chunk = event instanceof Chunk ? event : Chunk.of(event, previous?.chunk)
    this.#event = this.chunk === undefined && !(event instanceof Chunk) ? event : undefined
  }

  get event (): TaskEvent {
    return this.#event ?? (this.chunk as Chunk).event // there is one of them
  }

  /** What a client sees of this event; undefined for the log's own events. */
  get response (): StreamResponse | undefined {
    return toStreamResponse(this.event)
  }

  /** `response` as JSON. Made once however many readers there are, except for chunks: of a long log it would be most. */
  get json (): string | undefined {
    if (this.chunk !== undefined) return this.chunk.json
    if (this.#json === undefined) {
      const { response } = this
      if (response !== undefined) this.#json = JSON.stringify(response)
    }
    return this.#json
  }

  /** `event` as JSON, made of what clients have been told. */
  get eventJson (): string {
    if (this.chunk !== undefined) return this.chunk.json
    const { event, json } = this
    if (json === undefined) return JSON.stringify(event)
    if (!('created' in event)) return json
    const rest = JSON.stringify({ ...event.created, task: undefined })
    return `{"created":${json.slice(0, -1)},${rest.slice(1)}}`
  }
}

/** Events that follow each other. @param first the generation of the first one */
export function entriesOf (first: number, events: Iterable<TaskEvent>): Entry[] {
  const entries: Entry[] = []
  for (const event of events) entries.push(new Entry(first + entries.length, event, entries.at(-1)))
  return entries
}

function toStreamResponse (event: TaskEvent): StreamResponse | undefined {
  if ('statusUpdate' in event || 'artifactUpdate' in event) return event
  if ('created' in event) return { task: event.created.task }
  return undefined
}
