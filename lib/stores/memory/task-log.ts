import { Chunk } from '../../task/chunk.ts'
import { entriesOf, Entry, type TaskEvent } from '../../task/log.ts'
import { soon } from '../../task/soon.ts'
import { readText, TextKeeper, type Bytes } from './slab.ts'

/** Events that are read at once at most: a reader that is slow holds so many. */
const readSize = 1024

/** The log of a task that is still growing. Chunks of text, of which long logs are made, are kept as their texts. */
export class TaskLog {
  readonly #pieces: Array<Entry | Run> = []
  #generation = 0
  /** What was read last: in one turn of the event loop, all readers mostly read the same. */
  #read: { readonly after: number, readonly entries: readonly Entry[] } | undefined

  /** Of the last event. */
  get generation (): number {
    return this.#generation
  }

  append (event: TaskEvent): void {
    this.#generation++
    this.#read = undefined
    const last = this.#pieces.at(-1)
    const run = last instanceof Run ? last : undefined
    if (run?.take(event) !== true) this.#pieces.push(newPiece(this.#generation, event, run))
  }

  /** What comes after a generation, piece by piece: who has begun gets all that was there, also when the log is dropped meanwhile. */
  * pieces (generation: number): Generator<readonly Entry[], void> {
    const end = this.#generation
    for (let position = generation; position < end;) {
      const entries = this.after(position)
      position += entries.length
      yield entries
    }
  }

  /** What comes after a generation, or the beginning of it. */
  after (generation: number): readonly Entry[] {
    if (this.#read?.after === generation) return this.#read.entries
    const entries = this.#entriesAfter(generation)
    this.#read = { after: generation, entries }
    soon(() => { this.#read = undefined })
    return entries
  }

  pack (): Bytes {
    const packed = this.#pieces.map(piece => piece instanceof Run ? piece.json : piece.eventJson)
    return logs.keep(packed.join(','))
  }

  #entriesAfter (generation: number): Entry[] {
    let first = this.#pieces.length
    while (first > 0 && this.#endOf(first - 1) > generation) first--
    const entries: Entry[] = []
    for (let index = first; index < this.#pieces.length && entries.length < readSize; index++) {
      const piece = this.#pieces[index]
      if (piece instanceof Run) piece.addTo(entries, generation)
      else if (piece !== undefined) entries.push(piece)
    }
    return entries
  }

  /** The generation of the last event of a piece. */
  #endOf (index: number): number {
    const next = this.#pieces[index + 1]
    return next === undefined ? this.#generation : next.generation - 1
  }
}

function newPiece (generation: number, event: TaskEvent, before: Run | undefined): Entry | Run {
  const chunk = Chunk.of(event, before?.first)
  return chunk === undefined || chunk.isLast ? new Entry(generation, chunk ?? event) : new Run(generation, chunk)
}

/** Chunks of one artifact, one after the other. */
class Run {
  /** Of the first one. */
  readonly generation: number
  readonly first: Chunk
  readonly texts: string[]

  constructor (generation: number, first: Chunk) {
    this.generation = generation
    this.first = first
    this.texts = [first.text]
  }

  /** Whether the event goes on with the artifact, and does not end it. */
  take (event: TaskEvent): boolean {
    const text = this.first.nextText(event)
    if (text === undefined) return false
    this.texts.push(text)
    return true
  }

  /** Adds those after a generation, as long as there is room. */
  addTo (entries: Entry[], after: number): void {
    for (let index = Math.max(0, after + 1 - this.generation); index < this.texts.length && entries.length < readSize; index++) {
      entries.push(new Entry(this.generation + index, this.first.next(this.texts[index] ?? '')))
    }
  }

  get json (): string {
    const { taskId, contextId, artifactId } = this.first.ids
    const packed: PackedRun = [taskId, contextId, artifactId, ...this.texts]
    return JSON.stringify(packed)
  }
}

type PackedRun = [taskId: string, contextId: string, artifactId: string, ...texts: string[]]

/** Logs of finished tasks, out of the garbage collector's way: few of those that are kept are ever read again. */
const logs = new TextKeeper()

/** What `pack` has packed. */
export function unpackLog (bytes: Bytes): Entry[] {
  return entriesOf(1, eventsOf(JSON.parse(`[${readText(bytes)}]`) as Array<TaskEvent | PackedRun>)) // as it was packed
}

function * eventsOf (packed: ReadonlyArray<TaskEvent | PackedRun>): Generator<TaskEvent> {
  for (const item of packed) {
    if (Array.isArray(item)) yield * chunksOf(item)
    else yield item
  }
}

function * chunksOf ([taskId, contextId, artifactId, ...texts]: PackedRun): Generator<TaskEvent> {
  for (const text of texts) yield { artifactUpdate: { taskId, contextId, artifact: { artifactId, parts: [{ text }] }, append: true } }
}
