/** The log of a finished task, out of the garbage collector's way: few of those that are kept are ever read again. */
import { entriesOf, type Entry, type TaskEvent } from '../../task/log.ts'
import { readText, TextKeeper, type Bytes } from './slab.ts'

/** To what the texts that come next were appended, as nearly all of most streams is. */
type Target = [taskId: string, contextId: string, artifactId: string]

const logs = new TextKeeper()

export function packLog (entries: readonly Entry[]): Bytes {
  const packed: string[] = []
  let latest: string | undefined
  for (const entry of entries) {
    const { chunk } = entry
    if (chunk === undefined || chunk.isLast) {
      packed.push(entry.eventJson)
      continue
    }
    const { taskId, contextId, artifactId } = chunk.ids
    if (artifactId !== latest) {
      const target: Target = [taskId, contextId, artifactId]
      packed.push(JSON.stringify(target))
      latest = artifactId
    }
    packed.push(chunk.textJson)
  }
  return logs.keep(`[${packed.join(',')}]`)
}

export function unpackLog (bytes: Bytes): Entry[] {
  return entriesOf(1, eventsOf(JSON.parse(readText(bytes)) as Array<TaskEvent | Target | string>)) // as it was packed
}

function * eventsOf (packed: ReadonlyArray<TaskEvent | Target | string>): Generator<TaskEvent> {
  let [taskId, contextId, artifactId]: Target = ['', '', '']
  for (const item of packed) {
    if (Array.isArray(item)) [taskId, contextId, artifactId] = item
    else if (typeof item !== 'string') yield item
    else yield { artifactUpdate: { taskId, contextId, artifact: { artifactId, parts: [{ text: item }] }, append: true } }
  }
}
