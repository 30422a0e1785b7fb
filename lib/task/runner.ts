import type { Artifact, Message, TaskState } from '../../schemas/v1/common.ts'
import { toMessage } from '../agent/content.ts'
import { MisuseError } from '../agent/errors.ts'
import { A2AError, taskNotFound } from '../protocol/errors.ts'
import { timestamp } from './clock.ts'
import { Departure } from './departure.ts'
import type { Desk, RunnerOwner, RunnerSettings } from './desk.ts'
import { Execution } from './execution.ts'
import { Hold } from './hold.ts'
import { Journal } from './journal.ts'
import type { TaskEvent } from './log.ts'
import { Once } from './once.ts'
import { PostBox } from './post-box.ts'
import { TurnQueue, type Queued } from './queued.ts'
import type { RunningTask } from './running-task.ts'
import { soon } from './soon.ts'
import { isInterrupted, isTerminal } from './states.ts'
import type { Scope, Snapshot } from './store.ts'
import { createdTask, refusedTurn, startedTurn } from './turn-events.ts'
import type { Turn } from './turn.ts'
import { isLeaseLost } from './writer.ts'

/** Nothing is left to do for a turn here; `elsewhere` when it goes on in other hands. */
type Outcome = 'elsewhere' | void

/**
 * The one writer of a task: runs its turns one after the other, checks every event against the life cycle
 * and the limits, and appends it. Lives while turns run or wait.
 */
export class TaskRunner implements RunningTask, Desk {
  readonly scope: Scope
  readonly taskId: string
  readonly settings: RunnerSettings
  readonly owner: RunnerOwner
  readonly journal: Journal
  readonly #queue: TurnQueue
  readonly #hold: Hold
  #postBox: PostBox | undefined
  #turn: Turn | undefined
  #canceling = false
  #working = false
  /** Set when this replica goes. */
  #departure: Departure | undefined
  readonly #idle = new Once<void>()

  constructor (scope: Scope, taskId: string, settings: RunnerSettings, owner: RunnerOwner) {
    this.scope = scope
    this.taskId = taskId
    this.settings = settings
    this.owner = owner
    this.journal = new Journal(scope, taskId, settings, {
      onWritten: events => this.#onWritten(events),
      onBroken: error => this.#onBroken(error)
    })
    this.#queue = new TurnQueue(this)
    this.#hold = new Hold(this, this.#queue)
  }

  get state (): TaskState {
    return this.journal.state
  }

  get isCanceling (): boolean {
    return this.#canceling
  }

  get isStored (): boolean {
    return this.journal.isOpen
  }

  get isWorking (): boolean {
    return this.#working
  }

  get isLeaving (): boolean {
    return this.#departure !== undefined
  }

  /** Resolves when nothing runs any more. */
  get idle (): Promise<void> {
    return this.#idle.promise
  }

