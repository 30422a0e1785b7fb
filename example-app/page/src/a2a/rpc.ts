/** JSON-RPC of A2A 1.0 with the agent that serves this page (A2A 1.0 §9). Its answers are trusted: it is the same origin. */
import type { Requests, Responses, StreamName, UnaryName } from '../../../../lib/client/operations.ts'
import { errorKinds } from '../../../../lib/protocol/errors.ts'
import { newId } from './ids.ts'

export type RequestOptions = {
  readonly signal?: AbortSignal
  /** Of the last event that was seen: the stream goes on after it. */
  readonly lastEventId?: string | undefined
}

/** The agent has answered, and the answer is no. */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly code: number

  constructor (code: number, message: string) {
    super(message)
    this.code = code
  }
}

const { TaskNotFoundError, TaskNotCancelableError, UnsupportedOperationError, UnavailableError, ResourceExhaustedError } = errorKinds

/** Of errors that the page knows what to do about (A2A 1.0 §5.4). */
export const codes = {
  taskNotFound: TaskNotFoundError.code,
  taskNotCancelable: TaskNotCancelableError.code,
  unsupportedOperation: UnsupportedOperationError.code,
  unavailable: UnavailableError.code,
  resourceExhausted: ResourceExhaustedError.code
}

/** @throws RpcError; TypeError when the agent can't be reached */
export async function call<N extends UnaryName> (method: N, params: Requests[N], options: RequestOptions = {}): Promise<Responses[N]> {
  const response = await post(method, params, options)
  return resultOf<Responses[N]>(await response.json())
}

/** @throws as `call` does */
export async function post (method: UnaryName | StreamName, params: object, { signal, lastEventId }: RequestOptions): Promise<Response> {
  const response = await fetch('/a2a', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'a2a-version': '1.0',
      ...lastEventId !== undefined && { 'last-event-id': lastEventId }
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: newId(), method, params }),
    ...signal !== undefined && { signal }
  })
  if (isJson(response)) return response
  if (!response.ok) throw new RpcError(response.status, `The server answered ${response.status}`)
  return response
}

/** The `result` of a JSON-RPC response. @throws RpcError */
export function resultOf<T> (response: { result: T } | { error: { code: number, message: string } }): T {
  if ('error' in response) throw new RpcError(response.error.code, response.error.message)
  return response.result
}

export function isJson ({ headers }: Response): boolean {
  return headers.get('content-type')?.startsWith('application/json') === true
}
