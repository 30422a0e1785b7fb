import type { Message, StreamResponse, Task, TaskArtifactUpdateEvent, TaskStatusUpdateEvent } from '../../../schemas/v1/common.ts'

/** What happens, as a client sees it: the protocol's events with a `type` to tell them by. */
export type AgentEvent =
  /** The task as it is when a stream begins. */
  | { readonly type: 'task', readonly task: Task }
  /** An answer without a task. */
  | { readonly type: 'message', readonly message: Message }
  | { readonly type: 'status' } & TaskStatusUpdateEvent
  | { readonly type: 'artifact' } & TaskArtifactUpdateEvent

/** The event is ours alone, and is changed in place: a copy of each costs as much as all else that is done with it. */
export function toAgentEvent (event: StreamResponse): AgentEvent {
  if ('statusUpdate' in event) return Object.assign(event.statusUpdate, { type: 'status' as const })
  if ('artifactUpdate' in event) return Object.assign(event.artifactUpdate, { type: 'artifact' as const })
  return 'task' in event ? { type: 'task', task: event.task } : { type: 'message', message: event.message }
}

export function taskIdOf (event: StreamResponse): string | undefined {
  if ('statusUpdate' in event) return event.statusUpdate.taskId
  if ('artifactUpdate' in event) return event.artifactUpdate.taskId
  return 'task' in event ? event.task.id : event.message.taskId
}
