/** The names of task states. */
import type { TaskState as V03TaskState } from '../../../schemas/v0_3/common.ts'
import type { TaskState } from '../../../schemas/v1/common.ts'

/**
 * Metadata key of a task or status update that came from 0.3 in the state `unknown`. In 1.0 it reads
 * as WORKING, neither finished nor waiting, and becomes `unknown` again on the way back.
 */
export const unknownState = 'a2a_v0_3_unknown_state'

const toV03States: Readonly<Record<TaskState, V03TaskState>> = {
  TASK_STATE_SUBMITTED: 'submitted',
  TASK_STATE_WORKING: 'working',
  TASK_STATE_INPUT_REQUIRED: 'input-required',
  TASK_STATE_AUTH_REQUIRED: 'auth-required',
  TASK_STATE_COMPLETED: 'completed',
  TASK_STATE_FAILED: 'failed',
  TASK_STATE_CANCELED: 'canceled',
  TASK_STATE_REJECTED: 'rejected'
}

const fromV03States: Readonly<Record<V03TaskState, TaskState>> = {
  submitted: 'TASK_STATE_SUBMITTED',
  working: 'TASK_STATE_WORKING',
  'input-required': 'TASK_STATE_INPUT_REQUIRED',
  'auth-required': 'TASK_STATE_AUTH_REQUIRED',
  completed: 'TASK_STATE_COMPLETED',
  failed: 'TASK_STATE_FAILED',
  canceled: 'TASK_STATE_CANCELED',
  rejected: 'TASK_STATE_REJECTED',
  unknown: 'TASK_STATE_WORKING'
}

export function toV03State (state: TaskState): V03TaskState {
  return toV03States[state]
}

export function fromV03State (state: V03TaskState): TaskState {
  return fromV03States[state]
}
