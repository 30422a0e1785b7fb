import http from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { Part, SendMessageResponse, Task } from '../../schemas/v1/common.ts'
import { sendParams, type ErrorDetail, type SendOptions } from './rpc.ts'
import { SseStream } from './sse.ts'

/** `google.rpc.Status`; in 0.3 with the code and message of JSON-RPC beside it. */
export type RestError = { code?: number, message?: string, error: { code: number, status: string, message: string, details: ErrorDetail[] } }

export type RestAnswer<T = unknown> = { status: number, headers: Record<string, unknown>, text: string, body: T }

export type RestRequest = { body?: unknown, headers?: Record<string, string> }

/** An HTTP+JSON client of a server that need not listen. */
export class RestClient {
  readonly #app: FastifyInstance
  readonly #base: string
  readonly #headers: Record<string, string>

  constructor (app: FastifyInstance, { base = '/a2a', headers = {} }: { base?: string, headers?: Record<string, string> } = {}) {
    this.#app = app
    this.#base = base
    this.#headers = headers
  }

  /** @param request `body` is sent as it is where it is text or bytes, else as JSON */
  async ask<T = RestError> (method: string, path: string, { body, headers = {} }: RestRequest = {}): Promise<RestAnswer<T>> {
    const { statusCode, headers: answered, body: text } = await this.#app.inject({
      method: method as 'GET',
      url: `${this.#base}${path}`,
      headers: { ...body !== undefined && { 'content-type': 'application/a2a+json' }, ...this.#headers, ...headers },
      ...body !== undefined && { payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body) }
    })
    return { status: statusCode, headers: answered, text, body: parse(text) as T }
  }

  async get<T = RestError> (path: string, headers?: Record<string, string>): Promise<RestAnswer<T>> {
    return await this.ask<T>('GET', path, { ...headers !== undefined && { headers } })
  }

  async post<T = RestError> (path: string, body?: unknown, headers?: Record<string, string>): Promise<RestAnswer<T>> {
    return await this.ask<T>('POST', path, { body, ...headers !== undefined && { headers } })
  }

  /** A message that becomes a task. */
  async send (content: string | Part[], options: SendOptions = {}, tenant = ''): Promise<Task> {
    const { body, text } = await this.post<SendMessageResponse>(`${tenant}/message:send`, sendParams(content, options))
    if ('task' in body) return body.task
    throw new Error(`a task was expected, got ${text}`)
  }

  /** The events of a stream that has ended. */
  async stream<T = unknown> (path: string, body?: unknown): Promise<T[]> {
    const { text } = await this.post(path, body)
    return [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data))
  }
}

/** Opens a stream; resolves with the response's headers. */
export async function openEvents (url: string, { method = 'GET', body, headers = {} }: RestRequest & { method?: string } = {}): Promise<SseStream> {
  return await new Promise((resolve, reject) => {
    const request = http.request(url, {
      method, agent: false, headers: { ...body !== undefined && { 'content-type': 'application/a2a+json' }, accept: 'text/event-stream', ...headers }
    })
    request.on('error', reject)
    request.on('response', response => resolve(new SseStream(request, response)))
    request.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

function parse (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
