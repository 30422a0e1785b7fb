import type { Artifact, Message, Task, TaskState } from '../../schemas/v1/common.ts'
import { MisuseError } from '../agent/errors.ts'
import { A2AError } from '../protocol/errors.ts'
import { timestamp } from './clock.ts'
import { Once } from './once.ts'
import { Execution } from './execution.ts'
import type { TaskEvent } from './log.ts'
import { Journal, type JournalSettings } from './journal.ts'
import type { RunningTask } from './running-task.ts'
import { isInterrupted, isTerminal } from './states.ts'
import { soon } from './soon.ts'
import type { Scope } from './store.ts'
import type { Turn } from './turn.ts'

export type RunnerSettings = JournalSettings & {
  /** How long a new exchange may stay without a task, in ms. */
  replyWindow: number
  /** How long a canceled executor may take to stop, in ms. */
  cancelGrace: number
  limits: JournalSettings['limits'] & { history: number, queuedTurns: number }
}

/** A turn that waits; its message stands in the log, unless nothing could be written when it came. */
type Queued = { turn: Turn, isLogged: boolean }

/**
 * The one writer of a task: runs its turns one after the other, checks every event against the life cycle
 * and the limits, and appends it. Lives while turns run or wait.
 */
export class TaskRunner implements RunningTask {
  readonly scope: Scope
  readonly taskId: string
  readonly settings: RunnerSettings
  readonly #onIdle: () => void
  readonly #queue: Queued[] = []
  readonly #journal: Journal
  #turn: Turn | undefined
  #canceling = false
  #working = false
  readonly #idle = new Once<void>()

