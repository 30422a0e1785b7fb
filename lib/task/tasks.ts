import { MisuseError } from '../agent/errors.ts'
import { A2AError } from '../protocol/errors.ts'
import { Correspondence, type CorrespondenceOptions } from './correspondence.ts'
import { shuttingDown } from './departure.ts'
import type { RunnerOwner, RunnerSettings, Whereabouts } from './desk.ts'
import { Dispatcher } from './dispatcher.ts'
import type { JobQueue } from './jobs.ts'
import { Members } from './members.ts'
import { TaskRunner } from './runner.ts'
import { Runners } from './runners.ts'
import { hasLeftovers } from './salvage.ts'
import { isTerminal } from './states.ts'
import type { Scope } from './store.ts'
import { recordOf } from './turn-record.ts'
import { Turn, type TurnRequest } from './turn.ts'

export type TasksSettings = RunnerSettings & {
  /** How long running turns may take to end on close, in ms. */
  shutdownGrace: number
  limits: RunnerSettings['limits'] & { turns: number }
  /** Where turns go to be run by others. Default: they run here. */
  jobs?: JobQueue | undefined
}

/** The tasks that this process is working on, each with its one runner, and those that it waits for while others do. */
export class Tasks {
  readonly #settings: TasksSettings
  readonly #owner: RunnerOwner
  readonly #dispatcher: Dispatcher | undefined
  readonly #runners = new Runners<TaskRunner>()
  readonly #correspondences = new Set<Correspondence>()
  readonly #turns = new Members<Turn>()
  #closing: Promise<void> | undefined

  constructor (settings: TasksSettings) {
    this.#settings = settings
    this.#owner = this.#ownerOf(this)
    this.#dispatcher = settings.jobs && new Dispatcher(settings.jobs, settings)
  }

  /** Turns that run or wait. */
  get size (): number {
    return this.#turns.size
  }

  get isClosing (): boolean {
    return this.#closing !== undefined
  }

