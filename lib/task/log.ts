import type {
  Artifact, Message, Part, StreamResponse, Struct, Task, TaskArtifactUpdateEvent, TaskStatusUpdateEvent
} from '../../schemas/v1/common.ts'
import type { ErrorName } from '../protocol/errors.ts'
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
    if (this.#json === undefined) {
      const response = this.response
      if (response !== undefined) this.#json = toJson(response)
    }
    return this.#json
  }
}

function toStreamResponse (event: TaskEvent): StreamResponse | undefined {
  if ('statusUpdate' in event || 'artifactUpdate' in event) return event
  if ('created' in event) return { task: event.created.task }
  return undefined
}

/** What the chunks of one artifact have in common, as JSON: of the artifact that was last written. */
let common = { taskId: '', contextId: '', artifactId: '', json: '' }

/** As `JSON.stringify`, but for chunks of text, which are most of what is streamed: there only the text is new. */
function toJson (response: StreamResponse): string {
  const text = 'artifactUpdate' in response ? textOfChunk(response.artifactUpdate) : undefined
  if (!('artifactUpdate' in response) || text === undefined) return JSON.stringify(response)
  const { taskId, contextId, artifact: { artifactId }, lastChunk } = response.artifactUpdate
  if (common.artifactId !== artifactId || common.taskId !== taskId || common.contextId !== contextId) {
    const ids = `"taskId":${JSON.stringify(taskId)},"contextId":${JSON.stringify(contextId)}`
    common = { taskId, contextId, artifactId, json: `{"artifactUpdate":{${ids},"artifact":{"artifactId":${JSON.stringify(artifactId)},"parts":[{"text":` }
  }
  return `${common.json}${textJson(text)}}]},"append":true${lastChunk === undefined ? '' : `,"lastChunk":${lastChunk}`}}}`
}

/** The text that is appended, where an update does nothing else but, perhaps, end the artifact. */
export function textOfChunk ({ artifact, append, metadata, generation }: TaskArtifactUpdateEvent): string | undefined {
  const [part] = artifact.parts
  const isChunk = append === true && metadata === undefined && generation === undefined && artifact.parts.length === 1 && isBare(artifact)
  return isChunk && part !== undefined && isBareText(part) ? part.text : undefined
}

function isBare ({ name, description, metadata, extensions }: Artifact): boolean {
  return name === undefined && description === undefined && metadata === undefined && extensions === undefined
}

function isBareText (part: Part): part is { text: string } {
  for (const key in part) if (key !== 'text') return false
  return part.text !== undefined
}

/** Text that JSON writes as it stands: no quote, backslash, control character or surrogate. */
const plainText = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/
/** Texts for which it is quicker to look. */
const shortText = 256

function textJson (text: string): string {
  return text.length < shortText && plainText.test(text) ? `"${text}"` : JSON.stringify(text)
}
