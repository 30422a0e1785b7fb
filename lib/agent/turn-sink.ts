import type { Message, TaskState } from '../../schemas/v1/common.ts'
import type { TaskEvent } from '../task/log.ts'

/** Where a context's verbs go. */
export interface TurnSink {
  readonly state: TaskState
  readonly signal: AbortSignal
  /** Checks and stores; resolves when there is room for more. @throws MisuseError */
  push (event: TaskEvent): Promise<void>
  /** Answers by a bare message, or completes the task with it when there is one. */
  reply (message: Message): Promise<void>
}
