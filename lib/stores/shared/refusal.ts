import { taskNotFound } from '../../protocol/errors.ts'
import { StaleWriteError } from '../../task/store-errors.ts'

/** Why a database did not write to a task: what its function or script answers, as an error. */
export function refusal (answer: string, taskId: string): Error {
  switch (answer) {
    case 'missing': return taskNotFound(taskId)
    case 'finished': return new StaleWriteError(`task ${taskId} is over`)
    case 'leased': return new StaleWriteError(`task ${taskId} is leased to somebody else`)
    default: return new StaleWriteError(`task ${taskId} has moved on`)
  }
}
