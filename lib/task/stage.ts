import type { Artifact, Message, TaskState } from '../../schemas/v1/common.ts'
import { MisuseError } from '../agent/errors.ts'
import { A2AError } from '../protocol/errors.ts'
import { timestamp } from './clock.ts'
import type { RunnerSettings } from './desk.ts'
import { Execution } from './execution.ts'
import { Journal } from './journal.ts'
import type { TaskEvent } from './log.ts'
import type { RunningTask } from './running-task.ts'
import { isInterrupted, isTerminal } from './states.ts'
import type { Scope, Snapshot } from './store.ts'
import { createdTask } from './turn-events.ts'
import type { Turn } from './turn.ts'
import { isLeaseLost, type WriterListener } from './writer.ts'

export interface StageOwner {
  /**
   * The task cannot be written any more; called before its turn is told.
   * @param after what the store has acknowledged @param isLost the task is in other hands
   */
  onBroken (turn: Turn | undefined, after: number, isLost: boolean): void
}

/**
 * A task and the turn that runs on it: checks every event against the life cycle and the limits, appends it,
 * and tells those who wait for the turn what has been written.
 */
export class Stage implements RunningTask, WriterListener {
  readonly scope: Scope
  readonly taskId: string
  readonly journal: Journal
  isCanceling = false
  readonly #settings: RunnerSettings
  readonly #owner: StageOwner
  #turn: Turn | undefined

  constructor (scope: Scope, taskId: string, settings: RunnerSettings, owner: StageOwner) {
    this.scope = scope
    this.taskId = taskId
    this.#settings = settings
    this.#owner = owner
    this.journal = new Journal(scope, taskId, settings, this)
  }

  get state (): TaskState {
    return this.journal.state
  }

  get isStored (): boolean {
    return this.journal.isOpen
  }

  get turn (): Turn | undefined {
    return this.#turn
  }

  enter (turn: Turn): void {
    this.#turn = turn
  }

  clear (): void {
    this.#turn = undefined
  }

  /** @param before the task as the turn begins; undefined in the first turn */
  run (turn: Turn, before?: Snapshot, attempt?: number): void {
    this.#turn = turn
    new Execution(this, turn, before, attempt).run()
  }

  /** Ends a task that waits, or whose turn can't run any more. */
  async callCancel (turn: Turn, before: Snapshot): Promise<void> {
    this.cancel(turn)
    await new Execution(this, turn, before).cancel()
  }

  push (turn: Turn, event: TaskEvent): Promise<void> {
    if (turn.isClosed) throw new MisuseError('A2A_ERR_TURN_ENDED', `the turn of task ${this.taskId} has ended (the task is ${this.state}); nothing can be added to it`)
    if ('artifactUpdate' in event) checkOutput(turn, event.artifactUpdate.artifact)
    this.journal.check(event)
    // The task is not younger than its first status.
    this.#materialize(turn, 'statusUpdate' in event ? event.statusUpdate.status.timestamp : undefined)
    return this.journal.append(event)
  }

  cancel (turn: Turn): void {
    this.stop(turn, new MisuseError('A2A_ERR_CANCELED', 'The task was canceled'), 'TASK_STATE_CANCELED')
  }

  /** Tells a turn to stop; if it has not within the grace period, it ends in `state` all the same. */
  stop (turn: Turn, reason: MisuseError, state: TaskState, message?: Message): void {
    turn.stop(reason)
    const grace = setTimeout(() => this.finish(turn, state, message), this.#settings.cancelGrace)
    turn.onClose(() => clearTimeout(grace))
  }

  finish (turn: Turn, state: TaskState, message?: Message): void {
    if (turn.isClosed) return
    this.#materialize(turn)
    if (!this.journal.isOver) this.journal.noteStatus(turn.request.message.contextId, state, message)
    this.journal.flush().finally(() => turn.close()).catch(() => {})
  }

  /** Resolves when there is a task that holds everything so far. */
  async store (turn: Turn): Promise<void> {
    this.#materialize(turn)
    await this.journal.flush()
  }

  /** An executor that has said nothing in the turn of the event loop in which it began may take its time. */
  awaitReply (turn: Turn): void {
    if (turn.isClosed || this.journal.isOpen) return
    const late = setTimeout(() => { if (!turn.isClosed) this.#materialize(turn) }, this.#settings.replyWindow)
    turn.onClose(() => clearTimeout(late))
  }

  /** A new exchange becomes a task: at its first event, or when the executor takes its time. */
  #materialize (turn: Turn, at?: string): void {
    if (this.journal.isOpen) return
    this.journal.create(createdTask(turn, at ?? timestamp(), this.#settings.limits.history), turn.request.pushConfigs)
  }

  onWritten (events: readonly TaskEvent[]): void {
    this.#settings.onAppended?.(this.scope, this.taskId)
    const turn = this.#turn
    if (turn === undefined) return
    for (const event of events) {
      if ('created' in event) turn.start({ after: 0 })
      else if ('turnEnded' in event) turn.close()
      else if ('statusUpdate' in event) {
        const { state } = event.statusUpdate.status
        if (isTerminal(state)) turn.close()
        else if (isInterrupted(state)) turn.settle()
      }
    }
  }

  onBroken (error: unknown): void {
    const turn = this.#turn
    const after = this.journal.generation
    const isLost = isLeaseLost(error)
    if (isLost) this.journal.abandon()
    turn?.request.log.error({ err: error, taskId: this.taskId }, 'a task cannot be written any more; its turn is stopped')
    this.#owner.onBroken(turn, after, isLost)
    turn?.stop(new MisuseError('A2A_ERR_LEASE_LOST', 'the task cannot be written any more', { cause: error }))
    turn?.refuse(A2AError.from(error)) // unless it goes on elsewhere
  }
}

/** @throws MisuseError for what the skill's output schema refuses */
function checkOutput ({ request }: Turn, { artifactId, parts }: Artifact): void {
  const violations = request.checkOutput(parts)
  if (violations.length === 0) return
  const text = violations.map(({ field, description }) => `${field} ${description}`).join('; ')
  throw new MisuseError('A2A_ERR_OUTPUT', `artifact ${artifactId} does not fit the output schema: ${text}`)
}
