import type { Message, StreamResponse, Task, TaskStatus } from '../../../schemas/v1/common.ts'
import { fold, freeze, startFold, type Folding } from '../../task/fold.ts'
import { isInterrupted, isTerminal } from '../../task/states.ts'
import { invalidAnswer } from '../errors.ts'
import type { Received } from '../operations.ts'
import { taskIdOf, toAgentEvent, type AgentEvent } from './events.ts'
import { missedEvents } from './reconcile.ts'

/** What a reader has seen of a task, over as many connections as it takes: nothing of it is told twice. */
export class Progress {
  #folding: Folding | undefined
  /** The last one that came whole: what it holds beyond the protocol is kept. */
  #snapshot: Task | undefined
  #taskId: string | undefined
  #message: Message | undefined
  #lastEventId: string | undefined
  #changes = 0

  /** @param taskId of the task that is read, where it is known */
  constructor (taskId?: string) {
    this.#taskId = taskId
  }

  get taskId (): string | undefined {
    return this.#taskId
  }

  get lastEventId (): string | undefined {
    return this.#lastEventId
  }

  /** Events that were new, so far. */
  get changes (): number {
    return this.#changes
  }

  get status (): TaskStatus | undefined {
    return this.#folding?.task.status
  }

  /** Drafted for A2A 1.1. */
  get generation (): string | undefined {
    return this.#folding?.task.generation
  }

  /** The answer that is no task. */
  get message (): Message | undefined {
    return this.#message
  }

  /** The task as far as it has been seen. */
  task (): Task | undefined {
    return this.#folding && { ...this.#snapshot, ...freeze(this.#folding) }
  }

  /** Nothing more can come. */
  get isFinished (): boolean {
    return this.#message !== undefined || (this.status !== undefined && isTerminal(this.status.state))
  }

  /** The task waits for its client. */
  get isInterrupted (): boolean {
    return this.status !== undefined && isInterrupted(this.status.state)
  }

  get needsInput (): boolean {
    return this.status?.state === 'TASK_STATE_INPUT_REQUIRED'
  }

  /** @param events gets what is new in it. @throws A2AError InvalidAgentResponseError for an event of another task */
  take ({ event, id }: Received, events: AgentEvent[]): void {
    this.#check(event)
    const before = events.length
    this.#fold(event, events)
    this.#changes += events.length - before
    if (id !== undefined && id !== '') this.#lastEventId = id
  }

  #check (event: StreamResponse): void {
    const taskId = taskIdOf(event)
    if ('message' in event) return
    if (this.#taskId !== undefined && this.#taskId !== taskId) throw invalidAnswer(`The agent sent an event of task ${taskId} on a stream of task ${this.#taskId}`)
    this.#taskId = taskId
  }

  #fold (event: StreamResponse, events: AgentEvent[]): void {
    if ('task' in event) return this.#adopt(event.task, events)
    if ('message' in event) {
      this.#message = event.message
    } else {
      this.#folding ??= begin(event)
      fold(this.#folding, event)
    }
    events.push(toAgentEvent(event))
  }

  /** The first snapshot is an event itself, later ones tell what was missed. */
  #adopt (task: Task, events: AgentEvent[]): void {
    const known = this.#folding?.task
    for (const event of known === undefined ? [{ task }] : missedEvents(known, task)) events.push(toAgentEvent(event))
    this.#snapshot = task
    this.#folding = startFold(merged(task), '')
  }
}

/** As if its artifacts had come in chunks. */
function merged (task: Task): Task {
  const folding = startFold({ ...task, artifacts: [] }, '')
  for (const artifact of task.artifacts ?? []) fold(folding, { artifactUpdate: { taskId: task.id, contextId: task.contextId ?? '', artifact } })
  return freeze(folding)
}

/** Some agents begin with an update. */
function begin (event: Exclude<StreamResponse, { task: Task } | { message: Message }>): Folding {
  const { taskId, contextId } = 'statusUpdate' in event ? event.statusUpdate : event.artifactUpdate
  return startFold({ id: taskId, ...contextId !== undefined && { contextId }, status: { state: 'TASK_STATE_SUBMITTED' } }, '')
}
