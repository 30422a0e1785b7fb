/** What the log says of turns. */
import type { Task } from '../../schemas/v1/common.ts'
import { A2AError } from '../protocol/errors.ts'
import type { TaskCreated, TaskEvent, TurnStarted } from './log.ts'
import type { Queued } from './queued.ts'
import { recordOf, termsOf } from './turn-record.ts'
import type { Turn } from './turn.ts'

/** A task that begins with this turn. @param at when, as a timestamp of the protocol */
export function createdTask ({ id, request }: Turn, at: string, maxHistory: number): TaskCreated {
  const { message, skillId } = request
  const task: Task = {
    id: message.taskId,
    contextId: message.contextId,
    status: { state: 'TASK_STATE_SUBMITTED', timestamp: at },
    history: [message]
  }
  const created: TaskCreated = { task, turnId: id, maxHistory }
  if (skillId !== undefined) created.skillId = skillId
  const terms = termsOf(request)
  if (terms !== undefined) created.terms = terms
  return created
}

export function queuedTurn ({ id, request }: Turn): TaskEvent {
  return { queued: recordOf(id, request) }
}

export function refusedTurn (turnId: string, error: unknown): TaskEvent {
  const { name, message, retryAfter } = A2AError.from(error)
  return { refused: { turnId, error: name, message, ...retryAfter !== undefined && { retryAfter } } }
}

export function startedTurn ({ turn: { id, request }, isLogged, again }: Queued): TaskEvent {
  const turn: TurnStarted = { turnId: id }
  if (!isLogged) {
    turn.message = request.message
    const terms = termsOf(request)
    if (terms !== undefined) turn.terms = terms
  }
  return { turn: again === undefined ? turn : { ...turn, ...again } }
}
