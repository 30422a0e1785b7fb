import { MisuseError } from '../agent/errors.ts'
import { toMessage } from '../agent/content.ts'
import { A2AError } from '../protocol/errors.ts'
import { TaskRunner, type RunnerSettings } from './runner.ts'
import { isTerminal } from './states.ts'
import type { Scope } from './store.ts'
import { Turn, type TurnRequest } from './turn.ts'

export type TasksSettings = RunnerSettings & {
  /** How long running turns may take to end on close, in ms. */
  shutdownGrace: number
  limits: RunnerSettings['limits'] & { turns: number }
}

/** The tasks that this process is working on, each with its one runner. */
export class Tasks {
  readonly #settings: TasksSettings
  readonly #runners = new Map<string, TaskRunner>()
  readonly #turns = new Set<Turn>()
  #closing: Promise<void> | undefined

  constructor (settings: TasksSettings) {
    this.#settings = settings
  }

  /** Turns that run or wait. */
  get size (): number {
    return this.#turns.size
  }

  get isClosing (): boolean {
    return this.#closing !== undefined
  }

  /** Starts a new task, or an exchange that a bare message answers. @throws A2AError when there is no room */
  begin (scope: Scope, request: TurnRequest): Turn {
    const turn = this.#admit(request, request.message.taskId)
    this.#newRunner(scope, request.message.taskId).begin(turn)
    return turn
  }

  /** Goes on with a task that is there. @throws A2AError when there is no room */
  follow (scope: Scope, request: TurnRequest): Turn {
    const turn = this.#admit(request)
    const { taskId } = request.message
    const runner = this.#runners.get(taskId) ?? this.#newRunner(scope, taskId)
    runner.enqueue(turn)
    return turn
  }

  /** Resolves when the task is terminal, canceled or not. @param request what a waiting task is told with */
  async cancel (scope: Scope, request: TurnRequest): Promise<void> {
    const { taskId } = request.message
    for (let runner = this.#runners.get(taskId); runner !== undefined; runner = this.#runners.get(taskId)) {
      await runner.cancel()
      if (isTerminal(runner.state)) return
    }
    const turn = this.#track(new Turn(request)) // to end a task, there is always room
    await this.#newRunner(scope, taskId).cancelWaiting(turn)
    if (turn.failure !== undefined) throw turn.failure.error
  }

  /** Takes no more turns; gives those that run time to end, then tells them to stop. Resolves when none is left. */
  close (): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close (): Promise<void> {
    await this.#allClosed(this.#settings.shutdownGrace)
    const reason = new MisuseError('A2A_ERR_SHUTDOWN', 'The server was shut down before the task was done')
    const running = new Set<Turn>()
    for (const runner of this.#runners.values()) {
      const { turn } = runner
      if (turn === undefined) continue
      running.add(turn)
      const { taskId, contextId } = turn.request.message
      runner.stop(turn, reason, 'TASK_STATE_FAILED', toMessage(reason.message, { taskId, contextId }))
    }
    for (const turn of this.#turns) if (!running.has(turn)) turn.refuse(shuttingDown())
    await this.#allClosed(this.#settings.cancelGrace + 1000)
    for (const turn of this.#turns) {
      turn.stop(reason)
      turn.refuse(shuttingDown())
    }
  }

  async #allClosed (atMost: number): Promise<void> {
    if (this.#turns.size === 0) return
    let timer: NodeJS.Timeout | undefined
    const late = new Promise(resolve => { timer = setTimeout(resolve, atMost) })
    await Promise.race([late, Promise.all([...this.#turns].map(turn => turn.closed))])
    clearTimeout(timer)
  }

  #admit (request: TurnRequest, id?: string): Turn {
    if (this.#closing !== undefined) throw shuttingDown()
    const { turns } = this.#settings.limits
    if (this.#turns.size >= turns) throw new A2AError('UnavailableError', `The agent works on ${turns} messages already`, { retryAfter: 1000 })
    return this.#track(new Turn(request, id))
  }

  #track (turn: Turn): Turn {
    this.#turns.add(turn)
    turn.onClose(() => this.#turns.delete(turn))
    return turn
  }

  #newRunner (scope: Scope, taskId: string): TaskRunner {
    const runner = new TaskRunner(scope, taskId, this.#settings, () => this.#runners.delete(taskId))
    this.#runners.set(taskId, runner)
    return runner
  }
}

function shuttingDown (): A2AError {
  return new A2AError('UnavailableError', 'The server is shutting down', { retryAfter: 1000 })
}
