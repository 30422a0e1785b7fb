import type { StreamResponse, TaskState } from '../../schemas/v1/common.ts'
import { taskStates } from '../../schemas/v1/common.ts'
import { timestamp } from '../task/clock.ts'
import { copyStruct, describe, isObject, toArtifact, toMessage } from './content.ts'
import { MisuseError } from './errors.ts'
import type { TurnSink } from './turn-sink.ts'

/**
 * Applies a protocol object that an executor made by hand, as far as this task is concerned: ids and
 * timestamps are filled in, everything else must be right.
 */
export function applyEvent (event: StreamResponse, ids: { taskId: string, contextId: string }, sink: TurnSink): Promise<void> {
  if ('message' in event) return sink.reply(toMessage(event.message, { contextId: ids.contextId }))
  if ('artifactUpdate' in event) {
    const { artifact, append, lastChunk, metadata } = event.artifactUpdate
    return sink.push({
      artifactUpdate: {
        ...ids,
        artifact: toArtifact(artifact),
        ...append === true && { append },
        ...lastChunk === true && { lastChunk },
        ...metadata !== undefined && { metadata: copyStruct(metadata, 'metadata') }
      }
    })
  }
  if ('statusUpdate' in event) {
    const { status, metadata } = event.statusUpdate
    return sink.push({
      statusUpdate: { ...ids, status: readStatus(status, ids), ...metadata !== undefined && { metadata: copyStruct(metadata, 'metadata') } }
    })
  }
  if ('task' in event) return applyTask(event.task, ids, sink)
  throw new MisuseError('A2A_ERR_OUTPUT', `a protocol event has one of task, message, statusUpdate and artifactUpdate, got ${describe(event)}`)
}

/** A whole task is taken as what has become of this one: its artifacts replace those of the same id. */
function applyTask (task: Extract<StreamResponse, { task: unknown }>['task'], ids: { taskId: string, contextId: string }, sink: TurnSink): Promise<void> {
  let room = Promise.resolve()
  if (task.metadata !== undefined) room = sink.push({ metadata: copyStruct(task.metadata, 'task.metadata') })
  for (const artifact of task.artifacts ?? []) room = sink.push({ artifactUpdate: { ...ids, artifact: toArtifact(artifact) } })
  const status = readStatus(task.status, ids)
  if (status.state !== 'TASK_STATE_SUBMITTED') room = sink.push({ statusUpdate: { ...ids, status } })
  return room
}

function readStatus (status: unknown, ids: { taskId: string, contextId: string }) {
  if (!isObject(status) || !isTaskState(status.state)) {
    throw new MisuseError('A2A_ERR_OUTPUT', `status.state must be one of ${taskStates.join(', ')}, got ${describe(isObject(status) ? status.state : status)}`)
  }
  const { state, message } = status
  return {
    state,
    ...isObject(message) && { message: toMessage(message as Parameters<typeof toMessage>[0], ids) }, // toMessage checks it
    timestamp: timestamp()
  }
}

function isTaskState (value: unknown): value is TaskState {
  return taskStates.some(state => state === value)
}
