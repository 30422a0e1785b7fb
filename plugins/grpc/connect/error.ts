import { Code, ConnectError } from '@connectrpc/connect'
import type { FastifyRequest } from 'fastify'
import { A2AError } from '../../../lib/protocol/errors.ts'
import { noteError } from '../../audit.ts'
import { canceled, deadlineExceeded, shutdownStatus, statusOf, type Status } from '../status.ts'

export function connectError ({ code, message, details, challenges = [] }: Status): ConnectError {
  const metadata: Record<string, string> = challenges.length === 0 ? {} : { 'www-authenticate': challenges.join(', ') }
  const error = new ConnectError(message, code === 0 ? Code.Unknown : code, metadata)
  error.details = [...details]
  return error
}

/** Any thrown value as an error of ConnectRPC that is safe to send; an internal one is told to the log alone. */
export function toConnectError (error: unknown, request: FastifyRequest): ConnectError {
  if (error instanceof ConnectError) return error
  const known = A2AError.from(error)
  noteError(request, known)
  if (known.name === 'InternalError') request.log.error({ err: known.cause ?? known }, 'a gRPC call failed')
  return connectError(statusOf(known))
}

/** Why a call that was stopped ends. */
export function stopError (signal: AbortSignal, isClosing: boolean): ConnectError {
  if (signal.aborted) {
    const isLate = signal.reason instanceof ConnectError && signal.reason.code === Code.DeadlineExceeded
    return connectError(isLate ? deadlineExceeded : canceled)
  }
  return connectError(isClosing ? shutdownStatus() : canceled)
}
