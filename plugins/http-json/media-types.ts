/** What an answer is written in: the best of what the binding has and the client takes (RFC 9110 §12.5.1). */
import type { FastifyReply } from 'fastify'
import type { ProtocolVersion } from '../../lib/agent/options.ts'
import { HttpError } from '../http-errors.ts'

export type JsonType = 'application/a2a+json' | 'application/json'

/** JSON as each version names it, the preferred first (A2A 1.0 §11.1, §14.1; 0.3 §3.2.3). */
const jsonTypes: Readonly<Record<ProtocolVersion, readonly [JsonType, JsonType]>> = {
  '1.0': ['application/a2a+json', 'application/json'],
  0.3: ['application/json', 'application/a2a+json']
}

/** @throws HttpError 406 */
export function answerType (accept: string | undefined, version: ProtocolVersion): JsonType {
  const type = jsonType(accept, version)
  if (type === undefined) throw notAcceptable(jsonTypes[version].join(' or '))
  return type
}

/**
 * Clients that send one Accept with everything are told of a stream all the same: it is the operation that asks for it.
 * @throws HttpError 406 for a client that takes neither streams nor JSON
 */
export function checkStream (accept: string | undefined, version: ProtocolVersion): void {
  if (accept === undefined || accept === 'text/event-stream' || quality(parseAccept(accept), 'text/event-stream') > 0 || jsonType(accept, version) !== undefined) return
  throw notAcceptable('text/event-stream')
}

/** The type of an error, which has to be told whatever the client takes. */
export function errorType (accept: string | undefined, version: ProtocolVersion): JsonType {
  return jsonType(accept, version) ?? jsonTypes[version][0]
}

/** @param body JSON */
export function sendJson (reply: FastifyReply, type: JsonType, body: string): FastifyReply {
  // Without a serializer Fastify adds a charset, which these types don't have (A2A 1.0 §14.1.1).
  return reply.type(type).serializer(asItIs).send(body)
}

function asItIs (body: string): string {
  return body
}

function jsonType (accept: string | undefined, version: ProtocolVersion): JsonType | undefined {
  const [first, second] = jsonTypes[version]
  if (accept === undefined || accept === '*/*' || accept === first) return first
  const ranges = parseAccept(accept)
  const [ofFirst, ofSecond] = [quality(ranges, first), quality(ranges, second)]
  if (ofFirst === 0 && ofSecond === 0) return undefined
  return ofSecond > ofFirst ? second : first
}

function notAcceptable (types: string): HttpError {
  return new HttpError(406, 'InvalidRequestError', `The answer is ${types}, which the Accept header does not take`)
}

type Range = { readonly type: string, readonly quality: number }

function parseAccept (accept: string): Range[] {
  return accept.split(',', 32).map(range => {
    const [type = '', ...params] = range.split(';').map(part => part.trim().toLowerCase())
    const weight = params.find(param => param.startsWith('q='))
    const quality = weight === undefined ? 1 : Number(weight.slice(2))
    return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 }
  })
}

/** Of the ranges that match, the most specific one counts. */
function quality (ranges: readonly Range[], type: string): number {
  for (const pattern of [type, `${type.split('/', 1)[0]}/*`, '*/*']) {
    const range = ranges.find(range => range.type === pattern)
    if (range !== undefined) return range.quality
  }
  return 0
}