  /** Runs the turn that makes a new task. */
  begin (turn: Turn): void {
    this.#working = true
    this.#turn = turn
    soon(() => this.#awaitReply(turn))
    turn.onClose(() => this.#afterFirst())
    new Execution(this, turn).run()
  }

  /** Runs a follow-up turn, after those that are there already. */
  enqueue (turn: Turn): void {
    if (this.#working) this.accept(turn)
    else void this.#work(() => this.#guard(turn, () => this.#runFollowUp({ turn, isLogged: false })))
  }

  accept (turn: Turn, letter?: string): void {
    this.#queue.add(turn, letter)
  }

  /** Goes on with a task that nobody works on, as far as there is something to go on with. */
  takeUp (): void {
    void this.#work(async () => {
      try {
        if (await this.#hold.take()) await this.#mail.collect()
      } catch (error) {
        this.settings.log.warn({ err: error, taskId: this.taskId }, 'a task could not be taken up')
      }
    })
  }

  /** There are letters to the task. */
  collect (): void {
    void this.#mail.collect()
  }

  get #mail (): PostBox {
    this.#postBox ??= new PostBox(this)
    return this.#postBox
  }

  knows (turnId: string): boolean {
    return this.#turn?.id === turnId || this.#queue.has(turnId)
  }

  /** Appends an event of the running turn. @throws MisuseError */
  push (turn: Turn, event: TaskEvent): Promise<void> {
    if (turn.isClosed) throw new MisuseError('A2A_ERR_TURN_ENDED', `the turn of task ${this.taskId} has ended (the task is ${this.state}); nothing can be added to it`)
    if ('artifactUpdate' in event) checkOutput(turn, event.artifactUpdate.artifact)
    this.journal.check(event)
    // The task is not younger than its first status.
    this.#materialize(turn, 'statusUpdate' in event ? event.statusUpdate.status.timestamp : undefined)
    return this.journal.append(event)
  }

  /** Cancels a task that waits for its client, or whose replica has died. */
  async cancelWaiting (turn: Turn): Promise<void> {
    this.#canceling = true
    await this.#work(() => this.#guard(turn, async () => {
      if (await this.journal.open() !== undefined) return await this.#cancelTurn(turn)
      this.owner.referCancel(turn)
      return 'elsewhere'
    }))
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
    if (!this.journal.isOver) this.journal.noteStatus(turn.request.message.contextId, state, message)
    this.flush().finally(() => turn.close()).catch(() => {})
  }

  async flush (): Promise<void> {
    await this.journal.flush()
  }

  /** Ends what runs, or leaves it to another replica, and takes up nothing more. */
  async shutDown (reason: MisuseError): Promise<void> {
    this.#departure = new Departure(this)
    const turn = this.#turn
    if (turn === undefined || this.#canceling) return
    const { message, recovery } = turn.request
    if (recovery.onCrash === 'fail') return this.stop(turn, reason, 'TASK_STATE_FAILED', toMessage(reason.message, { taskId: this.taskId, contextId: message.contextId }))
    this.#materialize(turn)
    await this.flush().catch(() => {}) // who can't write has been told
    if (turn.isClosed) return
    this.#departure.leave(turn)
    turn.stop(reason)
  }

  async serve (entry: Queued): Promise<void> {
    await this.#guard(entry.turn, () => this.#runTurn(entry))
  }

  async serveCancel (turn: Turn): Promise<void> {
    this.#canceling = true
    await this.#guard(turn, () => this.#cancelTurn(turn))
  }

  /** Mostly that was all: the task has ended, and nobody waits. */
  #afterFirst (): void {
    this.#turn = undefined
    if (this.#queue.size > 0 || this.journal.isHolding) void this.#workOff()
    else this.#rest()
  }

  async #work (run: () => Promise<void>): Promise<void> {
    this.#working = true
    await run()
    await this.#workOff()
  }

  async #workOff (): Promise<void> {
    while (this.#queue.size > 0 || this.journal.isHolding) {
      for (let next = this.#queue.next(); next !== undefined; next = this.#queue.next()) {
        const entry = next
        if (this.#departure !== undefined) await this.#departure.dismiss(entry)
        else await this.#guard(entry.turn, () => this.#runFollowUp(entry))
      }
      await this.#hold.release(this.#departure)
      // What came meanwhile found a runner at work, and waits for it.
    }
    this.#rest()
  }

  #rest (): void {
    this.#working = false
    this.owner.rested()
    this.#idle.resolve()
  }

  async #guard (turn: Turn, run: () => Promise<Outcome>): Promise<void> {
    let outcome: Outcome | undefined
    try {
      outcome = await run()
    } catch (error) {
      turn.refuse(error)
    }
    if (outcome !== 'elsewhere') turn.close()
    this.#turn = undefined
  }

  /** An executor that has said nothing in the turn of the event loop in which it began may take its time. */
  #awaitReply (turn: Turn): void {
    if (turn.isClosed || this.journal.isOpen) return
    const late = setTimeout(() => { if (!turn.isClosed) this.#materialize(turn) }, this.settings.replyWindow)
    turn.onClose(() => clearTimeout(late))
  }

  async #runFollowUp (entry: Queued): Promise<Outcome> {
    if (await this.#hold.take()) return await this.#runTurn(entry)
    this.#queue.refer(entry)
    this.#queue.referAll()
    return 'elsewhere'
  }

  async #runTurn (entry: Queued): Promise<Outcome> {
    const { turn, isLogged, letter, again } = entry
    if (this.#canceling && !this.journal.isOver) return await this.#cancelTurn(turn)
    if (this.journal.isOver) throw terminalTask(this.taskId, this.state)
    if (turn.isClosed) return
    const stale = this.journal.staleness(turn.request.ifGenerationMatch)
    if (stale !== undefined) {
      if (isLogged || letter !== undefined) this.journal.note(refusedTurn(turn.id, stale), isLogged ? undefined : letter)
      throw stale
    }
    this.#turn = turn
    this.journal.note(startedTurn(entry), isLogged && again === undefined ? undefined : letter)
    this.#hold.begun()
    if (isInterrupted(this.state)) this.journal.noteStatus(turn.request.message.contextId, 'TASK_STATE_WORKING')
    await this.flush()
    const snapshot = await this.#look().catch(error => this.#giveUp(turn, error))
    if (snapshot === undefined || turn.isClosed) return // it was stopped before it could begin
    turn.start({ after: snapshot.generation, snapshot })
    new Execution(this, turn, snapshot, again?.attempt).run()
    await turn.closed
  }

  async #cancelTurn (turn: Turn): Promise<void> {
    if (this.journal.isOver || turn.isClosed) return
    this.#turn = turn
    const snapshot = await this.#look()
    this.stop(turn, new MisuseError('A2A_ERR_CANCELED', 'The task was canceled'), 'TASK_STATE_CANCELED')
    await new Execution(this, turn, snapshot).cancel()
  }

  async #look (): Promise<Snapshot> {
    const snapshot = await this.settings.store.get(this.scope, this.taskId)
    if (snapshot === undefined) throw taskNotFound(this.taskId)
    return snapshot
  }

  /** A turn that has begun, but cannot run here: as if this replica had died, others find it. */
  async #giveUp (turn: Turn, error: unknown): Promise<undefined> {
    this.settings.log.warn({ err: error, taskId: this.taskId }, 'a turn could not begin; its task is let go of')
    this.owner.refer(turn, { after: this.journal.generation, hasBegun: true })
    await this.#hold.letGo()
  }

  /** A new exchange becomes a task: at its first event, or when the executor takes its time. */
  #materialize (turn: Turn, at = timestamp()): void {
    if (this.journal.isOpen) return
    this.journal.create(createdTask(turn, at, this.settings.limits.history), turn.request.pushConfigs)
  }

  #onWritten (events: readonly TaskEvent[]): void {
    this.settings.onAppended?.(this.scope, this.taskId)
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
    const after = this.journal.generation
    const isLost = isLeaseLost(error)
    if (isLost) this.journal.abandon()
    this.#queue.referAll(after) // before the turn closes: what waits for it must not find it gone
    if (turn === undefined) return
    turn.request.log.error({ err: error, taskId: this.taskId }, 'a task cannot be written any more; its turn is stopped')
    if (isLost) this.owner.refer(turn, { after, hasBegun: true })
    turn.stop(new MisuseError('A2A_ERR_LEASE_LOST', 'the task cannot be written any more', { cause: error }))
    turn.refuse(A2AError.from(error)) // unless it goes on elsewhere
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
