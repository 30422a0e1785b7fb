import http, { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { StreamResponse } from '../../schemas/v1/common.ts'
import type { RpcBody } from './rpc.ts'

export type SseEvent = { id: string | undefined, data: string }

export type StreamRequest = {
  method: string
  params: unknown
  version?: string
  headers?: Record<string, string>
}

/** A stream on a connection of its own, read as it comes. */
export class SseStream implements AsyncIterable<SseEvent> {
  readonly #request: ClientRequest
  readonly #response: IncomingMessage
  /** Everything so far. */
  readonly events: SseEvent[] = []
  readonly comments: string[] = []
  /** Resolves when the connection is gone; with false when it was cut in the middle. */
  readonly ended: Promise<boolean>
  #rest = ''
  #read = 0
  #wake = () => {}
  #isOver = false

  constructor (request: ClientRequest, response: IncomingMessage) {
    this.#request = request
    this.#response = response
    response.setEncoding('utf8')
    response.on('data', (text: string) => this.#take(text))
    response.on('error', () => {})
    this.ended = new Promise(resolve => response.on('close', () => {
      this.#isOver = true
      this.#wake()
      resolve(response.complete)
    }))
  }

  get status (): number | undefined {
    return this.#response.statusCode
  }

  get headers (): IncomingHttpHeaders {
    return this.#response.headers
  }

  /** What came instead of a stream. */
  get text (): string {
    return this.#rest
  }

  /** The next event; undefined at the end. */
  async next (): Promise<SseEvent | undefined> {
    for (;;) {
      const event = this.events[this.#read]
      if (event !== undefined) {
        this.#read++
        return event
      }
      if (this.#isOver) return undefined
      await this.#more()
    }
  }

  async * [Symbol.asyncIterator] (): AsyncGenerator<SseEvent> {
    for (let event = await this.next(); event !== undefined; event = await this.next()) yield event
  }

  /** Waits for an event that fulfils the condition. */
  async until (condition: (event: SseEvent) => boolean): Promise<SseEvent> {
    for await (const event of this) {
      if (condition(event)) return event
    }
    throw new Error('the stream ended before the event came')
  }

  /** Waits for a heartbeat or another comment. */
  async comment (): Promise<string> {
    for (let seen = this.comments.length; seen === this.comments.length;) {
      if (this.#isOver) throw new Error('the stream ended before a comment came')
      await this.#more()
    }
    return this.comments.at(-1) ?? ''
  }

  /** Everything to the end. */
  async all (): Promise<SseEvent[]> {
    await this.ended
    return this.events
  }

  /** The client vanishes. */
  async cut (): Promise<void> {
    this.#request.destroy()
    await this.ended
  }

  #more (): Promise<void> {
    return new Promise(resolve => { this.#wake = resolve })
  }

  #take (text: string): void {
    const blocks = (this.#rest + text).split('\n\n')
    this.#rest = blocks.pop() ?? ''
    for (const block of blocks) this.#takeBlock(block.split('\n'))
    this.#wake()
  }

  #takeBlock (lines: string[]): void {
    const values = (field: string) => lines.flatMap(line => line.startsWith(`${field}: `) ? line.slice(field.length + 2) : [])
    for (const line of lines) if (line.startsWith(':')) this.comments.push(line.slice(1).trim())
    const data = values('data')
    if (data.length > 0) this.events.push({ id: values('id')[0], data: data.join('\n') })
  }
}

/** Opens a stream at the JSON-RPC URL; resolves with the response's headers. */
export async function openStream (url: string, { method, params, version = '1.0', headers = {} }: StreamRequest): Promise<SseStream> {
  return await new Promise((resolve, reject) => {
    const request = http.request(url, {
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', 'a2a-version': version, ...headers }
    })
    request.on('error', reject)
    request.on('response', response => resolve(new SseStream(request, response)))
    request.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
  })
}

/** The JSON-RPC response that an event carries. */
export function bodyOf (event: SseEvent | undefined): RpcBody {
  if (event === undefined) throw new Error('there is no event')
  return JSON.parse(event.data)
}

/** The protocol's event in an event of a 1.0 stream. */
export function responseOf (event: SseEvent | undefined): StreamResponse {
  const { result, error } = bodyOf(event)
  if (error !== undefined) throw new Error(JSON.stringify(error))
  return result as StreamResponse
}
