/** One agent after the other: what the one has made, the next one gets. */
import type { Part } from '../../../schemas/v1/common.ts'
import type { RemoteAgent, SendOptions } from '../agent.ts'
import type { MessageContent } from '../content.ts'
import type { SendResult } from '../stream/task-stream.ts'
import { run, type Labelled, type TeamOptions } from './parallel.ts'

export type Stage = {
  readonly name: string
  readonly agent: Pick<RemoteAgent, 'stream'>
  readonly options?: SendOptions
  /** What it is sent. Default: the parts of all artifacts of the stage before, or of its message. */
  readonly message?: (before: SendResult) => MessageContent
}

/**
 * Yields what happens, stage by stage. It ends with the stage that does not complete: with its error, or with its result where the task
 * waits for its client, was rejected, or failed. Tasks of the same agent are referred to (`referenceTaskIds`).
 */
export async function * pipeline (stages: readonly Stage[], content: MessageContent, { signal, cancel = true }: TeamOptions = {}): AsyncGenerator<Labelled> {
  const controller = new AbortController()
  const stop = signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal])
  const earlier = new Map<Stage['agent'], string[]>()
  let message: MessageContent | undefined = content
  let before: SendResult | undefined
  try {
    for (const { name, agent, options, message: prepare } of stages) {
      if (before !== undefined) message = prepare?.(before) ?? partsOf(before)
      const referenceTaskIds: string[] = [...options?.referenceTaskIds ?? [], ...earlier.get(agent) ?? []]
      let result: SendResult | undefined
      const step = { name, agent, message, options: { ...options, ...referenceTaskIds.length > 0 && { referenceTaskIds } } }
      for await (const item of run(step, stop, cancel)) {
        if ('result' in item) result = item.result
        yield item
      }
      if (result === undefined || !isDone(result)) return
      if (result.task !== undefined) earlier.set(agent, [...earlier.get(agent) ?? [], result.task.id])
      before = result
    }
  } finally {
    controller.abort(new Error('Nobody reads any more'))
  }
}

function isDone ({ task }: SendResult): boolean {
  return task === undefined || task.status.state === 'TASK_STATE_COMPLETED'
}

/** Never empty: a message has at least one part. */
function partsOf ({ task, message, text }: SendResult): Part[] {
  const parts = message?.parts ?? task?.artifacts?.flatMap(({ parts }) => parts) ?? []
  return parts.length > 0 ? parts : [{ text }]
}
