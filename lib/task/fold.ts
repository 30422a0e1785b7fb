import type { Artifact, Message, Part, Struct, Task, TaskArtifactUpdateEvent, TaskStatusUpdateEvent } from '../../schemas/v1/common.ts'
import { isInterrupted, isTerminal } from './states.ts'
import type { TaskCreated, TaskEvent } from './log.ts'
import { addQueued, beginTurn, firstTurn, removeQueued, type OpenTurns } from './open-turns.ts'
import type { SnapshotMeta } from './store.ts'

/** A task while its log is still growing. Belongs to one owner, which alone may fold into it. */
export type Folding = OpenTurns & {
  task: Task & { artifacts: Artifact[], history: Message[] }
  /** Where each artifact stands, once there are many. */
  places: Map<string, number> | undefined
  skillId: string | undefined
  /** What the executor keeps for itself. */
  memory: Readonly<Struct> | undefined
  /** The turn that is running or was the last to run. */
  turnId: string
  /** Whether that turn's executor has returned. */
  turnEnded: boolean
}

/** Starts from the first event of a log. */
export function beginFold ({ task, turnId, skillId, terms }: TaskCreated): Folding {
  const folding = startFold(task, turnId, skillId)
  folding.running = firstTurn(turnId, task.history?.[0], terms)
  return folding
}

/** Goes on from a snapshot of a log. */
export function resumeFold (task: Task, { turnId, skillId, turnEnded, memory, running, queued }: SnapshotMeta): Folding {
  const folding = startFold(task, turnId, skillId, turnEnded, memory)
  folding.running = running
  folding.queued = queued
  return folding
}

/** What a snapshot says beside the task. */
export function metaOf ({ skillId, turnId, turnEnded, memory, running, queued }: Folding, generation: number, maxHistory: number | undefined): SnapshotMeta {
  const meta: { -readonly [K in keyof SnapshotMeta]: SnapshotMeta[K] } = { generation, skillId, turnId, turnEnded, memory, maxHistory }
  // Most tasks are finished, and many are kept: they have none of these.
  if (running !== undefined) meta.running = running
  if (queued !== undefined) meta.queued = queued
  return meta
}

/** Starts from a task alone. */
export function startFold (task: Task, turnId: string, skillId?: string, turnEnded = false, memory?: Readonly<Struct>): Folding {
  const { id, contextId, status, metadata, generation } = task
  return {
    task: { id, contextId, status, artifacts: task.artifacts?.map(copyArtifact) ?? [], history: task.history?.slice() ?? [], metadata, generation },
    places: undefined,
    skillId,
    memory,
    turnId,
    turnEnded,
    running: undefined,
    queued: undefined
  }
}

/**
 * Applies one event in place. The cost does not depend on how long the log already is.
 * @param maxHistory messages kept; the oldest leave first
 */
export function fold (state: Folding, event: TaskEvent, maxHistory = Infinity): void {
  if ('artifactUpdate' in event) foldArtifact(state, event.artifactUpdate)
  else if ('statusUpdate' in event) foldStatus(state, event.statusUpdate)
  else if ('queued' in event) {
    foldMessage(state.task, event.queued.message)
    addQueued(state, event.queued)
  } else if ('refused' in event) removeQueued(state, event.refused.turnId)
  else if ('turn' in event) {
    if (event.turn.message !== undefined) foldMessage(state.task, event.turn.message)
    state.turnId = event.turn.turnId
    state.turnEnded = false
    beginTurn(state, event.turn)
  } else if ('turnEnded' in event) {
    state.turnEnded = true
    state.running = undefined
  } else if ('memory' in event) state.memory = { ...state.memory, ...event.memory }
  else if ('metadata' in event) state.task.metadata = { ...state.task.metadata, ...event.metadata }
  if (state.task.history.length > maxHistory) state.task.history.splice(0, state.task.history.length - maxHistory)
}

