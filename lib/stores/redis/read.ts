import { taskNotFound } from '../../protocol/errors.ts'
import { isTerminal } from '../../task/states.ts'
import type { Entry, TaskEvent } from '../../task/log.ts'
import type { StopSignal } from '../../task/stop.ts'
import type { ReadBatch, Snapshot } from '../../task/store.ts'
import type { Argument } from './connection.ts'
import type { Ear } from './ear.ts'
import { readLog } from './lua/tasks.ts'
import type { Script } from './lua/script.ts'
import { readBatch, type LogEntry } from './replies.ts'

/** Appends that a read takes at once. */
const readSize = 100

export type Reading = {
  ear: Ear
  taskId: string
  after: number | undefined
  signal: StopSignal | undefined
  isOver (): boolean
  /** The task as it is now. */
  get (): Promise<Snapshot | undefined>
  /** Runs a script on the task. */
  run (script: Script, ...args: readonly Argument[]): Promise<unknown>
}

type LogReply = readonly [generation: string, finished: string | null, dropped: string | null, entries: readonly LogEntry[]] | null

/** What the ear is told, as far as it goes on from what was read before; the log where it does not. */
export async function * readTask ({ ear, taskId, after, signal, isOver, get, run }: Reading): AsyncGenerator<ReadBatch> {
  let position = after ?? 0
  if (after === undefined) {
    const snapshot = await get()
    if (snapshot === undefined) throw taskNotFound(taskId)
    position = snapshot.generation
    yield { snapshot }
    if (isTerminal(snapshot.task.status.state)) return
  }
  for (let isKnown = after === undefined; !isOver();) {
    const told = isKnown ? ear.take(position) : undefined
    if (told !== undefined) {
      const entries = told.since(position)
      position = told.generation
      yield { entries }
      if (hasEnd(entries)) return
      continue
    }
    if (isKnown && !ear.mustLook) {
      await ear.news(signal)
      continue
    }
    ear.mustLook = false
    const reply = await run(readLog, position, readSize) as LogReply // as the script answers
    if (reply === null) {
      if (isKnown) return
      throw taskNotFound(taskId)
    }
    isKnown = true
    const [generation, finished, dropped, log] = reply
    if (position > Number(generation) || (dropped !== null && position < Number(generation))) {
      // Further than the task has come, or than its log goes back: a snapshot stands for the rest.
      const snapshot = await get()
      if (snapshot === undefined) return
      position = snapshot.generation
      yield { snapshot }
      if (finished !== null) return
      continue
    }
    const entries = log.flatMap(entry => readBatch(entry).since(position))
    if (entries.length > 0) {
      position += entries.length
      ear.mustLook ||= position < Number(generation)
      yield { entries }
    }
    if (finished !== null && position >= Number(generation)) return
  }
}

/** Nothing comes after a terminal status. */
function hasEnd (entries: readonly Entry[]): boolean {
  return entries.some(entry => entry.chunk === undefined && isTerminalStatus(entry.event))
}

function isTerminalStatus (event: TaskEvent): boolean {
  return 'statusUpdate' in event && isTerminal(event.statusUpdate.status.state)
}
