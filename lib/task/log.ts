import type { Message, StreamResponse, Struct, Task, TaskArtifactUpdateEvent, TaskStatusUpdateEvent } from '../../schemas/v1/common.ts'
import type { ErrorName } from '../protocol/errors.ts'
import { chunkToJson, textOfChunk } from './chunks.ts'
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
  readonly event: TaskEvent
  #json: string | undefined
  /** `''` for what is no chunk. */
  #chunk: string | undefined

  constructor (generation: number, event: TaskEvent) {
    this.generation = generation
    this.event = event
  }

  /** What a client sees of this event; undefined for the log's own events. */
  get response (): StreamResponse | undefined {
    return toStreamResponse(this.event)
  }

  /** `response` as JSON, made once however many readers there are. */
  get json (): string | undefined {
    if (this.#json === undefined) this.#json = this.#toJson()
    return this.#json
  }

  /** The text, as JSON, where the event appends one to an artifact and, but for ending it, does nothing else. */
  get chunk (): string | undefined {
    if (this.#chunk === undefined) this.#chunk = ('artifactUpdate' in this.event ? textOfChunk(this.event.artifactUpdate) : undefined) ?? ''
    return this.#chunk === '' ? undefined : this.#chunk
  }

  /** `event` as JSON, made of what clients have been told. */
  get eventJson (): string {
    const { event, json } = this
    if (json === undefined) return JSON.stringify(event)
    if (!('created' in event)) return json
    const { turnId, skillId, terms, maxHistory } = event.created
    return `{"created":${json.slice(0, -1)},${JSON.stringify({ turnId, skillId, terms, maxHistory }).slice(1)}}`
  }

  #toJson (): string | undefined {
    const { chunk, event, response } = this
    if (chunk !== undefined && 'artifactUpdate' in event) return chunkToJson(event.artifactUpdate, chunk)
    return response && JSON.stringify(response)
  }
}

function toStreamResponse (event: TaskEvent): StreamResponse | undefined {
  if ('statusUpdate' in event || 'artifactUpdate' in event) return event
  if ('created' in event) return { task: event.created.task }
  return undefined
}
