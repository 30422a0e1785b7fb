import { MisuseError } from '../agent/errors.ts'
import type { ExecuteFunction, TaskContext } from '../agent/executor.ts'
import { createRequestContext } from './a2a-js/request-context.ts'
import { openTurn, type Turn, type TurnPhase } from './a2a-js/turn.ts'
import type { A2aJsExecutor } from './a2a-js/types.ts'

export type { A2aJsEvent, A2aJsEventBus, A2aJsExecutor, A2aJsRequestContext } from './a2a-js/types.ts'

export type FromA2aJsOptions = {
  /**
   * How long a turn waits in silence where the executor leaves open whether more will come, in ms; each event
   * starts the wait again. Default: 1,000.
   */
  settle?: number
  /**
   * The same for an executor that has returned in AUTH_REQUIRED and will publish when it has its credentials,
   * in ms. The client's next message waits meanwhile. Default: 0.
   */
  authTimeout?: number
}

/** An executor of this package. */
export type A2aJsHosted = { execute: ExecuteFunction, cancel (task: TaskContext): Promise<void> }

/**
 * Hosts an `AgentExecutor` of `@a2a-js/sdk` 1.x as it is.
 *
 * When its turn ends:
 * - `execute` has resolved and the executor has called `finished()`, has published a message, a terminal state or
 *   INPUT_REQUIRED, or has announced no state at all: at once;
 * - `execute` has resolved after SUBMITTED or WORKING without an end: after `settle` ms of silence;
 * - `execute` has resolved in AUTH_REQUIRED: after `authTimeout` ms of silence;
 * - `execute` still runs after `finished()`, a message, a terminal state or INPUT_REQUIRED: after `settle` ms of silence;
 * - `execute` has rejected: at once. The task fails, unless it has ended before.
 *
 * What is published after that is logged and dropped.
 *
 * @throws MisuseError A2A_ERR_OPTIONS when `executor` is none
 * @example
 * await app.register(a2a, { card, executor: fromA2aJs(new MyAgentExecutor()) })
 */
export function fromA2aJs (executor: A2aJsExecutor, options: FromA2aJsOptions = {}): A2aJsHosted {
  if (typeof executor?.execute !== 'function' || typeof executor.cancelTask !== 'function') {
    throw new MisuseError('A2A_ERR_OPTIONS', 'fromA2aJs needs an AgentExecutor of @a2a-js/sdk: an object with execute and cancelTask')
  }
  const { settle = 1_000, authTimeout = 0 } = options
  const running = new Map<string, Turn>()

  return {
    async execute (task) {
      const turn = openTurn(task)
      running.set(task.taskId, turn)
      const stopWatching = stopOnAbort(executor, turn, task)
      try {
        const execution = (async () => executor.execute(createRequestContext(task), turn.bus))()
        await turnEnd(turn, execution, task, { settle, authTimeout })
      } finally {
        stopWatching()
        running.delete(task.taskId)
        turn.close()
      }
      await turn.flush()
    },

    async cancel (task) {
      const turn = running.get(task.taskId)
      if (turn !== undefined) return executor.cancelTask(task.taskId, turn.bus)
      const waiting = openTurn(task)
      await executor.cancelTask(task.taskId, waiting.bus)
      waiting.close()
      await waiting.flush()
    }
  }
}

/** Resolves when the turn is over by the rule above. @throws what `execute` has rejected with, if the task can still fail */
async function turnEnd (turn: Turn, execution: Promise<void>, task: TaskContext, waits: Required<FromA2aJsOptions>): Promise<void> {
  const call: { running: boolean, rejected?: { error: unknown } } = { running: true }
  let wake = (): void => {}
  turn.onProgress = () => wake()
  execution.catch((error: unknown) => { call.rejected = { error } }).finally(() => {
    call.running = false
    wake()
  })

  while (call.rejected === undefined) {
    const patience = waitFor(turn.phase, call.running, waits)
    if (patience === 0) break
    let timer: NodeJS.Timeout | undefined
    const more = await new Promise<boolean>(resolve => {
      wake = () => resolve(true)
      if (patience !== Infinity) timer = setTimeout(resolve, patience, false)
    })
    clearTimeout(timer)
    if (!more) break
  }

  if (call.rejected !== undefined) {
    if (turn.phase !== 'over') throw call.rejected.error
    task.log.error({ err: call.rejected.error, taskId: task.taskId }, 'a2a-js executor: execute failed after the task had ended')
  } else if (call.running) {
    task.log.warn({ taskId: task.taskId }, 'a2a-js executor: execute goes on after the end of its turn')
    execution.catch((err: unknown) => task.log.error({ err, taskId: task.taskId }, 'a2a-js executor: execute failed after the end of its turn'))
  } else if (turn.phase !== 'input' && turn.phase !== 'auth') {
    turn.end()
  }
}

/** In ms: how long to wait for the next event. */
function waitFor (phase: TurnPhase, running: boolean, { settle, authTimeout }: Required<FromA2aJsOptions>): number {
  switch (phase) {
    case 'over': case 'input': return running ? settle : 0
    case 'silent': return running ? Infinity : 0
    case 'auth': return running ? Infinity : authTimeout
    case 'active': return running ? Infinity : settle
  }
}

/**
 * The SDK's executors have no signal: `cancelTask` is the only way to stop one. Here it says so on a deadline, and
 * on the loss of the lease; the CANCELED that they answer with is not true then, and is dropped.
 */
function stopOnAbort (executor: A2aJsExecutor, turn: Turn, task: TaskContext): () => void {
  const { signal, taskId, log } = task
  const stop = (): void => {
    const { reason } = signal
    if (!(reason instanceof MisuseError) || (reason.code !== 'A2A_ERR_TIMEOUT' && reason.code !== 'A2A_ERR_LEASE_LOST')) return
    turn.close()
    const stopped = (async () => executor.cancelTask(taskId, turn.bus))()
    stopped.catch((err: unknown) => log.error({ err, taskId }, 'a2a-js executor: cancelTask failed'))
  }
  signal.addEventListener('abort', stop, { once: true })
  return () => signal.removeEventListener('abort', stop)
}
