/** An agent that does what it is told to a request, however wrong; its tasks are none. */
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { discover, type ClientOptions, type RemoteAgent } from '../../lib/client/index.ts'
import type { StreamResponse, Task } from '../../schemas/v1/common.ts'

export type Rpc = { id: string, method: string, params: Record<string, unknown> }
export type Exchange = { readonly rpc: Rpc, readonly request: IncomingMessage, readonly response: ServerResponse, /** How many of this method came before. */ readonly earlier: number }
export type Behaviour = (exchange: Exchange) => void

export const working: Task = { id: 't', contextId: 'c', status: { state: 'TASK_STATE_WORKING' } }
export const completed: Task = { id: 't', contextId: 'c', status: { state: 'TASK_STATE_COMPLETED' } }
export const isDone: StreamResponse = { statusUpdate: { taskId: 't', contextId: 'c', status: { state: 'TASK_STATE_COMPLETED' } } }

export type Nasty = { readonly url: string, readonly seen: Rpc[], readonly agent: RemoteAgent }

/** @param card fields that are not as usual */
export async function nasty (t: Test, behave: Behaviour, options: ClientOptions = {}, card: Record<string, unknown> = {}): Promise<Nasty> {
  const { url, seen } = await listen(t, behave)
  const agent = await discover(cardOf(url, card), { retry: { minDelay: 0, maxDelay: 0 }, reconnect: { minDelay: 0, maxDelay: 0 }, poll: { minDelay: 1 }, ...options })
  return { url, seen, agent }
}

export function cardOf (url: string, more: Record<string, unknown> = {}) {
  return { name: 'Nasty', url, preferredTransport: 'JSONRPC', supportedInterfaces: [{ url, protocolBinding: 'JSONRPC', protocolVersion: '1.0' }], capabilities: { streaming: true }, ...more }
}

export async function listen (t: Test, behave: Behaviour): Promise<{ url: string, seen: Rpc[] }> {
  const seen: Rpc[] = []
  const server = http.createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const rpc: Rpc = text === '' ? { id: '', method: `${request.method} ${request.url}`, params: {} } : JSON.parse(text)
    const earlier = seen.filter(({ method }) => method === rpc.method).length
    seen.push(rpc)
    behave({ rpc, request, response, earlier })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, seen }
}

export function answer ({ response, rpc }: Exchange, result: unknown): void {
  send(response, { jsonrpc: '2.0', id: rpc.id, result })
}

export function fail ({ response, rpc }: Exchange, code: number, message = 'No', data?: unknown): void {
  send(response, { jsonrpc: '2.0', id: rpc.id, error: { code, message, data } })
}

export function send (response: ServerResponse, body: object | string, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(typeof body === 'string' ? body : JSON.stringify(body))
}

/** Leaves the stream open. */
export function stream ({ response, rpc }: Exchange, ...events: unknown[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const result of events) response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', id: rpc.id, result })}\n\n`)
}
