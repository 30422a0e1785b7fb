/** What ConnectRPC throws, as the errors that other bindings throw. */
import { Code, ConnectError } from '@connectrpc/connect'
import { fromDetail } from '../../../grpc/details.ts'
import { ClientError, fromGrpcStatus, fromStatus, invalidAnswer, type FailedResponse } from '../../errors.ts'

/** @param signal of the call: where it has fired, its reason is what counts */
export function fromConnectError (thrown: unknown, { origin }: URL, maxSize: number, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason
  const error = ConnectError.from(thrown)
  const { code, metadata, rawMessage } = error
  if (metadata.has('grpc-status') || metadata.has('grpc-status-details-bin')) return fromAgent(error, origin)
  const [, status] = /^HTTP (\d{3})$/.exec(rawMessage) ?? []
  if (status !== undefined) return fromHttp(error, Number(status), origin)
  if (code === Code.DeadlineExceeded) return new ClientError('A2A_ERR_TIMEOUT', `${origin} took too long`, { cause: error })
  if (code === Code.ResourceExhausted && rawMessage.includes('readMaxBytes')) return new ClientError('A2A_ERR_TOO_LARGE', `An answer of ${origin} is larger than ${maxSize} bytes`, { cause: error })
  if (isNonsense(rawMessage)) return invalidAnswer(`${origin} answers something else than gRPC: ${rawMessage}`, error)
  return new ClientError('A2A_ERR_NETWORK', `${origin} can't be reached, or the connection broke: ${rawMessage}`, { cause: error })
}

/** What the agent says by a status (A2A 1.0 §10.6). */
function fromAgent (error: ConnectError, origin: string): Error {
  const { code, rawMessage: message } = error
  if (code === Code.DeadlineExceeded) return new ClientError('A2A_ERR_TIMEOUT', `${origin} says that it took too long`, { cause: error })
  if (code === Code.Canceled) return new ClientError('A2A_ERR_NETWORK', `${origin} has ended the call: ${message}`, { cause: error })
  const details = error.details.flatMap(detail => 'type' in detail ? fromDetail(detail.type, detail.value) : [])
  return fromGrpcStatus({ code: nameOf(code), message, details }, responseOf(error, code))
}

/** What stands before the agent says it in the terms of HTTP. */
function fromHttp (error: ConnectError, status: number, origin: string): Error {
  const response = responseOf(error, status)
  if (status < 300 || status >= 400) return fromStatus('GRPC', '', response)
  return new ClientError('A2A_ERR_REDIRECT', `${origin} redirects to ${response.header('location') ?? 'another place'}, and redirects are not followed`, { cause: error })
}

function responseOf ({ metadata }: ConnectError, status: number): FailedResponse {
  return { status, header: name => metadata.get(name) ?? undefined }
}

/** As gRPC spells it: `NOT_FOUND`. */
function nameOf (code: Code): string {
  return Code[code].replaceAll(/(?<=[a-z])[A-Z]/g, '_$&').toUpperCase()
}

/** Of an answer that is whole, but not one of gRPC. */
function isNonsense (message: string): boolean {
  return /^(parse binary|unsupported |protocol error: (received|missing output))/.test(message)
}
