import type { Message } from '../../schemas/v1/common.ts'
import { readResult, toMessage } from '../agent/content.ts'
import { ExecutionContext } from '../agent/context.ts'
import { AgentError, MisuseError } from '../agent/errors.ts'
import { normalizeExecutor, runExecutor } from '../agent/run.ts'
import type { TurnSink } from '../agent/turn-sink.ts'
import { A2AError } from '../protocol/errors.ts'
import { timestamp } from './clock.ts'
import { TurnWatch } from './deadlines.ts'
import type { TaskEvent } from './log.ts'
import type { RunningTask } from './running-task.ts'
import { isInterrupted, isTerminal } from './states.ts'
import type { Snapshot } from './store.ts'
import type { Turn } from './turn.ts'

/** Runs the executor of a turn and brings the task to where the turn leaves it. */
export function execute (runner: RunningTask, turn: Turn, before: Snapshot | undefined): Promise<void> {
  const { request } = turn
  const executor = normalizeExecutor(request.executor)
  const fail = (reason: MisuseError) => {
    turn.stop(reason)
    runner.finish(turn, 'TASK_STATE_FAILED', agentMessage(turn, reason.message))
  }
  const watch = new TurnWatch(request, fail)
  const context = new ExecutionContext(request, new Sink(runner, turn, watch), stateOf(before))
  turn.onStop = () => {
    if (runner.isCanceling) void callCancel(executor, context)
  }
  // The turn closes when its end is written, be the executor done or not.
  turn.onClose(() => watch.stop())
  run(runner, turn, executor, context).catch(error => turn.refuse(error))
  return turn.closed
}

/** Gives the executor of a task that waits for its client the chance to clean up. */
export async function executeCancel (runner: RunningTask, turn: Turn, before: Snapshot): Promise<void> {
  const executor = normalizeExecutor(turn.request.executor)
  const context = new ExecutionContext(turn.request, new Sink(runner, turn), stateOf(before))
  await Promise.race([callCancel(executor, context), turn.closed])
  await conclude(runner, turn, context)
  await turn.closed
}

function stateOf (snapshot: Snapshot | undefined) {
  return snapshot === undefined ? {} : { task: snapshot.task, memory: snapshot.meta.memory ?? {} }
}

async function run (runner: RunningTask, turn: Turn, { execute }: ReturnType<typeof normalizeExecutor>, context: ExecutionContext): Promise<void> {
  try {
    let answer: ReturnType<ExecutionContext['artifactStream']> | undefined
    const result = await runExecutor(execute, context, {
      isOver: () => turn.isClosed,
      onText: text => {
        answer ??= context.artifactStream({ name: 'answer' })
        return answer.write(text)
      }
    })
    if (turn.isClosed) return
    if (!isTerminal(runner.state)) {
      await answer?.end()
      await applyResult(result, context)
    }
    await conclude(runner, turn, context)
  } catch (error) {
    await concludeFailure(runner, turn, context, error)
  }
}

async function applyResult (result: unknown, context: ExecutionContext): Promise<void> {
  const read = readResult(result)
  if (read === undefined) return
  if ('artifact' in read) await context.artifact(read.artifact)
  else await context.reply(read.message)
}

/** The executor has returned: unless it said otherwise, the work is done. */
async function conclude (runner: RunningTask, turn: Turn, context: ExecutionContext): Promise<void> {
  if (turn.isClosed) return
  if (runner.isCanceling) {
    if (!isTerminal(runner.state)) await context.canceled()
  } else if (!isTerminal(runner.state) && !isInterrupted(runner.state)) {
    // Who returns because it was told to stop is not done.
    await (turn.stopped === undefined ? context.complete() : context.fail(turn.stopped.message))
  }
  if (!isTerminal(runner.state)) await runner.push(turn, { turnEnded: { turnId: turn.id } })
}

async function concludeFailure (runner: RunningTask, turn: Turn, context: ExecutionContext, error: unknown): Promise<void> {
  const { log } = turn.request
  if (turn.isClosed || isTerminal(runner.state)) {
    if (turn.stopped === undefined) log.warn({ err: error, taskId: runner.taskId }, 'an executor threw after its task had ended')
    return
  }
  if (runner.isCanceling) return await context.canceled()
  if (error instanceof A2AError && !runner.isStored) return turn.refuse(error)
  if (turn.stopped !== undefined) {
    await context.fail(turn.stopped.message)
  } else {
    log.error({ err: error, taskId: runner.taskId }, 'an executor failed')
    await context.fail(failureText(error))
  }
}

/** What the client is told: nothing that was not written for it. */
function failureText (error: unknown): string {
  const meant = error instanceof AgentError || error instanceof A2AError || (error instanceof MisuseError && error.code === 'A2A_ERR_LIMIT')
  return meant && error.message !== '' ? error.message : 'The agent failed to complete the task'
}

async function callCancel (executor: ReturnType<typeof normalizeExecutor>, context: ExecutionContext): Promise<void> {
  try {
    await executor.cancel?.(context)
  } catch (error) {
    context.log.warn({ err: error, taskId: context.taskId }, 'the cancel function of an executor failed')
  }
}

function agentMessage (turn: Turn, text: string): Message {
  const { taskId, contextId } = turn.request.message
  return toMessage(text, { taskId, contextId })
}

/** Where the verbs of one turn go. */
class Sink implements TurnSink {
  readonly #runner: RunningTask
  readonly #turn: Turn
  readonly #watch: TurnWatch | undefined

  constructor (runner: RunningTask, turn: Turn, watch?: TurnWatch) {
    this.#runner = runner
    this.#turn = turn
    this.#watch = watch
  }

  get state () { return this.#runner.state }
  get signal () { return this.#turn.signal }

  push (event: TaskEvent): Promise<void> {
    this.#watch?.touch()
    return this.#runner.push(this.#turn, event)
  }

  reply (message: Message): Promise<void> {
    if (this.#turn.isClosed) throw new MisuseError('A2A_ERR_TURN_ENDED', 'the turn has ended; there is nobody to reply to')
    if (!this.#runner.isStored) {
      this.#turn.start({ reply: message })
      this.#turn.close()
      return Promise.resolve()
    }
    const { taskId, contextId } = this.#turn.request.message
    return this.push({ statusUpdate: { taskId, contextId, status: { state: 'TASK_STATE_COMPLETED', message: { ...message, taskId }, timestamp: timestamp() } } })
  }
}
