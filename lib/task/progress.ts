import type { TaskArtifactUpdateEvent, TaskState } from '../../schemas/v1/common.ts'
import { sizeOfParts } from '../agent/content.ts'
import { MisuseError } from '../agent/errors.ts'
import { isChange, numberChange } from './generation.ts'
import type { TaskEvent } from './log.ts'
import { canTransition, isTerminal } from './states.ts'
import type { Snapshot } from './store.ts'

export type ProgressLimits = { events: number, artifactSize: number }

/** How far a task has come: what its writer must know to tell whether an event may follow. */
export class Progress {
  readonly #taskId: string
  readonly #limits: ProgressLimits
  /** What chunks mostly belong to: the artifact that came last, and its size in bytes. */
  #latest: { readonly artifactId: string, size: number } | undefined
  /** Sizes of those before it. */
  #others: Map<string, number> | undefined
  #state: TaskState = 'TASK_STATE_SUBMITTED'
  #events = 0
  /** What clients have seen, where that is counted; undefined for a task that was not counted from its beginning. */
  #changes: number | undefined = 0

  constructor (taskId: string, limits: ProgressLimits) {
    this.#taskId = taskId
    this.#limits = limits
  }

  get state (): TaskState {
    return this.#state
  }

  get isOver (): boolean {
    return isTerminal(this.#state)
  }

  /** Goes on from where a stored task stands. */
  resume ({ task, generation }: Snapshot): void {
    this.#state = task.status.state
    this.#events = generation
    this.#changes = task.generation === undefined ? undefined : Number(task.generation)
    for (const { artifactId, parts } of task.artifacts ?? []) this.#setSize(artifactId, sizeOfParts(parts))
  }

  /** @throws MisuseError when the life cycle or a limit forbids the event */
  check (event: TaskEvent): void {
    if ('statusUpdate' in event) {
      const { state } = event.statusUpdate.status
      if (!canTransition(this.#state, state)) {
        throw new MisuseError('A2A_ERR_TRANSITION', `task ${this.#taskId} is ${this.#state} and cannot become ${state}`)
      }
      if (isTerminal(state)) return // a task can always end
    } else if (this.isOver) {
      throw new MisuseError('A2A_ERR_TRANSITION', `task ${this.#taskId} is ${this.#state}, which is final: nothing can be added to it`)
    }
    if ('turnEnded' in event) return
    const { events } = this.#limits
    if (this.#events >= events) throw new MisuseError('A2A_ERR_LIMIT', `task ${this.#taskId} has reached limits.events (${events})`)
    if ('artifactUpdate' in event) this.#checkArtifact(event.artifactUpdate)
  }

  get changes (): number | undefined {
    return this.#changes
  }

  /** Counts what clients see, and says so in it. */
  number (event: TaskEvent): void {
    if (this.#changes === undefined || !isChange(event)) return
    numberChange(event, ++this.#changes)
  }

  /** The event is on its way to the log. */
  take (event: TaskEvent): void {
    if ('statusUpdate' in event) this.#state = event.statusUpdate.status.state
    this.#events++
  }

  #checkArtifact (update: TaskArtifactUpdateEvent): void {
    const { artifactId, parts } = update.artifact
    const before = this.#latest?.artifactId === artifactId ? this.#latest.size : this.#others?.get(artifactId)
    if (before === undefined && update.append !== undefined) delete update.append // there is nothing to append to yet
    const size = (update.append === true ? before ?? 0 : 0) + sizeOfParts(parts)
    const { artifactSize } = this.#limits
    if (size > artifactSize) throw new MisuseError('A2A_ERR_LIMIT', `artifact ${artifactId} has reached limits.artifactSize (${artifactSize} bytes)`)
    this.#setSize(artifactId, size)
  }

  #setSize (artifactId: string, size: number): void {
    if (this.#latest?.artifactId === artifactId) {
      this.#latest.size = size
      return
    }
    if (this.#latest !== undefined) {
      this.#others ??= new Map()
      this.#others.set(this.#latest.artifactId, this.#latest.size)
    }
    this.#latest = { artifactId, size }
  }
}
