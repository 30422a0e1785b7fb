/** The log of a finished task, out of the garbage collector's way: few of those that are kept are ever read again. */
import { Entry, type TaskEvent } from '../../task/log.ts'
import { readText, TextKeeper, type Bytes } from './slab.ts'

/** Whose the texts are that come next: each was appended to that artifact, as nearly all of most streams is. */
type Ids = [taskId: string, contextId: string, artifactId: string]

const logs = new TextKeeper()

export function packLog (entries: readonly Entry[]): Bytes {
  const packed: string[] = []
  let latest: string | undefined
  for (const entry of entries) {
    const { chunk, event } = entry
    if (chunk === undefined || !('artifactUpdate' in event) || event.artifactUpdate.lastChunk !== undefined) {
      packed.push(entry.eventJson)
      continue
    }
    const { taskId, contextId, artifact: { artifactId } } = event.artifactUpdate
    if (artifactId !== latest) {
      const ids: Ids = [taskId, contextId, artifactId]
      packed.push(JSON.stringify(ids))
      latest = artifactId
    }
    packed.push(chunk)
  }
  return logs.keep(`[${packed.join(',')}]`)
}

export function unpackLog (bytes: Bytes): Entry[] {
  const packed = JSON.parse(readText(bytes)) as Array<TaskEvent | Ids | string> // as it was packed
  const entries: Entry[] = []
  let ids: Ids = ['', '', '']
  for (const item of packed) {
    if (Array.isArray(item)) ids = item
    else entries.push(new Entry(entries.length + 1, typeof item === 'string' ? chunk(ids, item) : item))
  }
  return entries
}

function chunk ([taskId, contextId, artifactId]: Ids, text: string): TaskEvent {
  return { artifactUpdate: { taskId, contextId, artifact: { artifactId, parts: [{ text }] }, append: true } }
}
