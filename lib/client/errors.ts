/** What goes wrong between a client and an agent, and what an agent says has gone wrong, in any binding. */
import { A2AError, errorKinds, type ErrorDetail, type ErrorName, type FieldViolation } from '../protocol/errors.ts'
import { parseRetryAfter } from '../push/retry.ts'

export type ClientErrorCode =
  /** The agent could not be reached, or the connection broke. */
  | 'A2A_ERR_NETWORK'
  | 'A2A_ERR_TIMEOUT'
  /** A redirect, which is never followed. */
  | 'A2A_ERR_REDIRECT'
  | 'A2A_ERR_TOO_LARGE'
  /** There is no card, or what is there is none. */
  | 'A2A_ERR_CARD'
  /** The card offers nothing that this client speaks. */
  | 'A2A_ERR_INTERFACE'
  | 'A2A_ERR_CREDENTIALS'
  /** Something that was asked for is not to be trusted: another origin, a card without a signature. */
  | 'A2A_ERR_TRUST'
  /** A stream broke, and could not be taken up again. */
  | 'A2A_ERR_STREAM'
  /** No agent of the registry could do it. */
  | 'A2A_ERR_DELEGATION'

/** What no agent has said: the request did not arrive, or must not be sent. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly code: ClientErrorCode

  constructor (code: ClientErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** How an agent said it. */
export type BindingDetails = {
  readonly binding: 'JSONRPC' | 'HTTP+JSON' | 'GRPC'
  /** Of HTTP; of a status of gRPC, its code. */
  readonly status: number
  /** The error as it came, unknown fields and all. */
  readonly body: unknown
  /** `WWW-Authenticate` */
  readonly challenge?: string
}

type Told = {
  readonly name: ErrorName
  readonly message: string | undefined
  readonly details: readonly ErrorDetail[]
  readonly retryAfter: number | undefined
}

/** An error that an agent has answered with: its name is the protocol's, whatever the binding. */
export class RemoteError extends A2AError {
  readonly remote: BindingDetails
  readonly #details: readonly ErrorDetail[]

  constructor ({ name, message, details, retryAfter }: Told, remote: BindingDetails) {
    super(name, message, { metadata: metadataIn(details), violations: violationsIn(details), ...retryAfter !== undefined && { retryAfter } })
    this.remote = remote
    this.#details = details
  }

  /** Of a server that this error goes through: what another agent refuses is not what the server refuses. */
  override get statusCode (): number {
    return 502
  }

