import { toMessage } from '../agent/content.ts'
import type { Desk } from './desk.ts'
import { readLetter } from './mail.ts'
import { isTerminal } from './states.ts'
import type { Snapshot } from './store.ts'
import type { TurnRecord } from './turn-record.ts'
import type { TurnRequest } from './turn.ts'

/** Whether whoever had the task has gone without having done everything. */
export function hasLeftovers ({ task, meta }: Snapshot): boolean {
  return !isTerminal(task.status.state) && (!meta.turnEnded || meta.queued !== undefined)
}

/** Does what a replica that has gone has left to do: for the turn that was running, and for those that waited behind it. */
export async function salvage (desk: Desk, snapshot: Snapshot): Promise<void> {
  const { settings, scope, taskId, owner, journal } = desk
  const letters = (await settings.store.letters(scope, taskId)).map(letter => ({ id: letter.id, mail: readLetter(letter) }))
  for (const { mail } of letters) {
    if (mail === undefined || !('cancel' in mail)) continue
    const request = await restore(desk, mail.cancel, snapshot)
    if (request === undefined) break
    return await desk.serveCancel(owner.adopt(request, mail.cancel.turnId))
  }
  if (!snapshot.meta.turnEnded) {
    const { turnId } = snapshot.meta
    const start = letters.find(({ mail }) => mail !== undefined && 'start' in mail && mail.start.turnId === turnId)
    const handover = letters.find(({ mail }) => mail !== undefined && 'handover' in mail && mail.handover.turnId === turnId)
    await goOn(desk, snapshot, start ?? handover, start !== undefined)
  }
  for (const record of snapshot.meta.queued ?? []) {
    if (!journal.isOpen || journal.isOver || desk.isLeaving) return
    const request = await restore(desk, record, snapshot)
    if (request === undefined) journal.note({ refused: { turnId: record.turnId, error: 'InternalError', message: 'The message could not be taken up' } })
    else await desk.serve({ turn: owner.adopt(request, record.turnId), isLogged: true })
  }
}

/**
 * @param letter by which the turn was handed over; undefined when whoever ran it has died
 * @param isNew whether nobody has run it
 */
async function goOn (desk: Desk, snapshot: Snapshot, letter: { id: string } | undefined, isNew: boolean): Promise<void> {
  const { journal, owner } = desk
  const { turnId, running } = snapshot.meta
  // It has asked its question: the answer is the next turn.
  if (snapshot.task.status.state === 'TASK_STATE_INPUT_REQUIRED') return journal.note({ turnEnded: { turnId } }, letter?.id)
  const request = running === undefined ? undefined : await restore(desk, running, snapshot)
  if (running === undefined || request === undefined) return await fail(desk, snapshot, 'The server that worked on the task stopped, and the task could not be taken up again')
  if (desk.isLeaving) return // the letter stays for the next one
  const { onCrash, maxAttempts } = request.recovery
  const crashes = running.crashes + (letter === undefined ? 1 : 0)
  if (letter === undefined) {
    desk.settings.log.warn({ taskId: desk.taskId, turnId, attempt: running.attempt, onCrash }, 'the replica that worked on a task has gone')
    if (onCrash === 'fail') return await fail(desk, snapshot, 'The server that worked on the task stopped before the task was done')
    if (crashes >= maxAttempts) return await fail(desk, snapshot, `The task was given up after ${crashes} attempts: each time the server that worked on it stopped`)
  }
  await desk.serve({ turn: owner.adopt(request, turnId), isLogged: true, again: { attempt: isNew ? running.attempt : running.attempt + 1, crashes }, letter: letter?.id })
}

async function fail ({ journal, taskId }: Desk, { task: { contextId = '' } }: Snapshot, text: string): Promise<void> {
  journal.noteStatus(contextId, 'TASK_STATE_FAILED', toMessage(text, { taskId, contextId }))
  await journal.flush()
}

/** Undefined when it can't be; the log says why. */
async function restore ({ settings, scope, taskId }: Desk, record: TurnRecord, snapshot: Snapshot): Promise<TurnRequest | undefined> {
  try {
    return await settings.restore(scope, record, snapshot)
  } catch (error) {
    settings.log.error({ err: error, taskId, turnId: record.turnId }, 'a turn of a replica that has gone could not be taken up')
    return undefined
  }
}
