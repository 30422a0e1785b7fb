/** Chunks of text are most of what is streamed, and all that is new in each is its text: what they have in common is kept, and made JSON, once. */
import type { Artifact, Part, TaskArtifactUpdateEvent } from '../../schemas/v1/common.ts'
import type { TaskEvent } from './log.ts'

/** An update that appends text to an artifact and, but for ending it, does nothing else. */
export class Chunk {
  readonly #series: Series
  readonly text: string
  /** Whether it ends the artifact. */
  readonly isLast: boolean

  /** Undefined for all other events. @param previous with which it may have much in common */
  static of (event: TaskEvent, previous: Chunk | undefined): Chunk | undefined {
    if (!('artifactUpdate' in event)) return undefined
    const { artifactUpdate: update } = event
    const text = textOf(update)
    if (text === undefined) return undefined
    const series = previous !== undefined && previous.#series.has(update) ? previous.#series : new Series(update)
    return new Chunk(series, text, update.lastChunk === true)
  }

  private constructor (series: Series, text: string, isLast: boolean) {
    this.#series = series
    this.text = text
    this.isLast = isLast
  }

  /** The text of an event that goes on with the same artifact and does not end it; undefined for all others. */
  nextText (event: TaskEvent): string | undefined {
    if (!('artifactUpdate' in event)) return undefined
    const { artifactUpdate: update } = event
    return update.lastChunk === undefined && this.#series.has(update) ? textOf(update) : undefined
  }

  /** Another text for the same artifact. */
  next (text: string): Chunk {
    return new Chunk(this.#series, text, false)
  }

  get ids (): Ids {
    return this.#series
  }

  get event (): { artifactUpdate: TaskArtifactUpdateEvent } {
    const { taskId, contextId, artifactId } = this.#series
    const artifact = { artifactId, parts: [{ text: this.text }] }
    return { artifactUpdate: this.isLast ? { taskId, contextId, artifact, append: true, lastChunk: true } : { taskId, contextId, artifact, append: true } }
  }

  /** `event` as JSON. */
  get json (): string {
    return this.jsonBetween('', '')
  }

  /** `event` as JSON, between other text. In few pieces: until the whole is written, each of them is an object to V8. */
  jsonBetween (before: string, after: string): string {
    const frame = this.#series.frame(before, after)
    return frame.head + textToJson(this.text) + (this.isLast ? lastTail + after : frame.tail)
  }
}

/** What stands behind the text of a chunk. */
const tail = '}]},"append":true}}'
const lastTail = '}]},"append":true,"lastChunk":true}}'

/** Text that JSON writes as it stands: no quote, backslash, control character or surrogate. */
const plainText = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/
/** Texts for which it is quicker to look. */
const shortText = 256

/** As `JSON.stringify`. */
function textToJson (text: string): string {
  return text.length < shortText && plainText.test(text) ? `"${text}"` : JSON.stringify(text)
}

function textOf ({ artifact, append, lastChunk, metadata, generation }: TaskArtifactUpdateEvent): string | undefined {
  if (append !== true || lastChunk === false || metadata !== undefined || generation !== undefined || !isBare(artifact)) return undefined
  const [part] = artifact.parts
  return artifact.parts.length === 1 && part !== undefined && isBareText(part) ? part.text : undefined
}

function isBare ({ name, description, metadata, extensions }: Artifact): boolean {
  return name === undefined && description === undefined && metadata === undefined && extensions === undefined
}

function isBareText (part: Part): part is { text: string } {
  for (const key in part) if (key !== 'text') return false
  return part.text !== undefined
}

/** To what a chunk is appended. */
export type Ids = { readonly taskId: string, readonly contextId: string, readonly artifactId: string }

/** What stands around the text of each chunk but the last, between other text. */
type Frame = { readonly before: string, readonly head: string, readonly after: string, readonly tail: string }

class Series implements Ids {
  readonly taskId: string
  readonly contextId: string
  readonly artifactId: string
  #head: string | undefined
  /** The one that was asked for last: mostly, it is for many chunks in a row. */
  #frame: Frame | undefined

  constructor ({ taskId, contextId, artifact: { artifactId } }: TaskArtifactUpdateEvent) {
    this.taskId = taskId
    this.contextId = contextId
    this.artifactId = artifactId
  }

  frame (before: string, after: string): Frame {
    if (this.#frame?.before !== before || this.#frame.after !== after) {
      this.#head ??= this.#toHead()
      // Joined, and not added: each is copied as one piece with every chunk.
      this.#frame = { before, head: [before, this.#head].join(''), after, tail: [tail, after].join('') }
    }
    return this.#frame
  }

  #toHead (): string {
    const [taskId, contextId, artifactId] = [this.taskId, this.contextId, this.artifactId].map(id => JSON.stringify(id))
    return `{"artifactUpdate":{"taskId":${taskId},"contextId":${contextId},"artifact":{"artifactId":${artifactId},"parts":[{"text":`
  }

  has ({ taskId, contextId, artifact: { artifactId } }: TaskArtifactUpdateEvent): boolean {
    return this.artifactId === artifactId && this.taskId === taskId && this.contextId === contextId
  }
}
