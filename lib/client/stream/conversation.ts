/** A message and all that follows from it: what the agent asks is answered, as far as somebody answers. */
import type { Message, Task } from '../../../schemas/v1/common.ts'
import type { SendMessageRequest } from '../../../schemas/v1/requests.ts'
import { textOf, toRequest, type MessageContent } from '../content.ts'
import type { Received } from '../operations.ts'
import type { AgentEvent } from './events.ts'
import { follow, type Begin } from './follow.ts'
import type { FollowOptions, Line } from './line.ts'
import type { Progress } from './progress.ts'
import { isRefusal, polled, resumed } from './sources.ts'

/** What an agent asks. */
export type Question = {
  readonly text: string
  /** As the agent put it; undefined where it asks without words. */
  readonly message: Message | undefined
}

type Answer = MessageContent | undefined

export type Handlers = {
  /** Answers in INPUT_REQUIRED. Without an answer the stream ends there. */
  onInputRequired?: (question: Question, task: Task) => Answer | Promise<Answer>
  /** In AUTH_REQUIRED: has the user sign in. The task is followed further when it resolves, after the answer, if there is one. */
  onAuthRequired?: (question: Question, task: Task) => Answer | Promise<Answer>
}

export type ConversationOptions = Handlers & FollowOptions & { readonly idempotent?: boolean | undefined }

/** An answer that was given before it was asked for; it is taken out. */
export type Pending = { take (): Answer }

/** @param request undefined to follow a task that is there already */
export async function * converse (line: Line, progress: Progress, request: SendMessageRequest | undefined, pending: Pending, options: ConversationOptions): AsyncGenerator<readonly AgentEvent[]> {
  let begin: Begin = request === undefined ? watch(line, progress, false) : sent(line, progress, request, options)
  for (;;) {
    yield * follow(line, progress, begin, options)
    const next = await goOn(progress, pending, options)
    if (next === undefined) return
    const { answer } = next
    begin = answer === undefined ? watch(line, progress, true) : sent(line, progress, replyTo(progress, answer, request), options)
  }
}

function watch (line: Line, progress: Progress, untilClosed: boolean): Begin {
  return { source: options => resumed(line, progress, options), untilClosed }
}

/** The message that answers a task; how it is to be sent is the same as before. */
function replyTo (progress: Progress, answer: MessageContent, request: SendMessageRequest | undefined): SendMessageRequest {
  const { taskId } = progress
  const contextId = progress.task()?.contextId
  return {
    ...request,
    ...toRequest(answer, { ...taskId !== undefined && { taskId }, ...contextId !== undefined && { contextId } })
  }
}

/** @returns undefined where nobody has an answer */
async function goOn (progress: Progress, pending: Pending, { onInputRequired, onAuthRequired }: Handlers): Promise<{ answer: Answer } | undefined> {
  const task = progress.task()
  if (task === undefined || !progress.isInterrupted) return undefined
  const given = pending.take()
  if (given !== undefined) return { answer: given }
  const { message } = task.status
  const question: Question = { text: message === undefined ? '' : textOf([message]), message }
  if (!progress.needsInput) return onAuthRequired === undefined ? undefined : { answer: await onAuthRequired(question, task) }
  const answer = await onInputRequired?.(question, task)
  return answer === undefined ? undefined : { answer }
}

/** Sends a message; where the agent does not stream, what becomes of it is looked at. */
function sent (line: Line, progress: Progress, request: SendMessageRequest, { idempotent }: ConversationOptions): Begin {
  async function * source (options: FollowOptions): AsyncGenerator<readonly Received[]> {
    if (line.streams) {
      try {
        yield * await line.calls.stream('SendStreamingMessage', request, { ...options, idempotent })
        return
      } catch (error) {
        // To a task that is there already, a refusal may mean the message.
        if (!isRefusal(error) || request.message.taskId !== undefined) throw error
        line.streams = false
      }
    }
    const configuration = { ...request.configuration, returnImmediately: true }
    const event = await line.calls.call('SendMessage', { ...request, configuration }, { ...options, idempotent })
    yield [{ event, id: undefined }]
    if (!progress.isFinished && !progress.isInterrupted) yield * polled(line, progress, options)
  }
  return { source, send: { repeat: idempotent ?? line.idempotent }, untilClosed: true }
}
