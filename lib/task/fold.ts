import type { Artifact, Message, Part, Struct, Task, TaskArtifactUpdateEvent, TaskStatusUpdateEvent } from '../../schemas/v1/common.ts'
import { isInterrupted } from './states.ts'
import type { TaskEvent } from './log.ts'

/** A task while its log is still growing. Belongs to one owner, which alone may fold into it. */
export type Folding = {
  task: Task & { artifacts: Artifact[], history: Message[] }
  /** Where each artifact stands. */
  places: Map<string, number>
  skillId: string | undefined
  /** What the executor keeps for itself. */
  memory: Struct | undefined
  /** The turn that is running or was the last to run. */
  turnId: string
  /** Whether that turn's executor has returned. */
  turnEnded: boolean
}

/** Starts from the first event of a log, or from a snapshot of one. */
export function startFold (task: Task, turnId: string, skillId?: string, turnEnded = false, memory?: Struct): Folding {
  const artifacts = task.artifacts?.map(copyArtifact) ?? []
  return {
    task: { ...task, artifacts, history: task.history?.slice() ?? [] },
    places: new Map(artifacts.map(({ artifactId }, index) => [artifactId, index])),
    skillId,
    memory,
    turnId,
    turnEnded
  }
}

/**
 * Applies one event in place. The cost does not depend on how long the log already is.
 * @param maxHistory messages kept; the oldest leave first
 */
export function fold (state: Folding, event: TaskEvent, maxHistory = Infinity): void {
  if ('artifactUpdate' in event) foldArtifact(state, event.artifactUpdate)
  else if ('statusUpdate' in event) foldStatus(state.task, event.statusUpdate)
  else if ('queued' in event) foldMessage(state.task, event.queued.message)
  else if ('turn' in event) {
    if (event.turn.message !== undefined) foldMessage(state.task, event.turn.message)
    state.turnId = event.turn.turnId
    state.turnEnded = false
  } else if ('turnEnded' in event) state.turnEnded = true
  else if ('memory' in event) state.memory = { ...state.memory, ...event.memory }
  else if ('metadata' in event) state.task.metadata = { ...state.task.metadata, ...event.metadata }
  if (state.task.history.length > maxHistory) state.task.history.splice(0, state.task.history.length - maxHistory)
}

/** An immutable copy of the task as it stands; parts and messages are shared, not copied. */
export function freeze (state: Folding): Task {
  const { artifacts, history, ...rest } = state.task
  const task: Task = rest
  if (artifacts.length > 0) task.artifacts = artifacts.map(copyArtifact)
  if (history.length > 0) task.history = history.slice()
  return task
}

function copyArtifact (artifact: Artifact): Artifact {
  return { ...artifact, parts: artifact.parts.slice() }
}

function foldMessage (task: Folding['task'], message: Message): void {
  keepStatusMessage(task)
  task.history.push(message)
}

function foldStatus (task: Folding['task'], { status }: TaskStatusUpdateEvent): void {
  keepStatusMessage(task)
  task.status = status
}

/**
 * A question that an agent asked stays in the history when the status moves on;
 * progress messages are transient (A2A 1.0 §3.7).
 */
function keepStatusMessage (task: Folding['task']): void {
  const { state, message, timestamp } = task.status
  if (message === undefined || !isInterrupted(state)) return
  task.history.push(message)
  task.status = { state, ...timestamp !== undefined && { timestamp } }
}

function foldArtifact ({ task: { artifacts }, places }: Folding, { artifact, append }: TaskArtifactUpdateEvent): void {
  const index = places.get(artifact.artifactId) ?? artifacts.length
  const known = artifacts[index]
  if (known === undefined) places.set(artifact.artifactId, index)
  if (known !== undefined && append === true) {
    mergeParts(known.parts, artifact.parts)
    if (artifact.name !== undefined) known.name = artifact.name
    if (artifact.description !== undefined) known.description = artifact.description
    if (artifact.metadata !== undefined) known.metadata = { ...known.metadata, ...artifact.metadata }
    if (artifact.extensions !== undefined) known.extensions = [...new Set([...known.extensions ?? [], ...artifact.extensions])]
  } else {
    artifacts[index] = { ...artifact, parts: mergeParts([], artifact.parts) }
  }
}

/** Appends to `parts`, joining text that only a chunk boundary has split. */
export function mergeParts (parts: Part[], added: Part[]): Part[] {
  for (const part of added) {
    const last = parts[parts.length - 1]
    if (last !== undefined && isPlainText(last) && isPlainText(part) && last.mediaType === part.mediaType) {
      parts[parts.length - 1] = { ...last, text: last.text + part.text }
    } else {
      parts.push(part)
    }
  }
  return parts
}

function isPlainText (part: Part): part is Part & { text: string } {
  return part.text !== undefined && part.metadata === undefined && part.filename === undefined
}
