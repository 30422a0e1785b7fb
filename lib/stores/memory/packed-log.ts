/** The log of a finished task, out of the garbage collector's way: few of those that are kept are ever read again. */
import { Entry, type TaskEvent } from '../../task/log.ts'
import { readText, TextKeeper, type Bytes } from './slab.ts'

const logs = new TextKeeper()

export function packLog (entries: readonly Entry[]): Bytes {
  return logs.keep(entries.map(eventJson).join(','))
}

export function unpackLog (packed: Bytes): Entry[] {
  const events = JSON.parse(`[${readText(packed)}]`) as TaskEvent[] // as they were packed
  return events.map((event, index) => new Entry(index + 1, event))
}

/** As `JSON.stringify` of the event, from what clients have been told of it. */
function eventJson (entry: Entry): string {
  const { event, json } = entry
  if (json === undefined) return JSON.stringify(event)
  if (!('created' in event)) return json
  const { task, ...rest } = event.created
  // There is a `turnId` always.
  return `{"created":${json.slice(0, -1)},${JSON.stringify(rest).slice(1)}}`
}
