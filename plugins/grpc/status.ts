/** Errors as gRPC has them: a status, with details of google.rpc (A2A 1.0 §10.6). */
import { create, toBinary } from '@bufbuild/protobuf'
import { anyPack } from '@bufbuild/protobuf/wkt'
import { Code } from '@connectrpc/connect'
import { StatusSchema } from '../../schemas/proto/gen/google/rpc/status_pb.ts'
import { toDetail, type Detail } from '../../lib/grpc/details.ts'
import { wellFormed } from '../../lib/grpc/text.ts'
import { A2AError } from '../../lib/protocol/errors.ts'
import { HttpError } from '../http-errors.ts'

/** How a call has ended. */
export type Status = {
  /** 0 where all went well. */
  readonly code: 0 | Code
  readonly message: string
  readonly details: readonly Detail[]
  /** Of `www-authenticate`, as in HTTP: how to authenticate. */
  readonly challenges?: readonly string[]
}

export const ok: Status = { code: 0, message: '', details: [] }
export const deadlineExceeded: Status = { code: Code.DeadlineExceeded, message: 'The deadline of the call has passed; what it began goes on', details: [] }
export const canceled: Status = { code: Code.Canceled, message: 'The call was canceled', details: [] }

export function statusOf (error: A2AError): Status {
  const { message, details, challenges } = error
  return { code: codeOf(error), message, details: details.map(toDetail), challenges }
}

/** Streams end with it when the server does: they can be resumed elsewhere. */
export function shutdownStatus (): Status {
  return statusOf(new A2AError('UnavailableError', 'The server is shutting down', { retryAfter: 1000 }))
}

/** The status as metadata, in the names and forms of gRPC. */
export function trailersOf ({ code, message, details, challenges = [] }: Status): Record<string, string> {
  return {
    'grpc-status': String(code),
    ...message !== '' && { 'grpc-message': percentEncoded(message) },
    ...details.length > 0 && { 'grpc-status-details-bin': detailsBin(code, message, details) },
    ...challenges.length > 0 && { 'www-authenticate': challenges.join(', ') }
  }
}

/** Only what is not printable, as clients expect it. */
function percentEncoded (message: string): string {
  return wellFormed(message).replaceAll(/[^\x20-\x24\x26-\x7e]+/g, encodeURIComponent)
}

function detailsBin (code: number, message: string, details: readonly Detail[]): string {
  const status = create(StatusSchema, { code, message, details: details.map(({ desc, value }) => anyPack(desc, value)) })
  return Buffer.from(toBinary(StatusSchema, status)).toString('base64').replace(/=+$/, '')
}

const codes: Readonly<Record<string, Code>> = {
  INVALID_ARGUMENT: Code.InvalidArgument,
  NOT_FOUND: Code.NotFound,
  PERMISSION_DENIED: Code.PermissionDenied,
  RESOURCE_EXHAUSTED: Code.ResourceExhausted,
  FAILED_PRECONDITION: Code.FailedPrecondition,
  ABORTED: Code.Aborted,
  UNIMPLEMENTED: Code.Unimplemented,
  INTERNAL: Code.Internal,
  UNAVAILABLE: Code.Unavailable,
  UNAUTHENTICATED: Code.Unauthenticated
}

function codeOf (error: A2AError): Code {
  // What is too large says so here by another code than in HTTP.
  if (error instanceof HttpError && error.statusCode === 413) return Code.ResourceExhausted
  return codes[error instanceof HttpError ? error.grpc : error.kind.grpc] ?? Code.Unknown
}
