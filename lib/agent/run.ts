import { isObject, describe } from './content.ts'
import { MisuseError } from './errors.ts'
import type { ExecuteFunction, Executor, ExecutorResult, ExecutorYield, TaskContext } from './executor.ts'
import type { StreamResponse } from '../../schemas/v1/common.ts'

/** The one form that all executors have inside. */
export type NormalExecutor = { execute: ExecuteFunction, cancel?: (task: TaskContext) => void | Promise<void> }

export function normalizeExecutor (executor: Executor): NormalExecutor {
  if (typeof executor === 'function') return { execute: executor }
  const { cancel } = executor
  return { execute: task => executor.execute(task), ...cancel !== undefined && { cancel: task => executor.cancel?.(task) } }
}

/**
 * Takes what a generator yields, to its end, and answers what it returns.
 * @param onYield takes text and protocol events; a generator that is not wanted any more is told to return
 */
export async function consume (running: AsyncIterable<ExecutorYield>, onYield: (value: string | StreamResponse) => Promise<void>, isOver: () => boolean): Promise<ExecutorResult> {
  const iterator = running[Symbol.asyncIterator]()
  let finished = false
  try {
    for (;;) {
      const { done, value } = await iterator.next()
      if (done === true) {
        finished = true
        return value
      }
      if (isOver()) return undefined
      if (value !== undefined) await onYield(typeof value === 'string' ? value : toEvent(value))
    }
  } finally {
    if (!finished) void endQuietly(iterator)
  }
}

/** A generator that is stuck never answers, and what a hand-made iterator does is anybody's guess. */
async function endQuietly (iterator: AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.()
  } catch {
    // the turn is over for another reason already
  }
}

export function isAsyncIterable (value: unknown): value is AsyncIterable<ExecutorYield> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

function toEvent (value: unknown): StreamResponse {
  if (isObject(value)) {
    if (isObject(value.statusUpdate) || isObject(value.artifactUpdate) || isObject(value.task) || isObject(value.message)) {
      return value as StreamResponse // emit checks the rest
    }
  }
  throw new MisuseError('A2A_ERR_OUTPUT', `an executor yields what a verb of its task returns, text, or a protocol event, got ${describe(value)}`)
}
