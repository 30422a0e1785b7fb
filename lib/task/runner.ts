import { toMessage } from '../agent/content.ts'
import { MisuseError } from '../agent/errors.ts'
import type { TaskState } from '../../schemas/v1/common.ts'
import { A2AError, taskNotFound } from '../protocol/errors.ts'
import { Departure } from './departure.ts'
import type { Desk, RunnerOwner, RunnerSettings } from './desk.ts'
import { Hold } from './hold.ts'
import type { Journal } from './journal.ts'
import type { Member } from './members.ts'
import { Once } from './once.ts'
import { PostBox } from './post-box.ts'
import { TurnQueue, type Queued } from './queued.ts'
import { soon } from './soon.ts'
import { Stage, type StageOwner } from './stage.ts'
import { isInterrupted } from './states.ts'
import type { Scope, Snapshot } from './store.ts'
import { refusedTurn, startedTurn } from './turn-events.ts'
import type { Turn } from './turn.ts'

/** Nothing is left to do for a turn here; `elsewhere` when it goes on in other hands. */
type Outcome = 'elsewhere' | void

/**
 * The one writer of a task: runs its turns one after the other. Lives while turns run or wait. Whether it has the
 * task shows when it takes hold of it: what another replica has is referred to that one, what one has left is done first.
 */
export class TaskRunner implements Desk, Member, StageOwner {
  place = -1
  readonly scope: Scope
  readonly taskId: string
  readonly settings: RunnerSettings
  readonly owner: RunnerOwner
  readonly #stage: Stage
  readonly #queue: TurnQueue
  #lazyHold: Hold | undefined
  #lazyMail: PostBox | undefined
  #working = false
  /** Set when this replica goes. */
  #departure: Departure | undefined
  readonly #idle = new Once<void>()

  constructor (scope: Scope, taskId: string, settings: RunnerSettings, owner: RunnerOwner) {
    this.scope = scope
    this.taskId = taskId
    this.settings = settings
    this.owner = owner
    this.#queue = new TurnQueue(this)
    this.#stage = new Stage(scope, taskId, settings, this)
  }

  get journal (): Journal {
    return this.#stage.journal
  }

  get state (): TaskState {
    return this.#stage.state
  }

