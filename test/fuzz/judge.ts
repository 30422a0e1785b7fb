/** Whether an answer is one that a client may get, whatever it has sent. */
import { errorKinds } from '../../lib/protocol/errors.ts'
import type { FuzzedCall } from './calls.ts'
import type { CallAnswer } from './caller.ts'
import type { Fuzzed } from './requests.ts'

export type Answer = { status: number, type: string, text: string, retryAfter: string | undefined }

const codes = new Set<number>(Object.values(errorKinds).map(({ code }) => code))
const internal = -32603

/** What is wrong with it; undefined when nothing is. */
export function wrongWith ({ binding }: Fuzzed, { status, type, text, retryAfter }: Answer): string | undefined {
  if (status >= 500) return `status ${status}`
  // A path that can't be decoded reaches no route: the router of the host answers it (`frameworkErrors` of Fastify).
  if (status === 400 && text.includes('FST_ERR_BAD_URL')) return undefined
  if ((status === 429 || status === 503) && retryAfter === undefined) return 'no Retry-After'
  if (status === 204) return text === '' ? undefined : 'a body where there is none'
  if (type.startsWith('text/event-stream')) {
    // To a regular expression, U+2028 ends a line as well.
    const data = text.split('\n').flatMap(line => line.startsWith('data: ') ? [line.slice(6)] : [])
    // The end of what was read may be in the middle of an event.
    const whole = text.endsWith('\n\n') ? data : data.slice(0, -1)
    return whole.map(data => wrongJson(binding, status, data)).find(wrong => wrong !== undefined)
  }
  return wrongJson(binding, status, text)
}

/** Codes of gRPC that say of the server that it is at fault: UNKNOWN, INTERNAL, DATA_LOSS. */
const faults = new Set([2, 13, 15])

function isNative (type: string): boolean {
  return type === 'application/grpc' || type === 'application/grpc+proto'
}

/** The same for calls of gRPC and its relatives. */
export function wrongWithCall (_call: FuzzedCall, { status, type, text, code, isCut }: CallAnswer): string | undefined {
  // Others are of the Connect protocol: a deadline that has passed is 504.
  if (status === 500) return 'status 500'
  if (code !== undefined && code > 16) return `there is no code ${code}`
  if (code !== undefined) return isNative(type) && faults.has(code) ? `code ${code}` : undefined
  if (type.startsWith('application/grpc')) return isCut ? undefined : 'the call ends without a status'
  return text.includes('"code"') || status === 200 || status === 415 || status === 505 ? undefined : 'neither an answer nor an error'
}

function wrongJson (binding: Fuzzed['binding'], status: number, text: string): string | undefined {
  const body = parse(text)
  if (typeof body !== 'object' || body === null) return `no JSON object: ${text.slice(0, 200)}`
  return binding === 'JSONRPC' ? wrongRpc(body) : wrongRest(status, body)
}

function wrongRpc (body: object): string | undefined {
  const { jsonrpc, error, ...rest } = body as { jsonrpc?: unknown, error?: { code?: unknown, message?: unknown } }
  if (jsonrpc !== '2.0' || !('id' in rest)) return 'no response of JSON-RPC'
  if (('result' in rest) === (error !== undefined)) return 'neither a result nor an error, or both'
  if (error === undefined) return undefined
  if (error.code === internal) return 'an internal error'
  return typeof error.code === 'number' && codes.has(error.code) && typeof error.message === 'string' ? undefined : `no error of the protocol: ${JSON.stringify(error)}`
}

function wrongRest (status: number, body: object): string | undefined {
  const { error } = body as { error?: { code?: unknown, status?: unknown, message?: unknown, details?: unknown } }
  if (status < 400) return error?.code === 500 ? 'an internal error' : undefined
  const isStatus = error?.code === status && typeof error.status === 'string' && typeof error.message === 'string' && Array.isArray(error.details)
  return isStatus ? undefined : `no google.rpc.Status for ${status}: ${JSON.stringify(body).slice(0, 200)}`
}

function parse (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
