import type { Artifact, Message, Task } from '../../../schemas/v1/common.ts'
import { textOf, textOfTask, type MessageContent } from '../content.ts'
import { invalidAnswer } from '../errors.ts'
import { OneByOne } from './batch.ts'
import type { AgentEvent } from './events.ts'
import type { Pending } from './conversation.ts'
import type { Progress } from './progress.ts'

/** What a message has come to: a task, or an answer without one. */
export type SendResult = {
  readonly task: Task | undefined
  readonly message: Message | undefined
  /** Of the artifacts, or of the message. */
  readonly text: string
}

export function toResult (task: Task | undefined, message: Message | undefined): SendResult {
  return { task, message, text: message !== undefined ? textOf([message]) : task === undefined ? '' : textOfTask(task) }
}

/**
 * The events of a message or a task, each once and in order, whatever happens to connections. To be read once: by iterating,
 * or by one of the collectors, which read what is left to its end. Nothing is sent before somebody reads.
 */
export class TaskStream implements AsyncIterable<AgentEvent> {
  readonly #events: OneByOne<AgentEvent>
  readonly #progress: Progress
  #answer: MessageContent | undefined

  constructor (progress: Progress, open: (pending: Pending) => AsyncIterable<readonly AgentEvent[]>) {
    this.#progress = progress
    const take = () => {
      const answer = this.#answer
      this.#answer = undefined
      return answer
    }
    this.#events = new OneByOne(open({ take }))
  }

  [Symbol.asyncIterator] (): OneByOne<AgentEvent> {
    return this.#events
  }

  /** The id of the task, as soon as it is known. */
  get taskId (): string | undefined {
    return this.#progress.taskId
  }

  /** The task as far as it has come, which may be a little further than it has been read. */
  get current (): Task | undefined {
    return this.#progress.task()
  }

  /** Answers what the agent asks: given while the events are read, they go on with the next turn of the task. */
  reply (content: MessageContent): void {
    this.#answer = content
  }

  /** The text of all artifacts, or of the message. */
  async text (): Promise<string> {
    return (await this.result()).text
  }

  async artifacts (): Promise<Artifact[]> {
    return (await this.result()).task?.artifacts ?? []
  }

  /** @throws A2AError InvalidAgentResponseError when the agent answered without a task */
  async task (): Promise<Task> {
    const { task } = await this.result()
    if (task === undefined) throw invalidAnswer('The agent answered with a message, and no task')
    return task
  }

  async result (): Promise<SendResult> {
    // All that they say is in the progress.
    for await (const event of this.#events) void event
    return toResult(this.#progress.task(), this.#progress.message)
  }
}