  get isCanceling (): boolean {
    return this.#stage.isCanceling
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
    const late = soon(() => this.#stage.awaitReply(turn))
    turn.onClose(() => {
      late.drop()
      this.#afterFirst()
    })
    this.#stage.run(turn)
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

  knows (turnId: string): boolean {
    return this.#stage.turn?.id === turnId || this.#queue.has(turnId)
  }

  /** Cancels a task that waits for its client, or whose replica has died. */
  async cancelWaiting (turn: Turn): Promise<void> {
    this.#stage.isCanceling = true
    await this.#work(() => this.#guard(turn, async () => {
      if (await this.journal.open() !== undefined) return await this.#cancelTurn(turn)
      this.owner.referCancel(this.scope, turn)
      return 'elsewhere'
    }))
  }

  /**
   * Tells the running turn to stop, and ends it when it does not. Resolves when nothing runs any more:
   * a turn that was just about to end may have left the task open.
   */
  async cancel (): Promise<void> {
    this.#stage.isCanceling = true
    if (this.#stage.turn !== undefined) this.#stage.cancel(this.#stage.turn)
    if (this.#working) await this.#idle.promise
  }

  /** Ends what runs, or leaves it to another replica, and takes up nothing more. */
  async shutDown (reason: MisuseError): Promise<void> {
    this.#departure = new Departure(this)
    const { turn } = this.#stage
    if (turn === undefined || this.isCanceling) return
    const { message: { taskId, contextId }, recovery } = turn.request
    if (recovery.onCrash === 'fail') return this.#stage.stop(turn, reason, 'TASK_STATE_FAILED', toMessage(reason.message, { taskId, contextId }))
    await this.#stage.store(turn).catch(() => {}) // who can't write has been told
    if (turn.isClosed) return
    this.#departure.leave(turn)
    turn.stop(reason)
  }

  async serve (entry: Queued): Promise<void> {
    await this.#guard(entry.turn, () => this.#runTurn(entry))
  }

  async serveCancel (turn: Turn): Promise<void> {
    this.#stage.isCanceling = true
    await this.#guard(turn, () => this.#cancelTurn(turn))
  }

  get #hold (): Hold {
    this.#lazyHold ??= new Hold(this, this.#queue)
    return this.#lazyHold
  }

  get #mail (): PostBox {
    this.#lazyMail ??= new PostBox(this)
    return this.#lazyMail
  }

  /** Mostly that was all: the task has ended, and nobody waits. */
  #afterFirst (): void {
    this.#stage.clear()
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
    this.owner.rested(this)
    this.#idle.resolve()
  }

  async #guard (turn: Turn, run: () => Promise<Outcome>): Promise<void> {
    let outcome: Outcome
    try {
      outcome = await run()
    } catch (error) {
      turn.refuse(error)
      outcome = undefined
    }
    if (outcome !== 'elsewhere') turn.close()
    this.#stage.clear()
  }

  async #runFollowUp (entry: Queued): Promise<Outcome> {
    if (await this.#hold.take()) {
      if (this.#departure === undefined) return await this.#runTurn(entry)
      await this.#departure.dismiss(entry)
      return 'elsewhere'
    }
    this.#queue.refer(entry)
    this.#queue.referAll()
    return 'elsewhere'
  }

  async #runTurn (entry: Queued): Promise<Outcome> {
    const { journal } = this
    const { turn, isLogged, letter, again } = entry
    if (this.isCanceling && !journal.isOver) return await this.#cancelTurn(turn)
    if (journal.isOver) throw terminalTask(this.taskId, this.state)
    if (turn.isClosed) return
    // A turn that had begun before has changed its task itself.
    const stale = again === undefined ? journal.staleness(turn.request.ifGenerationMatch) : undefined
    if (stale !== undefined) {
      if (isLogged || letter !== undefined) journal.note(refusedTurn(turn.id, stale), isLogged ? undefined : letter)
      throw stale
    }
    this.#stage.enter(turn)
    journal.note(startedTurn(entry), isLogged && again === undefined ? undefined : letter)
    this.#hold.begun()
    if (isInterrupted(this.state)) journal.noteStatus(turn.request.message.contextId, 'TASK_STATE_WORKING')
    await journal.flush()
    const snapshot = await this.#look().catch(error => this.#giveUp(turn, error))
    if (snapshot === undefined || turn.isClosed) return // it was stopped before it could begin
    turn.start({ after: snapshot.generation, snapshot })
    this.#stage.run(turn, snapshot, again?.attempt)
    await turn.closed
  }

  async #cancelTurn (turn: Turn): Promise<void> {
    if (this.journal.isOver || turn.isClosed) return
    this.#stage.enter(turn)
    await this.#stage.callCancel(turn, await this.#look())
  }

  async #look (): Promise<Snapshot> {
    const snapshot = await this.settings.store.get(this.scope, this.taskId)
    if (snapshot === undefined) throw taskNotFound(this.taskId)
    return snapshot
  }

  /** A turn that has begun, but cannot run here: as if this replica had died, others find it. */
  async #giveUp (turn: Turn, error: unknown): Promise<undefined> {
    this.settings.log.warn({ err: error, taskId: this.taskId }, 'a turn could not begin; its task is let go of')
    this.owner.refer(this.scope, turn, { after: this.journal.generation, hasBegun: true })
    await this.#hold.letGo()
  }

  onBroken (turn: Turn | undefined, after: number, isLost: boolean): void {
    this.#queue.referAll(after) // before the turn closes: what waits for it must not find it gone
    if (isLost && turn !== undefined) this.owner.refer(this.scope, turn, { after, hasBegun: true })
  }
}

export function terminalTask (taskId: string, state: TaskState): A2AError {
  return new A2AError('UnsupportedOperationError', `The task is ${state}, which is final: it takes no further messages`, { metadata: { taskId, state } })
}