  /** @param onIdle no turn is left; the runner must not be used any more */
  constructor (scope: Scope, taskId: string, settings: RunnerSettings, onIdle: () => void) {
    this.scope = scope
    this.taskId = taskId
    this.settings = settings
    this.#journal = new Journal(scope, taskId, settings, {
      onWritten: events => this.#onWritten(events),
      onBroken: error => this.#onBroken(error)
    })
    this.#onIdle = onIdle
  }

  get state (): TaskState {
    return this.#journal.state
  }

  get turn (): Turn | undefined {
    return this.#turn
  }

  get isCanceling (): boolean {
    return this.#canceling
  }

  get isStored (): boolean {
    return this.#journal.isOpen
  }

  /** Runs the turn that makes a new task. */
  begin (turn: Turn): void {
    this.#working = true
    this.#turn = turn
    soon(() => this.#awaitReply(turn))
    turn.onClose(() => this.#afterFirst(turn))
    new Execution(this, turn).run()
  }

  /** Runs a follow-up turn, after those that are there already. */
  enqueue (turn: Turn): void {
    if (!this.#working) {
      void this.#work(turn, () => this.#runFollowUp({ turn, isLogged: false }))
      return
    }
    const { queuedTurns } = this.settings.limits
    if (this.#queue.length >= queuedTurns) {
      turn.refuse(new A2AError('ResourceExhaustedError', `${queuedTurns} messages wait for this task already`, { retryAfter: 1000 }))
      return
    }
    const isLogged = this.#journal.isOpen && !this.#journal.isOver
    this.#queue.push({ turn, isLogged })
    turn.queue()
    if (isLogged) this.#journal.note({ queued: { turnId: turn.id, message: turn.request.message } })
  }

  /** Appends an event of the running turn. @throws MisuseError */
  push (turn: Turn, event: TaskEvent): Promise<void> {
    if (turn.isClosed) throw new MisuseError('A2A_ERR_TURN_ENDED', `the turn of task ${this.taskId} has ended (the task is ${this.state}); nothing can be added to it`)
    if ('artifactUpdate' in event) checkOutput(turn, event.artifactUpdate.artifact)
    this.#journal.check(event)
    // The task is not younger than its first status.
    this.#materialize(turn, 'statusUpdate' in event ? event.statusUpdate.status.timestamp : undefined)
    return this.#journal.append(event)
  }

  /** Cancels a task that waits for its client. */
  async cancelWaiting (turn: Turn): Promise<void> {
    this.#canceling = true
    await this.#work(turn, () => this.#runCancel(turn))
  }

  /**
   * Tells the running turn to stop, and ends it when it does not. Resolves when nothing runs any more:
   * a turn that was just about to end may have left the task open.
   */
  async cancel (): Promise<void> {
    this.#canceling = true
    const turn = this.#turn
    if (turn !== undefined) this.stop(turn, new MisuseError('A2A_ERR_CANCELED', 'The task was canceled'), 'TASK_STATE_CANCELED')
    if (!this.#working) return
    await this.#idle.promise
  }

  /** Tells a turn to stop; if it has not within the grace period, it ends in `state` all the same. */
  stop (turn: Turn, reason: MisuseError, state: TaskState, message?: Message): void {
    turn.stop(reason)
    const grace = setTimeout(() => this.finish(turn, state, message), this.settings.cancelGrace)
    turn.onClose(() => clearTimeout(grace))
  }

  /** Ends a turn from outside its executor, whatever that is doing. */
  finish (turn: Turn, state: TaskState, message?: Message): void {
    if (turn.isClosed) return
    this.#materialize(turn)
    if (!this.#journal.isOver) this.#journal.noteStatus(turn.request.message.contextId, state, message)
    this.flush().finally(() => turn.close()).catch(() => {})
  }

  async flush (): Promise<void> {
    await this.#journal.flush()
  }

  /** Mostly that was all: the task has ended, and nobody waits. */
  #afterFirst (turn: Turn): void {
    this.#turn = undefined
    if (this.#queue.length > 0 || this.#journal.isHolding) void this.#workOff(turn)
    else this.#rest()
  }

  async #work (first: Turn, run: () => Promise<void>): Promise<void> {
    this.#working = true
    await this.#guard(first, run)
    await this.#workOff(first)
  }

  async #workOff (first: Turn): Promise<void> {
    while (this.#queue.length > 0 || this.#journal.isHolding) {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        const queued = next
        await this.#guard(queued.turn, () => this.#runFollowUp(queued))
      }
      await this.#release(first)
      // What came meanwhile found a runner at work, and waits for it.
    }
    this.#rest()
  }

  #rest (): void {
    this.#working = false
    this.#onIdle()
    this.#idle.resolve()
  }

  async #release ({ request }: Turn): Promise<void> {
    await this.#journal.release().catch(error => request.log.warn({ err: error, taskId: this.taskId }, 'the lease of a task could not be released'))
  }

  async #guard (turn: Turn, run: () => Promise<void>): Promise<void> {
    try {
      await run()
    } catch (error) {
      turn.refuse(error)
    } finally {
      turn.close()
      this.#turn = undefined
    }
  }

  /** An executor that has said nothing in the turn of the event loop in which it began may take its time. */
  #awaitReply (turn: Turn): void {
    if (turn.isClosed || this.#journal.isOpen) return
    const late = setTimeout(() => { if (!turn.isClosed) this.#materialize(turn) }, this.settings.replyWindow)
    turn.onClose(() => clearTimeout(late))
  }

  async #runFollowUp ({ turn, isLogged }: Queued): Promise<void> {
    const { message } = turn.request
    if (!this.#journal.isOpen && !this.#journal.isOver) await this.#journal.open()
    if (this.#canceling && !this.#journal.isOver) return await this.#runCancel(turn)
    if (this.#journal.isOver) throw terminalTask(this.taskId, this.state)
    if (turn.isClosed) return
    this.#turn = turn
    this.#journal.note({ turn: { turnId: turn.id, ...!isLogged && { message } } })
    if (isInterrupted(this.state)) this.#journal.noteStatus(message.contextId, 'TASK_STATE_WORKING')
    await this.flush()
    const snapshot = await this.settings.store.get(this.scope, this.taskId)
    if (snapshot === undefined) throw new A2AError('TaskNotFoundError')
    if (turn.isClosed) return // it was stopped before it could begin
    turn.start({ after: snapshot.generation, snapshot })
    new Execution(this, turn, snapshot).run()
    await turn.closed
  }

  async #runCancel (turn: Turn): Promise<void> {
    if (!this.#journal.isOpen) await this.#journal.open()
    if (this.#journal.isOver || turn.isClosed) return
    this.#turn = turn
    const snapshot = await this.settings.store.get(this.scope, this.taskId)
    if (snapshot === undefined) throw new A2AError('TaskNotFoundError')
    this.stop(turn, new MisuseError('A2A_ERR_CANCELED', 'The task was canceled'), 'TASK_STATE_CANCELED')
    await new Execution(this, turn, snapshot).cancel()
  }

  /** A new exchange becomes a task: at its first event, or when the executor takes its time. */
  #materialize (turn: Turn, at = timestamp()): void {
    if (this.#journal.isOpen) return
    const { message, skillId } = turn.request
    const task: Task = {
      id: this.taskId,
      contextId: message.contextId,
      status: { state: 'TASK_STATE_SUBMITTED', timestamp: at },
      history: [message]
    }
    this.#journal.create({ task, turnId: turn.id, ...skillId !== undefined && { skillId }, maxHistory: this.settings.limits.history })
  }

  #onWritten (events: readonly TaskEvent[]): void {
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

  #onBroken (error: unknown): void {
    const turn = this.#turn
    if (turn === undefined) return
    turn.request.log.error({ err: error, taskId: this.taskId }, 'a task cannot be written any more; its turn is stopped')
    turn.stop(new MisuseError('A2A_ERR_LEASE_LOST', 'the task cannot be written any more', { cause: error }))
    turn.refuse(A2AError.from(error))
  }
}

/** @throws MisuseError for what the skill's output schema refuses */
function checkOutput ({ request }: Turn, { artifactId, parts }: Artifact): void {
  const violations = request.checkOutput(parts)
  if (violations.length === 0) return
  const text = violations.map(({ field, description }) => `${field} ${description}`).join('; ')
  throw new MisuseError('A2A_ERR_OUTPUT', `artifact ${artifactId} does not fit the output schema: ${text}`)
}

export function terminalTask (taskId: string, state: TaskState): A2AError {
  return new A2AError('UnsupportedOperationError', `The task is ${state}, which is final: it takes no further messages`, { metadata: { taskId, state } })
}
