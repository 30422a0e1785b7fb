import { Code, ConnectError } from '@connectrpc/connect'
import type { FastifyBaseLogger } from 'fastify'
import { A2AError } from '../../../lib/protocol/errors.ts'
import { canceled, deadlineExceeded, shutdownStatus, statusOf, type Status } from '../status.ts'

export function connectError ({ code, message, details }: Status): ConnectError {
  const error = new ConnectError(message, code === 0 ? Code.Unknown : code)
  error.details = [...details]
  return error
}

/** Any thrown value as an error of ConnectRPC that is safe to send; an internal one is told to the log alone. */
export function toConnectError (error: unknown, log: FastifyBaseLogger): ConnectError {
  if (error instanceof ConnectError) return error
  const known = A2AError.from(error)
  if (known.name === 'InternalError') log.error({ err: known.cause ?? known }, 'a gRPC call failed')
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
