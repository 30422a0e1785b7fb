import { isObject } from '../agent/content.ts'
import { AgentError, MisuseError } from '../agent/errors.ts'
import type { ExecuteFunction, TaskContext } from '../agent/executor.ts'
import { artifactIdOf } from './ai-sdk/artifacts.ts'
import { toModelMessages } from './ai-sdk/messages.ts'
import { play, type Played } from './ai-sdk/play.ts'
import { askFor, metadataKey, readAnswers, readPending, writePending, type Pending } from './ai-sdk/requests.ts'
import type { AiAgent, AiModelMessage, AiStreamFunction, AiStreamResult, FromAiSdkOptions } from './ai-sdk/types.ts'

export { metadataKey }
export type { AiAgent, AiModelMessage, AiStreamFunction, AiStreamResult, AiToolCall, AiToolRequest, FromAiSdkOptions } from './ai-sdk/types.ts'

/**
 * Hosts an agent of the AI SDK (`ai` 5, 6 and 7): an agent object, or a function that calls `streamText`.
 *
 * Text streams into the artifact `answer`; files and structured output become artifacts of their own. Tool calls that
 * need approval, or have no `execute`, put the task into INPUT_REQUIRED; the client's next message answers them.
 *
 * @throws MisuseError A2A_ERR_OPTIONS when `source` is neither
 * @example
 * await app.register(a2a, { card, executor: fromAiSdk(new ToolLoopAgent({ model, tools }), { toolUpdates: true }) })
 * @example
 * fromAiSdk(({ messages, abortSignal }) => streamText({ model, messages, abortSignal }))
 */
export function fromAiSdk (source: AiAgent | AiStreamFunction, options: FromAiSdkOptions = {}): ExecuteFunction {
  const start = toFunction(source)

  return async function execute (task: TaskContext): Promise<void> {
    if (task.state !== 'TASK_STATE_WORKING') await task.working()
    const pending = readPending(task)
    const conversation = pending === undefined
      ? { messageId: task.message.messageId, since: [] }
      : await takeAnswers(task, pending, options)
    if (conversation === undefined) return

    const { messageId, since } = conversation
    // The cast: what stands in `since` came from the SDK or answers it, and goes back as it is.
    const messages = [...await toModelMessages(task, messageId, options), ...since as AiModelMessage[]]
    try {
      const result = await start({ messages, abortSignal: task.signal, task })
      const played = await play(streamOf(result), task, options)
      task.signal.throwIfAborted()
      if (played.failure !== undefined) throw played.failure.error
      if (played.finishReason === 'error') throw new Error('The model has ended with an error')
      if (played.requests.length > 0) {
        const soFar = [...since, ...await responseMessages(result)]
        return await ask(task, { messageId, messages: soFar, requests: played.requests, answers: [] }, options)
      }
      await tellOutput(task, played.answer ?? await outputOf(result, options))
      if (pending !== undefined) await writePending(task, undefined)
      await task.complete(undefined, { metadata: summary(played) })
    } catch (error) {
      // Why it was told to stop, and what came of its own calls, the engine knows best.
      task.signal.throwIfAborted()
      if (error instanceof MisuseError) throw error
      task.log.error({ err: error, taskId: task.taskId }, 'an agent of the AI SDK failed')
      if (pending !== undefined) await writePending(task, undefined)
      await task.fail(failureText(error, options))
    }
  }
}

function toFunction (source: AiAgent | AiStreamFunction): AiStreamFunction {
  if (typeof source === 'function') return source
  if (typeof source?.stream !== 'function') {
    throw new MisuseError('A2A_ERR_OPTIONS', 'fromAiSdk needs an agent with a stream method, or a function that returns the result of streamText')
  }
  return ({ messages, abortSignal }) => source.stream({ messages, abortSignal })
}

/** What the conversation holds beyond the message `messageId`; undefined when the client has to be asked again. */
async function takeAnswers (task: TaskContext, pending: Pending, options: FromAiSdkOptions): Promise<{ messageId: string, since: unknown[] } | undefined> {
  if (pending.askedBy === task.message.messageId) {
    await ask(task, pending, options)
    return undefined
  }
  const { answers, open } = readAnswers(task.message, pending.requests, options.approves)
  const given = [...pending.answers, ...answers]
  if (open.length > 0) {
    await ask(task, { ...pending, requests: open, answers: given }, options)
    return undefined
  }
  return { messageId: pending.messageId, since: [...pending.messages, { role: 'tool', content: given }] }
}

async function ask (task: TaskContext, pending: Omit<Pending, 'askedBy'>, options: FromAiSdkOptions): Promise<void> {
  await writePending(task, { ...pending, askedBy: task.message.messageId })
  await task.requireInput(askFor(pending.requests, options.question))
}

/** Each access to a stream of the SDK makes a new one: this is the only one. */
function streamOf (result: AiStreamResult): AsyncIterable<{ type: string }> {
  const stream = 'stream' in result ? result.stream : result.fullStream
  if (stream === undefined) throw new MisuseError('A2A_ERR_OUTPUT', 'fromAiSdk: the agent must give a result of streamText; generateText does not stream')
  return stream
}

async function responseMessages (result: AiStreamResult): Promise<unknown[]> {
  const response = 'responseMessages' in result ? { messages: await result.responseMessages } : await result.response
  return isObject(response) && Array.isArray(response.messages) ? response.messages : []
}

/** Undefined without one, and for text that has been streamed already. */
async function outputOf (result: AiStreamResult, { structured }: FromAiSdkOptions): Promise<unknown> {
  if (structured === false || !('output' in result)) return undefined
  const output = await result.output
  return structured === true || typeof output !== 'string' ? output : undefined
}

async function tellOutput (task: TaskContext, output: unknown): Promise<void> {
  if (output === undefined) return
  await task.artifact({ artifactId: artifactIdOf('output', task.message.messageId), name: 'output', data: output })
}

/** Metadata of the completing status. */
function summary ({ finishReason, usage, sources }: Played): Record<string, unknown> {
  return { [metadataKey]: { ...finishReason !== undefined && { finishReason }, ...usage !== undefined && { usage }, ...sources.length > 0 && { sources } } }
}

function failureText (error: unknown, { errorMessage }: FromAiSdkOptions): string {
  if (typeof errorMessage === 'function') return errorMessage(error)
  return errorMessage ?? (error instanceof AgentError ? error.message : 'The agent failed to complete the task')
}
