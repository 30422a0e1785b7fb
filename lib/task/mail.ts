/** What replicas write to each other about a task. */
import type { Letter } from './letters.ts'
import type { TurnRecord } from './turn-record.ts'

export type Mail =
  /** Run this turn. */
  | { turn: TurnRecord }
  /** Cancel the task; for a task that waits, the turn is what its executor's cancel function is told. */
  | { cancel: TurnRecord }
  /** Begin with the task: nobody has worked on this turn, the first one. */
  | { start: { turnId: string } }
  /** Go on with the task: this turn was stopped so that another replica can run it again. */
  | { handover: { turnId: string } }

/** A turn is asked for once, however often its letter is posted; so is the end of the task. */
export function writeLetter (mail: Mail): Letter {
  return { id: idOf(mail), body: JSON.stringify(mail) }
}

/** Undefined for what this version does not understand. */
export function readLetter ({ body }: Letter): Mail | undefined {
  try {
    const mail = JSON.parse(body) as Mail | null // replicas of one agent wrote it
    return typeof mail === 'object' && mail !== null && kinds.some(kind => kind in mail) ? mail : undefined
  } catch {
    return undefined
  }
}

const kinds = ['turn', 'cancel', 'start', 'handover']

function idOf (mail: Mail): string {
  if ('turn' in mail) return `turn ${mail.turn.turnId}`
  if ('start' in mail) return `start ${mail.start.turnId}`
  return 'cancel' in mail ? 'cancel' : `handover ${mail.handover.turnId}`
}
