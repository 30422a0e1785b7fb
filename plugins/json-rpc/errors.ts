import type { FastifyReply } from 'fastify'
import type { A2AError, ErrorName } from '../../lib/protocol/errors.ts'
import { HttpError, sayInHeaders } from '../http-errors.ts'

/** Errors for which HTTP has something to say beside the JSON-RPC error; all others are 200, as JSON-RPC over HTTP has it. */
const httpMatters = new Set<ErrorName>(['UnavailableError', 'ResourceExhaustedError', 'UnauthenticatedError', 'PermissionDeniedError'])

/** @param options.asStream as the only event of a stream; where HTTP has seen the error, it stays what it is */
export function answerError (reply: FastifyReply, error: A2AError, body: string, { asStream = false } = {}): FastifyReply {
  const status = statusCode(error)
  sayInHeaders(reply, error)
  reply.code(status)
  return asStream && status === 200
    ? reply.type('text/event-stream').header('cache-control', 'no-cache').send(`data: ${body}\n\n`)
    : reply.type('application/json; charset=utf-8').send(body)
}

/** A media type that is not supported is an error of JSON-RPC's own here. */
function statusCode (error: A2AError): number {
  if (error instanceof HttpError && error.statusCode !== 415) return error.statusCode
  return httpMatters.has(error.name) ? error.statusCode : 200
}
