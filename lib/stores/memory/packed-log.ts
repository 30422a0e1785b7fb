/** The log of a finished task, out of the garbage collector's way: few of those that are kept are ever read again. */
import { Entry, textOfChunk, type TaskEvent } from '../../task/log.ts'
import { readText, TextKeeper, type Bytes } from './slab.ts'

/** Texts that were appended to one artifact, one after the other: of most streams, nearly all. */
type Chunks = [taskId: string, contextId: string, artifactId: string, ...texts: string[]]

const logs = new TextKeeper()

export function packLog (entries: readonly Entry[]): Bytes {
  const packed: Array<TaskEvent | Chunks> = []
  let chunks: Chunks | undefined
  for (const { event } of entries) {
    const update = 'artifactUpdate' in event ? event.artifactUpdate : undefined
    const text = update && textOfChunk(update)
    if (update === undefined || update.lastChunk !== undefined || text === undefined) {
      chunks = undefined
      packed.push(event)
      continue
    }
    const { taskId, contextId, artifact: { artifactId } } = update
    if (chunks === undefined || chunks[2] !== artifactId) packed.push(chunks = [taskId, contextId, artifactId])
    chunks.push(text)
  }
  return logs.keep(JSON.stringify(packed))
}

export function unpackLog (bytes: Bytes): Entry[] {
  const packed = JSON.parse(readText(bytes)) as Array<TaskEvent | Chunks> // as it was packed
  const events = packed.flatMap(item => Array.isArray(item) ? eventsOf(item) : item)
  return events.map((event, index) => new Entry(index + 1, event))
}

function eventsOf ([taskId, contextId, artifactId, ...texts]: Chunks): TaskEvent[] {
  return texts.map(text => ({ artifactUpdate: { taskId, contextId, artifact: { artifactId, parts: [{ text }] }, append: true } }))
}
