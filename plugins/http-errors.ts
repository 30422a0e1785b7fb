/** Errors of HTTP as errors of the protocol, and the other way round: what both JSON bindings and the card share. */
import type { FastifyError, FastifyReply } from 'fastify'
import { A2AError, type ErrorDetail, type ErrorName } from '../lib/protocol/errors.ts'

/** An error that HTTP has seen before the protocol did: its status is not the one that the catalogue has for the name. */
export class HttpError extends A2AError {
  readonly #statusCode: number
  /** The `google.rpc.Code`. */
  readonly grpc: string

  constructor (statusCode: number, name: ErrorName, message: string, grpc?: string) {
    super(name, message)
    this.#statusCode = statusCode
    this.grpc = grpc ?? this.kind.grpc
  }

  override get statusCode (): number {
    return this.#statusCode
  }
}

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

export function unsupportedMediaType (): HttpError {
  return new HttpError(415, 'ContentTypeNotSupportedError', 'The Content-Type of a request is application/json')
}

/** Whether a `Content-Type` is JSON: `application/json`, `application/a2a+json`, or another `+json`. */
export function isJson (contentType: string | undefined): boolean {
  if (contentType === 'application/json') return true
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  return type === 'application/json' || /^application\/[\w.-]+\+json$/.test(type)
}

/** `google.rpc.Status` as the HTTP+JSON binding has it (A2A 1.0 §11.6). */
export type Status = { error: { code: number, status: string, message: string, details: ErrorDetail[] } }

export function statusOf (error: A2AError): Status {
  return { error: { code: error.statusCode, status: error instanceof HttpError ? error.grpc : error.kind.grpc, message: error.message, details: error.details } }
}

/** What has to be said in headers: how to authenticate, and when to come back. */
export function sayInHeaders (reply: FastifyReply, error: A2AError): void {
  if (error.challenges.length > 0) reply.header('www-authenticate', error.challenges.length === 1 ? error.challenges[0] : [...error.challenges])
  sayWhenToRetry(reply, error)
}

export function sayWhenToRetry (reply: FastifyReply, { retryAfter }: A2AError): void {
  if (retryAfter !== undefined) reply.header('retry-after', String(Math.ceil(retryAfter / 1000)))
}