  /** As the agent sent them. */
  override get details (): ErrorDetail[] {
    return [...this.#details]
  }
}

export function invalidAnswer (message: string, cause?: unknown): A2AError {
  return new A2AError('InvalidAgentResponseError', message, { cause })
}

/** What of an HTTP response tells about its error. */
export type FailedResponse = { readonly status: number, header (name: string): string | undefined }

/** The `error` of a JSON-RPC response (A2A 1.0 §9.5). */
export function fromRpcError (error: unknown, response: FailedResponse): RemoteError {
  const { code, message, data } = asObject(error)
  const details = detailsIn(data)
  return remoteError('JSONRPC', nameByReason(details) ?? nameByCode(code) ?? 'InternalError', message, details, error, response)
}

/** The body of an HTTP+JSON error: `google.rpc.Status` (A2A 1.0 §11.6), or a JSON-RPC error as 0.3 has it. */
export function fromHttpError (body: unknown, response: FailedResponse): RemoteError {
  const outer = asObject(body)
  const { status, message = outer.message, details } = asObject(outer.error)
  const list = detailsIn(details)
  const name = nameByReason(list) ?? nameByCode(outer.code) ?? nameInText(message) ?? nameByGrpc(status) ?? nameByStatus(response.status)
  return remoteError('HTTP+JSON', name, message ?? outer.detail ?? outer.title, list, body, response)
}

/** A status of gRPC, and its code by name: `NOT_FOUND` (A2A 1.0 §10.6). */
export function fromGrpcStatus (status: { code: string, message: string, details: readonly ErrorDetail[] }, response: FailedResponse): RemoteError {
  const { code, message, details } = status
  return remoteError('GRPC', nameByReason(details) ?? nameInText(message) ?? nameByGrpc(code) ?? 'InternalError', message, details, status, response)
}

/** A response of which only the status can be read. */
export function fromStatus (binding: BindingDetails['binding'], text: string, response: FailedResponse): RemoteError {
  return remoteError(binding, nameByStatus(response.status), `The agent answered ${response.status}`, [], text.slice(0, 1000), response)
}

/** Whether another attempt may succeed where this one failed. */
export function isTransient (error: unknown): boolean {
  if (error instanceof ClientError) return error.code === 'A2A_ERR_NETWORK' || error.code === 'A2A_ERR_TIMEOUT'
  if (!(error instanceof RemoteError)) return false
  return error.name === 'UnavailableError' || error.name === 'ResourceExhaustedError' || [429, 502, 503, 504].includes(error.remote.status)
}

function remoteError (
  binding: BindingDetails['binding'], name: ErrorName, message: unknown, details: readonly ErrorDetail[], body: unknown, { status, header }: FailedResponse
): RemoteError {
  const challenge = header('www-authenticate')
  return new RemoteError({
    name,
    message: typeof message === 'string' && message !== '' ? message : undefined,
    details,
    retryAfter: parseRetryAfter(header('retry-after'), Date.now()) ?? retryDelayIn(details)
  }, { binding, status, body, ...challenge !== undefined && { challenge } })
}

const names = Object.keys(errorKinds) as ErrorName[] // the keys of a constant

function nameByCode (code: unknown): ErrorName | undefined {
  return names.find(name => errorKinds[name].code === code)
}

function nameByReason (details: readonly ErrorDetail[]): ErrorName | undefined {
  const { reason } = detailOf(details, 'ErrorInfo')
  return names.find(name => errorKinds[name].reason === reason)
}

/** Servers without details begin with the name, or with the protocol's own words: `TaskNotFoundError: ...`, `Task not found: ...`. */
function nameInText (message: unknown): ErrorName | undefined {
  const [words] = typeof message === 'string' ? message.split(':', 1) : []
  return names.find(name => name === words || errorKinds[name].message === words)
}

/** Of the names that share a code, the ones without a meaning of their own. */
const grpcNames: Readonly<Record<string, ErrorName>> = {
  NOT_FOUND: 'NotFoundError',
  FAILED_PRECONDITION: 'UnsupportedOperationError',
  INVALID_ARGUMENT: 'InvalidParamsError',
  UNIMPLEMENTED: 'MethodNotFoundError',
  UNAVAILABLE: 'UnavailableError',
  RESOURCE_EXHAUSTED: 'ResourceExhaustedError',
  UNAUTHENTICATED: 'UnauthenticatedError',
  PERMISSION_DENIED: 'PermissionDeniedError',
  ABORTED: 'TaskGenerationMismatchError'
}

function nameByGrpc (status: unknown): ErrorName | undefined {
  return typeof status === 'string' && Object.hasOwn(grpcNames, status) ? grpcNames[status] : undefined
}

function nameByStatus (status: number): ErrorName {
  switch (status) {
    case 401: return 'UnauthenticatedError'
    case 403: return 'PermissionDeniedError'
    case 404: return 'NotFoundError'
    case 405: case 501: return 'MethodNotFoundError'
    case 415: return 'ContentTypeNotSupportedError'
    case 429: return 'ResourceExhaustedError'
    case 502: case 503: case 504: return 'UnavailableError'
    default: return status >= 500 ? 'InternalError' : 'InvalidRequestError'
  }
}

function detailsIn (value: unknown): ErrorDetail[] {
  const isDetail = (item: unknown): item is ErrorDetail => typeof asObject(item)['@type'] === 'string'
  return Array.isArray(value) ? value.filter(isDetail) : []
}

function detailOf (details: readonly ErrorDetail[], type: string): Record<string, unknown> {
  return details.find(detail => detail['@type'].endsWith(`google.rpc.${type}`)) ?? {}
}

function metadataIn (details: readonly ErrorDetail[]): Record<string, string> {
  const { metadata } = detailOf(details, 'ErrorInfo')
  return Object.fromEntries(Object.entries(asObject(metadata)).map(([key, value]) => [key, String(value)]))
}

function violationsIn (details: readonly ErrorDetail[]): FieldViolation[] {
  const { fieldViolations } = detailOf(details, 'BadRequest')
  const list: unknown[] = Array.isArray(fieldViolations) ? fieldViolations : []
  return list.map(asObject).map(({ field, description }) => ({ field: String(field ?? ''), description: String(description ?? '') }))
}

/** `google.rpc.RetryInfo`, a duration such as `1.5s`. @returns ms */
function retryDelayIn (details: readonly ErrorDetail[]): number | undefined {
  const { retryDelay } = detailOf(details, 'RetryInfo')
  const [, seconds] = /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(String(retryDelay ?? '')) ?? []
  return seconds === undefined ? undefined : Number(seconds) * 1000
}

function asObject (value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
