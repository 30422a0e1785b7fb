import type { Scope } from '../task/store.ts'

/** Where the events of a task are pushed to. */
export type PushRecord = {
  /** Unique within the task. */
  readonly id: string
  /** The configuration as JSON, its secrets sealed; a store does not look into it. */
  readonly config: string
}

/** The right to deliver to one push configuration what has happened since `after`. */
export type PushClaim = PushRecord & {
  readonly scope: Scope
  readonly taskId: string
  /** The last generation that was delivered or passed over. */
  readonly after: number
  /** Attempts that failed since the last success. */
  readonly attempts: number
  /** When the first of these attempts was made, in ms since the epoch. */
  readonly failingSince: number | undefined
  /** Names the claim when it is settled. */
  readonly token: string
}

/** What has become of a claim. */
export type PushOutcome = {
  /** Everything up to this generation is done with. */
  readonly after: number
  readonly attempts: number
  readonly failingSince?: number
  /** Not before, in ms since the epoch; for a configuration that is to be tried again. */
  readonly retryAt?: number
  /** What was given up. */
  readonly deadLetters?: readonly DeadLetter[]
}

/** A delivery that was given up. */
export type DeadLetter = {
  readonly id: string
  readonly scope: Scope
  readonly taskId: string
  readonly configId: string
  readonly generation: number
  /** The payload and why it was not delivered, as JSON; a store does not look into it. */
  readonly body: string
  /** In ms since the epoch. */
  readonly at: number
}

export type RecordPage<T> = { items: T[], next?: string }
export type RecordQuery = { limit: number, cursor?: string }

/**
 * The part of a task store that keeps push configurations and what is still to be delivered to them.
 * The log of the task is the outbox: an append to a task makes its configurations due in the same transaction.
 */
export interface PushRecords {
  /**
   * Adds a configuration, or replaces the one of the same id; deliveries begin after the task's present generation,
   * and a replaced configuration goes on where it was.
   * @throws TaskNotFoundError
   */
  putPushConfig (scope: Scope, taskId: string, record: PushRecord): Promise<void>
  getPushConfig (scope: Scope, taskId: string, id: string): Promise<PushRecord | undefined>
  /** In the order in which they were added. @throws InvalidCursorError */
  listPushConfigs (scope: Scope, taskId: string, query: RecordQuery): Promise<RecordPage<PushRecord>>
  /** Also when there is none. */
  deletePushConfig (scope: Scope, taskId: string, id: string): Promise<void>

  /**
   * Takes configurations of an agent that are due: whose task has events after `after`, whose time has come, and which
   * nobody else has claimed within `ttl` (ms). Found by index; the longest waiting first.
   */
  claimPushes (agent: string, request: { ttl: number, limit: number }): Promise<PushClaim[]>
  /** Ends a claim; answers false, and changes nothing, when it has run out and somebody else has it, or the configuration has gone. */
  settlePush (claim: PushClaim, outcome: PushOutcome): Promise<boolean>

  /** What was given up, newest first. @throws InvalidCursorError */
  listDeadLetters (agent: string, query: RecordQuery): Promise<RecordPage<DeadLetter>>
  /** Takes one away, to be sent again or forgotten; undefined when there is none. */
  takeDeadLetter (agent: string, id: string): Promise<DeadLetter | undefined>
}
