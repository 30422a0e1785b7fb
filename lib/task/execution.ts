import type { Message, StreamResponse } from '../../schemas/v1/common.ts'
import { readResult, toMessage } from '../agent/content.ts'
import { ExecutionContext } from '../agent/context.ts'
import { AgentError, MisuseError } from '../agent/errors.ts'
import type { ArtifactStream, ExecutorResult, ExecutorYield } from '../agent/executor.ts'
import { consume, isAsyncIterable, normalizeExecutor, type NormalExecutor } from '../agent/run.ts'
import type { TurnSink } from '../agent/turn-sink.ts'
import { A2AError } from '../protocol/errors.ts'
import { timestamp } from './clock.ts'
import { TurnWatch, type Watched } from './deadlines.ts'
import type { TaskEvent } from './log.ts'
import { ready } from './ready.ts'
import type { RunningTask } from './running-task.ts'
import { isInterrupted, isTerminal } from './states.ts'
import type { Snapshot } from './store.ts'
import type { Turn, TurnPerformer } from './turn.ts'

/** The executor of one turn at work: where its verbs go, and what becomes of the task when it returns. */
export class Execution implements TurnSink, TurnPerformer, Watched {
  readonly #task: RunningTask
  readonly #turn: Turn
  readonly #executor: NormalExecutor
  readonly #context: ExecutionContext
  #watch: TurnWatch | undefined
  /** What is made of text that is yielded. */
  #answer: ArtifactStream | undefined

  /** @param before the task as the turn begins; undefined in the first turn */
  constructor (task: RunningTask, turn: Turn, before?: Snapshot, attempt = 1) {
    this.#task = task
    this.#turn = turn
    this.#executor = normalizeExecutor(turn.request.executor)
    this.#context = new ExecutionContext(turn.request, this, before && { task: before.task, memory: before.meta.memory ?? {}, attempt })
  }

  /** The turn closes when its end is written, be the executor done or not. */
  run (): void {
    const turn = this.#turn
    this.#watch = new TurnWatch(turn.request, this)
    turn.performer = this
    void this.#execute()
  }

  /** Gives the executor of a task that waits for its client the chance to clean up. */
  async cancel (): Promise<void> {
    await Promise.race([this.#callCancel(), this.#turn.closed])
    await this.#conclude()
    await this.#turn.closed
  }

  stopped (): void {
    if (this.#task.isCanceling) void this.#callCancel()
  }

  closed (): void {
    this.#watch?.stop()
  }

  get state () { return this.#task.state }
  get signal () { return this.#turn.signal }

  push (event: TaskEvent): Promise<void> {
    this.#watch?.touch()
    const { hooks } = this.#turn.request
    return this.#task.push(this.#turn, hooks === undefined ? event : hooks.event(event))
  }

  reply (message: Message): Promise<void> {
    if (this.#turn.isClosed) throw new MisuseError('A2A_ERR_TURN_ENDED', 'the turn has ended; there is nobody to reply to')
    if (!this.#task.isStored) {
      const { hooks } = this.#turn.request
      this.#turn.start({ reply: hooks === undefined ? message : hooks.reply(message) })
      this.#turn.close()
      return Promise.resolve()
    }
    const { taskId, contextId } = this.#turn.request.message
    return this.push({ statusUpdate: { taskId, contextId, status: { state: 'TASK_STATE_COMPLETED', message: { ...message, taskId }, timestamp: timestamp() } } })
  }

  async #execute (): Promise<void> {
    try {
      const running = await this.#executor.execute(this.#context)
      const result = isAsyncIterable(running) ? await this.#consume(running) : running
      if (this.#turn.isClosed) return
      if (!isTerminal(this.state)) {
        if (this.#answer !== undefined) await this.#answer.end()
        if (result !== undefined) await this.#applyResult(result)
      }
      const concluded = this.#conclude()
      if (concluded !== ready) await concluded
    } catch (error) {
      await this.#concludeFailure(error).catch(error => this.#turn.refuse(error))
    }
  }

  #consume (running: AsyncIterable<ExecutorYield>): Promise<ExecutorResult> {
    return consume(running, value => this.#take(value), () => this.#turn.isClosed)
  }

  #take (value: string | StreamResponse): Promise<void> {
    if (typeof value !== 'string') return this.#context.emit(value)
    // The same id in every attempt: what is answered again takes the place of what was.
    this.#answer ??= this.#context.artifactStream({ name: 'answer', artifactId: this.#turn.id })
    return this.#answer.write(value)
  }

  async #applyResult (result: unknown): Promise<void> {
    const read = readResult(result)
    if (read === undefined) return
    if ('artifact' in read) await this.#context.artifact(read.artifact)
    else await this.#context.reply(read.message)
  }

  /** The executor has returned: unless it said otherwise, the work is done. */
  #conclude (): Promise<void> {
    const turn = this.#turn
    if (turn.isClosed || isTerminal(this.state)) return ready
    if (this.#task.isCanceling) return this.#context.canceled()
    if (isInterrupted(this.state)) return this.#task.push(turn, { turnEnded: { turnId: turn.id } })
    // Who returns because it was told to stop is not done.
    return turn.stopped === undefined ? this.#context.complete() : this.#context.fail(turn.stopped.message)
  }

  async #concludeFailure (error: unknown): Promise<void> {
    const turn = this.#turn
    const { log } = turn.request
    const { taskId } = this.#task
    if (turn.isClosed || isTerminal(this.state)) {
      if (turn.stopped === undefined) log.warn({ err: error, taskId }, 'an executor threw after its task had ended')
    } else if (this.#task.isCanceling) {
      await this.#context.canceled()
    } else if (error instanceof A2AError && !this.#task.isStored) {
      turn.refuse(error)
    } else if (turn.stopped !== undefined) {
      await this.#context.fail(turn.stopped.message)
    } else {
      log.error({ err: error, taskId }, 'an executor failed')
      await this.#context.fail(failureText(error))
    }
  }

  onDeadline (reason: MisuseError): void {
    const { taskId, contextId } = this.#turn.request.message
    this.#turn.stop(reason)
    this.#task.finish(this.#turn, 'TASK_STATE_FAILED', toMessage(reason.message, { taskId, contextId }))
  }

  async #callCancel (): Promise<void> {
    try {
      await this.#executor.cancel?.(this.#context)
    } catch (error) {
      this.#context.log.warn({ err: error, taskId: this.#task.taskId }, 'the cancel function of an executor failed')
    }
  }
}

/** What the client is told: nothing that was not written for it. */
function failureText (error: unknown): string {
  const meant = error instanceof AgentError || error instanceof A2AError || (error instanceof MisuseError && error.code === 'A2A_ERR_LIMIT')
  return meant && error.message !== '' ? error.message : 'The agent failed to complete the task'
}
