import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ProtocolVersion } from '../../lib/agent/options.ts'
import { A2AError } from '../../lib/protocol/errors.ts'
import { sayInHeaders, statusOf } from '../http-errors.ts'
import { noteError } from '../audit.ts'
import { errorType, sendJson } from './media-types.ts'

/** Answers with the error; an internal one is told to the log alone. */
export function fail (request: FastifyRequest, reply: FastifyReply, error: A2AError, version: ProtocolVersion): FastifyReply {
  noteError(request, error)
  if (error.name === 'InternalError') request.log.error({ err: error.cause ?? error }, 'an HTTP+JSON request failed')
  sayInHeaders(reply, error)
  return sendJson(reply.code(error.statusCode), errorType(request.headers.accept, version), errorBody(error, version))
}

/** The last event of a stream that failed: its name is what clients tell it by. */
export function errorEvent (error: A2AError, version: ProtocolVersion): string {
  return `event: error\ndata: ${errorBody(error, version)}\n\n`
}

/**
 * `google.rpc.Status` (A2A 1.0 §11.6). In 0.3, whose form is a JSONRPCError "or equivalent" (§7.1), it stands beside the code
 * and message of that: its clients read nothing else.
 */
function errorBody (error: A2AError, version: ProtocolVersion): string {
  const status = statusOf(error)
  return JSON.stringify(version === '1.0' ? status : { code: error.code, message: error.message, ...status })
}
