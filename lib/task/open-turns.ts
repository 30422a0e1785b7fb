import type { Message } from '../../schemas/v1/common.ts'
import type { TurnStarted } from './log.ts'
import type { RunningTurn, TurnRecord, TurnTerms } from './turn-record.ts'

/** The turns of a task that are not over: with them, another replica can go on where one has stopped. Values are never changed. */
export type OpenTurns = {
  running?: RunningTurn | undefined
  /** In their order; undefined when none waits. */
  queued?: readonly TurnRecord[] | undefined
}

/** The turn that makes a task. */
export function firstTurn (turnId: string, message: Message | undefined, terms: TurnTerms | undefined): RunningTurn | undefined {
  return message && { turnId, message, terms, attempt: 1, crashes: 0 }
}

/** A turn begins: a new one, one that has waited, or once more the one that was running. */
export function beginTurn (turns: OpenTurns, { turnId, message, terms, attempt = 1, crashes = 0 }: TurnStarted): void {
  const known = turns.running?.turnId === turnId ? turns.running : turns.queued?.find(turn => turn.turnId === turnId)
  const text = message ?? known?.message
  turns.running = text && { turnId, message: text, terms: terms ?? known?.terms, attempt, crashes }
  removeQueued(turns, turnId)
}

export function addQueued (turns: OpenTurns, turn: TurnRecord): void {
  turns.queued = turns.queued === undefined ? [turn] : [...turns.queued, turn]
}

export function removeQueued (turns: OpenTurns, turnId: string): void {
  if (turns.queued === undefined) return
  const rest = turns.queued.filter(turn => turn.turnId !== turnId)
  turns.queued = rest.length === 0 ? undefined : rest
}