  get #hasRoom (): boolean {
    return this.#turns.size < this.#settings.limits.turns
  }

  /** Starts a new task, or an exchange that a bare message answers. @throws A2AError when there is no room */
  begin (scope: Scope, request: TurnRequest): Turn {
    const { taskId } = request.message
    const turn = this.#admit(request, taskId)
    if (this.#dispatcher === undefined) this.#newRunner(scope, taskId).begin(turn)
    else this.#dispatch(this.#dispatcher, scope, turn)
    return turn
  }

  /**
   * Goes on with a task that is there, on whichever replica.
   * @param turnId unique within the task
   * @throws A2AError when there is no room
   */
  follow (scope: Scope, request: TurnRequest, turnId?: string): Turn {
    const turn = this.#admit(request, turnId)
    const { taskId } = request.message
    if (this.#dispatcher !== undefined) this.#refer(scope, turn, { hasBegun: false })
    else (this.#runners.get(taskId) ?? this.#newRunner(scope, taskId)).enqueue(turn)
    return turn
  }

  /** A turn that is known to the log, as it goes on. @throws A2AError when there is no room */
  join (scope: Scope, request: TurnRequest, turnId: string, hasBegun: boolean): Turn {
    const turn = this.#admit(request, turnId)
    this.#correspond({ scope, turn, hasBegun })
    return turn
  }

  /** Resolves when the task is terminal, canceled or not. @param request what a waiting task is told with */
  cancel (scope: Scope, request: TurnRequest): Promise<void> {
    return this.#cancel(scope, request.message.taskId, () => request)
  }

  async #cancel (scope: Scope, taskId: string, request: () => TurnRequest | Promise<TurnRequest>): Promise<void> {
    let asked: TurnRequest | undefined
    for (let runner = this.#runners.get(taskId); runner !== undefined || asked === undefined; runner = this.#runners.get(taskId)) {
      await runner?.cancel()
      if (runner !== undefined && isTerminal(runner.state)) return
      asked ??= await request()
    }
    const turn = this.#track(new Turn(asked)) // to end a task, there is always room
    await this.#newRunner(scope, taskId).cancelWaiting(turn)
    await turn.closed
    if (turn.failure !== undefined) throw turn.failure.error
  }

  /** Goes on with a task that nobody works on. @returns whether this process tries to */
  takeUp (scope: Scope, taskId: string): boolean {
    if (this.#closing !== undefined || !this.#hasRoom || this.#runners.get(taskId) !== undefined) return false
    this.#newRunner(scope, taskId).takeUp()
    return true
  }

  /** Goes on with a task, as a job. @returns whether nothing is left to do for it */
  async work (scope: Scope, taskId: string): Promise<boolean> {
    const { store } = this.#settings
    this.takeUp(scope, taskId)
    await this.#runners.get(taskId)?.idle
    const snapshot = await store.get(scope, taskId)
    return snapshot === undefined || (!hasLeftovers(snapshot) && (await store.letters(scope, taskId)).length === 0)
  }

  /** There are letters to a task that this process works on. @returns whether it does */
  collect (taskId: string): boolean {
    const runner = this.#runners.get(taskId)
    runner?.collect()
    return runner !== undefined
  }

  /** Takes no more turns; gives those that run time to end, then stops them, or hands them over. Resolves when none is left. */
  close (): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close (): Promise<void> {
    await this.#atRest(this.#settings.shutdownGrace)
    const reason = new MisuseError('A2A_ERR_SHUTDOWN', 'The server was shut down before the task was done')
    for (const correspondence of this.#correspondences) correspondence.leave()
    for (const runner of this.#runners.all()) void runner.shutDown(reason)
    await this.#atRest(this.#settings.cancelGrace + 1000)
    for (const turn of this.#turns) {
      turn.stop(reason)
      turn.refuse(shuttingDown())
    }
  }

  async #atRest (atMost: number): Promise<void> {
    if (this.#turns.size === 0 && this.#runners.size === 0) return
    let timer: NodeJS.Timeout | undefined
    const late = new Promise(resolve => { timer = setTimeout(resolve, atMost) })
    const runners = this.#runners.all().map(runner => runner.idle)
    await Promise.race([late, Promise.all([...runners, ...[...this.#turns].map(turn => turn.closed)])])
    clearTimeout(timer)
  }

  #admit (request: TurnRequest, id?: string): Turn {
    if (this.#closing !== undefined) throw shuttingDown()
    if (!this.#hasRoom) throw new A2AError('UnavailableError', `The agent works on ${this.#settings.limits.turns} messages already`, { retryAfter: 1000 })
    return this.#track(new Turn(request, id))
  }

  #track (turn: Turn): Turn {
    this.#turns.add(turn)
    turn.onClose(() => this.#turns.delete(turn))
    return turn
  }

  #newRunner (scope: Scope, taskId: string): TaskRunner {
    const runner = new TaskRunner(scope, taskId, this.#settings, this.#owner)
    this.#runners.add(runner)
    return runner
  }

  #ownerOf (tasks: this): RunnerOwner {
    return {
      rested: runner => tasks.#runners.delete(runner),
      refer: (scope, turn, whereabouts) => tasks.#refer(scope, turn, whereabouts),
      referCancel: (scope, turn) => tasks.#correspond({ scope, turn, mail: { cancel: recordOf(turn.id, turn.request) }, hasBegun: true }),
      get hasRoom () { return tasks.#hasRoom },
      adopt: (request, turnId) => tasks.#track(new Turn(request, turnId)),
      cancelTask: (scope, taskId, request) => {
        tasks.#cancel(scope, taskId, request).catch(error => tasks.#settings.log.warn({ err: error, taskId }, 'a task could not be canceled'))
      }
    }
  }

  #refer (scope: Scope, turn: Turn, { after, hasBegun }: Whereabouts): void {
    if (!hasBegun) return this.#correspond({ scope, turn, mail: { turn: recordOf(turn.id, turn.request) }, after, hasBegun })
    const elsewhere = this.#track(new Turn(turn.request, turn.id))
    turn.leave(elsewhere)
    this.#correspond({ scope, turn: elsewhere, after, hasBegun })
  }

  #dispatch (dispatcher: Dispatcher, scope: Scope, turn: Turn): void {
    dispatcher.begin(scope, turn).then(() => this.#correspond({ scope, turn, hasBegun: true }), error => turn.refuse(error))
  }

  #correspond (options: Pick<CorrespondenceOptions, 'scope' | 'turn' | 'mail' | 'after' | 'hasBegun'>): void {
    const { scope, turn } = options
    const { store, leaseTtl, cancelGrace } = this.#settings
    const dispatcher = this.#dispatcher
    const { taskId } = turn.request.message
    const correspondence = new Correspondence({
      ...options,
      store,
      // How long a job waits is the queue's business.
      ...dispatcher === undefined
        ? { patience: 2 * leaseTtl + cancelGrace, takeUp: () => this.takeUp(scope, taskId) }
        : { patience: Infinity, takeUp: () => dispatcher.call(scope, taskId), knocks: [0, leaseTtl] }
    })
    this.#correspondences.add(correspondence)
    turn.onClose(() => this.#correspondences.delete(correspondence))
    void correspondence.run()
  }
}
