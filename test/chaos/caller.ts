import { randomUUID } from 'node:crypto'
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StreamResponse, Task, TaskState } from '../../schemas/v1/common.ts'
import { isTerminal } from '../../lib/task/states.ts'
import type { RpcBody, RpcError, SendOptions } from '../helpers/rpc.ts'
import { openStream, responseOf, type StreamRequest } from '../helpers/sse.ts'
import { taskIdOf } from './inbox.ts'
import type { Tally } from './tally.ts'

/** What a client has seen of a task, over as many streams as it took. */
export type Story = { taskId: string, events: StreamResponse[] }

export class RpcFailure extends Error {
  readonly code: number

  constructor (method: string, { code, message }: RpcError) {
    super(`${method}: ${code} ${message}`)
    this.code = code
  }
}

/** A client that does what a client must: it asks again when nobody has answered, and resumes its streams. */
export class Caller {
  readonly #url: string
  readonly #tally: Tally
  readonly #underWay = new Set<string>()

  constructor (url: string, tally: Tally) {
    this.#url = `${url}/a2a`
    this.#tally = tally
  }

  /** What is waited for. */
  get underWay (): string[] {
    return [...this.#underWay]
  }

  async call<T> (method: string, params: unknown): Promise<T> {
    const name = `${method} ${JSON.stringify(params)}`
    this.#underWay.add(name)
    try {
      return await this.#call(method, params)
    } finally {
      this.#underWay.delete(name)
    }
  }

  async #call<T> (method: string, params: unknown): Promise<T> {
    for (;;) {
      const body = await post(this.#url, { jsonrpc: '2.0', id: 1, method, params }).catch(() => undefined)
      if (body !== undefined) {
        this.#tally.acknowledged++
        if (body.error !== undefined) throw new RpcFailure(method, body.error)
        return body.result as T
      }
      this.#tally.repeated++
      await sleep(100)
    }
  }

  async send (text: string, options?: SendOptions): Promise<Task> {
    const { task } = await this.call<{ task: Task }>('SendMessage', sendRequest(text, options))
    return task
  }

  /** Asks until the task is in a state that its client waits for. */
  async settled ({ id }: Task, isSettled: (state: TaskState) => boolean = isTerminal): Promise<Task> {
    for (;;) {
      const task = await this.call<Task>('GetTask', { id })
      if (isSettled(task.status.state)) return task
      await sleep(100)
    }
  }

  /** Sends, and follows the task to its end. */
  async stream (text: string, options?: SendOptions): Promise<Story> {
    const story: Story = { taskId: '', events: [] }
    this.#underWay.add(`stream ${text}`)
    try {
      await this.#follow(story, text, options)
    } finally {
      this.#underWay.delete(`stream ${text}`)
    }
    return story
  }

  async #follow (story: Story, text: string, options?: SendOptions): Promise<void> {
    const first: StreamRequest = { method: 'SendStreamingMessage', params: sendRequest(text, options) }
    let seen = 0
    for (;;) {
      const request = seen === 0
        ? first
        : { method: 'SubscribeToTask', params: { id: story.taskId }, headers: { 'last-event-id': String(seen) } }
      if (seen > 0) this.#tally.resumed++
      const before = seen
      try {
        for await (const event of await openStream(this.#url, request)) {
          const response = responseOf(event)
          const id = Number(event.id)
          if (!(id > seen)) this.#tally.fail(`event ${id} after ${seen} of ${story.taskId}`)
          seen = id
          this.#tally.acknowledged++
          story.taskId = taskIdOf(response)
          story.events.push(response)
          const state = stateIn(response)
          if (state !== undefined && isTerminal(state)) return
        }
      } catch {
        // The replica is gone, or can't reach its store: another one will go on.
      }
      if (seen === before) await sleep(100)
    }
  }
}

export function sendRequest (text: string, { message = {}, ...rest }: SendOptions = {}) {
  return { ...rest, message: { messageId: randomUUID(), role: 'ROLE_USER', parts: [{ text }], ...message } }
}

export function stateIn (response: StreamResponse): TaskState | undefined {
  if ('task' in response) return response.task.status.state
  return 'statusUpdate' in response ? response.statusUpdate.status.state : undefined
}

/** @returns undefined when the store is away, or the replica shuts down: the client is to come again */
async function post (url: string, body: object): Promise<RpcBody | undefined> {
  return await new Promise((resolve, reject) => {
    // Each on a connection of its own: the next replica's turn.
    const request = http.request(url, { method: 'POST', agent: false, headers: { 'content-type': 'application/json', 'a2a-version': '1.0' } }, async response => {
      try {
        const text: string[] = []
        for await (const chunk of response.setEncoding('utf8')) text.push(chunk)
        resolve(response.statusCode === 503 ? undefined : JSON.parse(text.join('')))
      } catch (error) {
        reject(error)
      }
    })
    request.on('error', reject)
    request.end(JSON.stringify(body))
  })
}
