import type { TaskState } from '../../schemas/v1/common.ts'

const afterInterrupt: readonly TaskState[] = [
  'TASK_STATE_WORKING', 'TASK_STATE_INPUT_REQUIRED', 'TASK_STATE_AUTH_REQUIRED',
  'TASK_STATE_COMPLETED', 'TASK_STATE_FAILED', 'TASK_STATE_CANCELED', 'TASK_STATE_REJECTED'
]

/** Where a task may go from each of its eight states (A2A 1.0 §4.1.3). Terminal is final. */
export const transitions: Readonly<Record<TaskState, readonly TaskState[]>> = {
  TASK_STATE_SUBMITTED: afterInterrupt,
  TASK_STATE_WORKING: afterInterrupt,
  TASK_STATE_INPUT_REQUIRED: afterInterrupt,
  TASK_STATE_AUTH_REQUIRED: afterInterrupt,
  TASK_STATE_COMPLETED: [],
  TASK_STATE_FAILED: [],
  TASK_STATE_CANCELED: [],
  TASK_STATE_REJECTED: []
}

export function canTransition (from: TaskState, to: TaskState): boolean {
  return transitions[from].includes(to)
}

/** COMPLETED, FAILED, CANCELED, REJECTED. */
export function isTerminal (state: TaskState): boolean {
  return transitions[state].length === 0
}

/** INPUT_REQUIRED and AUTH_REQUIRED: the task waits for its client. */
export function isInterrupted (state: TaskState): boolean {
  return state === 'TASK_STATE_INPUT_REQUIRED' || state === 'TASK_STATE_AUTH_REQUIRED'
}
