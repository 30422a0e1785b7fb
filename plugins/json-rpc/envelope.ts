/** JSON-RPC 2.0 requests and responses (A2A 1.0 §9.3, §9.5). */
import { A2AError } from '../../lib/protocol/errors.ts'
import type { ProtocolVersion } from '../../lib/agent/options.ts'
import { numberText } from '../../lib/protocol/json.ts'

export type RpcId = string | number | null

export type RpcRequest = {
  /** As JSON, so that it comes back exactly as it was. */
  readonly id: string
  readonly isNotification: boolean
  readonly method: string
  readonly params: unknown
}

/**
 * @param text what `body` was parsed from
 * @param onId told the id as soon as it is known: an error in the rest must carry it
 * @throws A2AError InvalidRequestError
 */
export function readEnvelope (body: unknown, text: string, onId: (id: string) => void): RpcRequest {
  if (Array.isArray(body)) throw invalid('Batches are not supported: send one request at a time')
  if (!isObject(body)) throw invalid('A request is a JSON object')
  const { jsonrpc, id, method, params } = body
  if (id !== undefined && !isId(id)) throw invalid('id must be a string, a number or null')
  const idJson = id === undefined ? 'null' : idText(id, text)
  onId(idJson)
  if (jsonrpc !== '2.0') throw invalid('jsonrpc must be "2.0"')
  if (typeof method !== 'string' || method === '') throw invalid('method must be a string')
  return { id: idJson, isNotification: id === undefined, method, params }
}

/** @param result JSON */
export function resultResponse (id: string, result: string): string {
  const [before, after] = aroundResult(id)
  return `${before}${result}${after}`
}

/** What stands before a result and after it. */
export function aroundResult (id: string): readonly [before: string, after: string] {
  return [`{"jsonrpc":"2.0","id":${id},"result":`, '}']
}

/** Details are part of 1.0 alone. */
export function errorResponse (id: string, { code, message, details }: A2AError, version: ProtocolVersion): string {
  const error = version === '1.0' ? { code, message, data: details } : { code, message }
  return `{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify(error)}}`
}

function invalid (message: string): A2AError {
  return new A2AError('InvalidRequestError', message)
}

function idText (id: RpcId, text: string): string {
  if (Number.isSafeInteger(id)) return String(id)
  const isRounded = typeof id === 'number'
  return (isRounded ? numberText(text, 'id') : undefined) ?? JSON.stringify(id)
}

function isId (value: unknown): value is RpcId {
  return value === null || typeof value === 'string' || typeof value === 'number'
}

function isObject (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
