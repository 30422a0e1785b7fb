import type { FastifyError, FastifyReply } from 'fastify'
import { A2AError, type ErrorName } from '../../lib/protocol/errors.ts'

/** Errors for which HTTP has something to say beside the JSON-RPC error; all others are 200, as JSON-RPC over HTTP has it. */
const httpMatters = new Set<ErrorName>(['UnavailableError', 'ResourceExhaustedError', 'UnauthenticatedError', 'PermissionDeniedError'])

/** An error of Fastify, or of a hook of the host, as one of the protocol. */
export function fromHttpError (error: FastifyError): A2AError {
  if (error instanceof A2AError) return error
  const { statusCode = 500 } = error
  if (statusCode === 413) return new HttpError(413, 'InvalidRequestError', 'The request body is too large')
  if (statusCode === 415) return unsupportedMediaType()
  if (statusCode === 401) return new A2AError('UnauthenticatedError', error.message)
  if (statusCode === 403) return new A2AError('PermissionDeniedError', error.message)
  if (statusCode === 429) return new A2AError('ResourceExhaustedError', error.message)
  if (statusCode === 503) return new A2AError('UnavailableError', error.message, { retryAfter: 1000 })
  // A hook that gives a 4xx wants its text to be read; what a 5xx says is internal.
  if (statusCode >= 400 && statusCode < 500) return new HttpError(statusCode, 'InvalidRequestError', error.message)
  return A2AError.from(error)
}

export function unsupportedMediaType (): A2AError {
  return new A2AError('ContentTypeNotSupportedError', 'The Content-Type of a JSON-RPC request is application/json')
}

/** @param options.asStream as the only event of a stream; where HTTP has seen the error, it stays what it is */
export function answerError (reply: FastifyReply, error: A2AError, body: string, { asStream = false } = {}): FastifyReply {
  const status = error instanceof HttpError ? error.statusCode : httpMatters.has(error.name) ? error.kind.http : 200
  if (error.retryAfter !== undefined) reply.header('retry-after', String(Math.ceil(error.retryAfter / 1000)))
  reply.code(status)
  return asStream && status === 200
    ? reply.type('text/event-stream').header('cache-control', 'no-cache').send(`data: ${body}\n\n`)
    : reply.type('application/json; charset=utf-8').send(body)
}

/** An error that HTTP has seen before the protocol did. */
class HttpError extends A2AError {
  readonly statusCode: number

  constructor (statusCode: number, name: ErrorName, message: string) {
    super(name, message)
    this.statusCode = statusCode
  }
}
