import type { Message, TaskState } from '../../schemas/v1/common.ts'
import type { TaskEvent } from './log.ts'
import type { Turn } from './turn.ts'

/** A task, for the turn that runs on it. */
export interface RunningTask {
  readonly taskId: string
  readonly state: TaskState
  readonly isCanceling: boolean
  /** Whether there is a task yet; until then a bare message may answer. */
  readonly isStored: boolean
  /** Appends an event of the turn; resolves when there is room for more. @throws MisuseError */
  push (turn: Turn, event: TaskEvent): Promise<void>
  /** Ends the turn, whatever its executor is doing. */
  finish (turn: Turn, state: TaskState, message?: Message): void
}