/** An immutable copy of the task as it stands; parts and messages are shared, not copied. */
export function freeze ({ task }: Folding): Task {
  return present({ ...task, artifacts: task.artifacts.map(copyArtifact), history: task.history.slice() })
}

/** The task as JSON, as it stands. */
export function toJson ({ task }: Folding): string {
  return JSON.stringify(present(task))
}

/** Without what is not set: fields are absent, not empty (A2A 1.0 §5.7). */
function present ({ id, contextId, status, artifacts, history, metadata, generation }: Folding['task']): Task {
  const task: Task = { id, contextId, status }
  if (contextId === undefined) delete task.contextId
  if (artifacts.length > 0) task.artifacts = artifacts
  if (history.length > 0) task.history = history
  if (metadata !== undefined) task.metadata = metadata
  if (generation !== undefined) task.generation = generation
  return task
}

function copyArtifact (artifact: Artifact): Artifact {
  return { ...artifact, parts: artifact.parts.slice() }
}

function foldMessage (task: Folding['task'], message: Message): void {
  keepStatusMessage(task)
  task.history.push(message)
}

function foldStatus (state: Folding, { status, generation }: TaskStatusUpdateEvent): void {
  keepStatusMessage(state.task)
  if (generation !== undefined) state.task.generation = generation
  state.task.status = status
  if (isTerminal(status.state)) state.running = state.queued = undefined
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

function foldArtifact (state: Folding, { artifact, append, generation }: TaskArtifactUpdateEvent): void {
  const { artifacts } = state.task
  if (generation !== undefined) state.task.generation = generation
  const index = placeOf(state, artifact.artifactId)
  const known = artifacts[index]
  if (known !== undefined && append === true) {
    mergeParts(known.parts, artifact.parts)
    if (artifact.name !== undefined) known.name = artifact.name
    if (artifact.description !== undefined) known.description = artifact.description
    if (artifact.metadata !== undefined) known.metadata = { ...known.metadata, ...artifact.metadata }
    if (artifact.extensions !== undefined) known.extensions = [...new Set([...known.extensions ?? [], ...artifact.extensions])]
  } else {
    const added = { ...artifact, parts: artifact.parts.length === 1 ? artifact.parts.slice() : mergeParts([], artifact.parts) }
    if (artifacts.length === 0) state.task.artifacts = [added] // what is put into an empty array makes room for seventeen
    else artifacts[index] = added
  }
}

/** The index of an artifact, or of where a new one goes. Chunks mostly belong to the one that came last. */
function placeOf (state: Folding, artifactId: string): number {
  const { artifacts } = state.task
  if (artifacts.at(-1)?.artifactId === artifactId) return artifacts.length - 1
  return artifacts.length < 8 ? placeAmongFew(artifacts, artifactId) : placeAmongMany(state, artifactId)
}

function placeAmongFew (artifacts: readonly Artifact[], artifactId: string): number {
  const index = artifacts.findIndex(artifact => artifact.artifactId === artifactId)
  return index === -1 ? artifacts.length : index
}

function placeAmongMany (state: Folding, artifactId: string): number {
  const { artifacts } = state.task
  state.places ??= new Map(artifacts.map(({ artifactId }, index) => [artifactId, index]))
  const index = state.places.get(artifactId) ?? artifacts.length
  state.places.set(artifactId, index)
  return index
}

/** Appends to `parts`, joining text that only a chunk boundary has split. */
export function mergeParts (parts: Part[], added: Part[]): Part[] {
  for (const part of added) {
    const last = parts.at(-1)
    if (last !== undefined && isPlainText(last) && isPlainText(part) && last.mediaType === part.mediaType) {
      const text = last.text + part.text
      parts[parts.length - 1] = last.mediaType === undefined ? { text } : { text, mediaType: last.mediaType }
    } else {
      parts.push(part)
    }
  }
  return parts
}

function isPlainText (part: Part): part is Part & { text: string } {
  return part.text !== undefined && part.metadata === undefined && part.filename === undefined
}
