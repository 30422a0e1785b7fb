import type { FastifyInstance } from 'fastify'
import type { Message, Part, SendMessageResponse, Task } from '../../schemas/v1/common.ts'
import type { SendMessageConfiguration } from '../../schemas/v1/requests.ts'

export type RpcError = { code: number, message: string, data?: ErrorDetail[] }

export type ErrorDetail = {
  '@type': string
  reason?: string
  domain?: string
  metadata?: Record<string, string>
  fieldViolations?: Array<{ field: string, description: string }>
}

export type RpcBody = { jsonrpc: '2.0', id: unknown, result?: unknown, error?: RpcError }

export type RpcAnswer = { status: number, headers: Record<string, unknown>, text: string, body: RpcBody }

export type ClientOptions = {
  /** `A2A-Version`; false for none. Default: 1.0. */
  version?: string | false
  url?: string
  headers?: Record<string, string>
}

export type SendOptions = {
  message?: Partial<Message>
  configuration?: SendMessageConfiguration
  metadata?: Record<string, unknown>
}

let messages = 0

/** A message of 1.0 from the user. */
export function message (content: string | Part[], more: Partial<Message> = {}): Message {
  return { messageId: `m${++messages}`, role: 'ROLE_USER', parts: typeof content === 'string' ? [{ text: content }] : content, ...more }
}

/** The same in 0.3. */
export function message03 (text: string, more: Record<string, unknown> = {}) {
  return { kind: 'message', messageId: `m${++messages}`, role: 'user', parts: [{ kind: 'text', text }], ...more }
}

/** A JSON-RPC client of a server that need not listen. */
export class RpcClient {
  readonly #app: FastifyInstance
  readonly #url: string
  readonly #headers: Record<string, string>

  constructor (app: FastifyInstance, { version = '1.0', url = '/a2a', headers = {} }: ClientOptions = {}) {
    this.#app = app
    this.#url = url
    this.#headers = { ...version !== false && { 'a2a-version': version }, ...headers }
  }

  /** Posts a body as it is. */
  async post (body: string | Buffer, headers: Record<string, string> = {}): Promise<RpcAnswer> {
    const { statusCode, headers: answered, body: text } = await this.#app.inject({
      method: 'POST', url: this.#url, headers: { 'content-type': 'application/json', ...this.#headers, ...headers }, payload: body
    })
    return { status: statusCode, headers: answered, text, body: parse(text) }
  }

  async ask (method: string, params?: unknown, headers: Record<string, string> = {}): Promise<RpcAnswer> {
    return await this.post(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }), headers)
  }

  async result<T = unknown> (method: string, params?: unknown, headers?: Record<string, string>): Promise<T> {
    const { body } = await this.ask(method, params, headers)
    if (body.error !== undefined) throw new Error(`${method}: ${JSON.stringify(body.error)}`)
    return body.result as T
  }

  async error (method: string, params?: unknown, headers?: Record<string, string>): Promise<RpcError> {
    const { text, body } = await this.ask(method, params, headers)
    if (body.error === undefined) throw new Error(`${method} should have failed: ${text}`)
    return body.error
  }

  /** SendMessage of 1.0 that becomes a task. */
  async send (content: string | Part[], options: SendOptions = {}): Promise<Task> {
    const result = await this.result<SendMessageResponse>('SendMessage', sendParams(content, options))
    if ('task' in result) return result.task
    throw new Error(`a task was expected, got ${JSON.stringify(result)}`)
  }

  async get (id: string): Promise<Task> {
    return await this.result<Task>('GetTask', { id })
  }

  /** The events of a stream that has ended. */
  async stream<T = unknown> (method: string, params: unknown, headers?: Record<string, string>): Promise<T[]> {
    const { text } = await this.ask(method, params, headers)
    return [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => (JSON.parse(data) as { result: T }).result)
  }
}

export function sendParams (content: string | Part[], { message: more, ...rest }: SendOptions = {}) {
  return { message: message(content, more), ...rest }
}

/** The response, or the first one of a stream: that is how streams of 0.3 fail. */
function parse (text: string): RpcBody {
  try {
    return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text)
  } catch {
    return { jsonrpc: '2.0', id: undefined }
  }
}
