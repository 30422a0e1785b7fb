/** Tasks, the events of their streams, and the results of methods, in both forms. Copied by name, as messages are. */
import type {
  SendResult, StreamResult, Task as V03Task, TaskArtifactUpdateEvent as V03ArtifactUpdate, TaskStatus as V03TaskStatus,
  TaskStatusUpdateEvent as V03StatusUpdate
} from '../../../schemas/v0_3/common.ts'
import type { ListTasksResult } from '../../../schemas/v0_3/requests.ts'
import type {
  SendMessageResponse, StreamResponse, Struct, Task, TaskArtifactUpdateEvent, TaskStatus, TaskStatusUpdateEvent
} from '../../../schemas/v1/common.ts'
import type { ListTasksResponse } from '../../../schemas/v1/requests.ts'
import { isTerminal } from '../../task/states.ts'
import { fromV03Artifact, fromV03Message, toV03Artifact, toV03Message } from './messages.ts'
import { fromV03State, toV03State, unknownState } from './states.ts'

/** The result of `message/send`. */
export function toV03Result (response: SendMessageResponse): SendResult {
  return 'task' in response ? toV03Task(response.task) : toV03Message(response.message)
}

export function fromV03Result (result: SendResult): SendMessageResponse {
  return result.kind === 'task' ? { task: fromV03Task(result) } : { message: fromV03Message(result) }
}

/**
 * One event of a stream.
 * @param options.final the stream ends with this event: the state is terminal, or the turn has ended
 */
export function toV03Event (response: StreamResponse, { final }: { final: boolean }): StreamResult {
  if ('statusUpdate' in response) return toV03StatusUpdate(response.statusUpdate, final)
  if ('artifactUpdate' in response) return toV03ArtifactUpdate(response.artifactUpdate)
  return toV03Result(response)
}

/** Whether a stream of 0.3 ends with this event: at a terminal state, and where the agent waits for input. */
export function isFinal (response: StreamResponse): boolean {
  if (!('statusUpdate' in response)) return false
  const { state } = response.statusUpdate.status
  return isTerminal(state) || state === 'TASK_STATE_INPUT_REQUIRED'
}

/** `final` has no place in 1.0, where the end of the stream says the same. */
export function fromV03Event (result: StreamResult): StreamResponse {
  if (result.kind === 'status-update') return { statusUpdate: fromV03StatusUpdate(result) }
  if (result.kind === 'artifact-update') return { artifactUpdate: fromV03ArtifactUpdate(result) }
  return fromV03Result(result)
}

export function toV03Task (task: Task): V03Task {
  const copy: V03Task = {
    kind: 'task',
    id: task.id,
    // Required in 0.3. An empty string is how a proto says "not set".
    contextId: task.contextId ?? '',
    status: toV03Status(task.status)
  }
  if (task.artifacts !== undefined) copy.artifacts = task.artifacts.map(toV03Artifact)
  if (task.history !== undefined) copy.history = task.history.map(toV03Message)
  setMetadata(copy, task.metadata)
  return copy
}

export function fromV03Task (task: V03Task): Task {
  const copy: Task = { id: task.id, status: fromV03Status(task.status) }
  if (task.contextId !== '') copy.contextId = task.contextId
  if (task.artifacts !== undefined) copy.artifacts = task.artifacts.map(fromV03Artifact)
  if (task.history !== undefined) copy.history = task.history.map(fromV03Message)
  const metadata = markUnknown(task.status, task.metadata)
  if (metadata !== undefined) copy.metadata = metadata
  return copy
}

export function toV03TaskList ({ tasks, nextPageToken, pageSize, totalSize }: ListTasksResponse): ListTasksResult {
  return { tasks: tasks.map(toV03Task), nextPageToken, pageSize, totalSize }
}

export function fromV03TaskList ({ tasks, nextPageToken, pageSize, totalSize }: ListTasksResult): ListTasksResponse {
  return { tasks: tasks.map(fromV03Task), nextPageToken, pageSize, totalSize }
}

function toV03StatusUpdate ({ taskId, contextId, status, metadata }: TaskStatusUpdateEvent, final: boolean): V03StatusUpdate {
  const copy: V03StatusUpdate = { kind: 'status-update', taskId, contextId, status: toV03Status(status), final }
  setMetadata(copy, metadata)
  return copy
}

function fromV03StatusUpdate (update: V03StatusUpdate): TaskStatusUpdateEvent {
  const { taskId, contextId, status } = update
  const copy: TaskStatusUpdateEvent = { taskId, contextId, status: fromV03Status(status) }
  const metadata = markUnknown(status, update.metadata)
  if (metadata !== undefined) copy.metadata = metadata
  return copy
}

function toV03ArtifactUpdate (update: TaskArtifactUpdateEvent): V03ArtifactUpdate {
  const { taskId, contextId, artifact } = update
  const copy: V03ArtifactUpdate = { kind: 'artifact-update', taskId, contextId, artifact: toV03Artifact(artifact) }
  copyChunkFields(copy, update)
  return copy
}

function fromV03ArtifactUpdate (update: V03ArtifactUpdate): TaskArtifactUpdateEvent {
  const { taskId, contextId, artifact } = update
  const copy: TaskArtifactUpdateEvent = { taskId, contextId, artifact: fromV03Artifact(artifact) }
  copyChunkFields(copy, update)
  return copy
}

/** Those that are the same in both forms, and optional. */
type ChunkFields = Pick<TaskArtifactUpdateEvent, 'append' | 'lastChunk' | 'metadata'>

function copyChunkFields (to: ChunkFields, from: ChunkFields): void {
  if (from.append !== undefined) to.append = from.append
  if (from.lastChunk !== undefined) to.lastChunk = from.lastChunk
  if (from.metadata !== undefined) to.metadata = from.metadata
}

function toV03Status ({ state, message, timestamp }: TaskStatus): V03TaskStatus {
  const copy: V03TaskStatus = { state: toV03State(state) }
  if (message !== undefined) copy.message = toV03Message(message)
  if (timestamp !== undefined) copy.timestamp = timestamp
  return copy
}

function fromV03Status ({ state, message, timestamp }: V03TaskStatus): TaskStatus {
  const copy: TaskStatus = { state: fromV03State(state) }
  if (message !== undefined) copy.message = fromV03Message(message)
  if (timestamp !== undefined) copy.timestamp = timestamp
  return copy
}

/** The metadata of what had this status in 0.3. */
function markUnknown ({ state }: V03TaskStatus, metadata: Struct | undefined): Struct | undefined {
  return state === 'unknown' ? { ...metadata, [unknownState]: true } : metadata
}

/** Sets the metadata of a task or an update, and its state if they are marked as `markUnknown` does. */
function setMetadata (to: { status: V03TaskStatus, metadata?: Struct }, metadata: Struct | undefined): void {
  if (metadata === undefined) return
  if (metadata[unknownState] !== true || to.status.state !== 'working') {
    to.metadata = metadata
    return
  }
  to.status.state = 'unknown'
  const { [unknownState]: mark, ...rest } = metadata
  if (Object.keys(rest).length > 0) to.metadata = rest
}
