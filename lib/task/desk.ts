import type { Logger } from '../agent/executor.ts'
import type { Journal, JournalSettings } from './journal.ts'
import type { Queued } from './queued.ts'
import type { TaskRunner } from './runner.ts'
import type { Scope, Snapshot } from './store.ts'
import type { TurnRecord } from './turn-record.ts'
import type { Turn, TurnRequest } from './turn.ts'

export type RunnerSettings = JournalSettings & {
  /** How long a new exchange may stay without a task, in ms. */
  replyWindow: number
  /** How long a canceled executor may take to stop, in ms. */
  cancelGrace: number
  limits: JournalSettings['limits'] & { history: number, queuedTurns: number }
  log: Logger
  /** The store has taken events of a task. */
  onAppended? (scope: Scope, taskId: string): void
  /** @throws A2AError when nobody serves the task any more */
  restore (scope: Scope, record: TurnRecord, snapshot: Snapshot): Promise<TurnRequest>
}

/** Where a turn of a task that is in other hands stands in the log. */
export type Whereabouts = {
  /** What this replica has seen of the log; undefined for nothing in particular. */
  after?: number | undefined
  /** Whether it is known to run there. */
  hasBegun: boolean
}

/** Who has the runners. */
export interface RunnerOwner {
  /** No turn is left; the runner must not be used any more. */
  rested (runner: TaskRunner): void
  /** The task is in other hands: what becomes of the turn is decided there. */
  refer (scope: Scope, turn: Turn, whereabouts: Whereabouts): void
  /** The same, for a turn that is to cancel the task. */
  referCancel (scope: Scope, turn: Turn): void
  /** Whether there is room for another turn. */
  readonly hasRoom: boolean
  /** A turn that came by the log or by letter. */
  adopt (request: TurnRequest, turnId: string): Turn
  /** Cancels the task, whatever it is doing. @param request asked for when the task waits for its client */
  cancelTask (scope: Scope, taskId: string, request: () => Promise<TurnRequest>): void
}

/** A task in the hands of its runner, for the parts of it. */
export interface Desk {
  readonly scope: Scope
  readonly taskId: string
  readonly settings: RunnerSettings
  readonly owner: RunnerOwner
  readonly journal: Journal
  /** Whether something is being done for the task. */
  readonly isWorking: boolean
  /** Whether this replica goes. */
  readonly isLeaving: boolean
  readonly isCanceling: boolean
  /** Whether the turn runs or waits here. */
  knows (turnId: string): boolean
  /** Runs a turn of a task that is held, to its end. */
  serve (entry: Queued): Promise<void>
  /** Puts a turn behind those that are there. @param letter by which it came */
  accept (turn: Turn, letter?: string): void
  /** Ends a task that is held. */
  serveCancel (turn: Turn): Promise<void>
}
