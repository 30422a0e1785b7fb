/** One catalogue of what may go wrong on the wire, with its form in every binding (A2A 1.0 §3.3.2, §5.4, §9.5). */

type ErrorKind = {
  /** JSON-RPC error code. */
  readonly code: number
  readonly http: number
  readonly grpc: string
  /** `google.rpc.ErrorInfo.reason`. */
  readonly reason: string
  readonly message: string
}

export const errorKinds = {
  TaskNotFoundError: { code: -32001, http: 404, grpc: 'NOT_FOUND', reason: 'TASK_NOT_FOUND', message: 'Task not found' },
  TaskNotCancelableError: { code: -32002, http: 400, grpc: 'FAILED_PRECONDITION', reason: 'TASK_NOT_CANCELABLE', message: 'Task cannot be canceled' },
  PushNotificationNotSupportedError: { code: -32003, http: 400, grpc: 'FAILED_PRECONDITION', reason: 'PUSH_NOTIFICATION_NOT_SUPPORTED', message: 'Push notifications are not supported' },
  UnsupportedOperationError: { code: -32004, http: 400, grpc: 'FAILED_PRECONDITION', reason: 'UNSUPPORTED_OPERATION', message: 'This operation is not supported' },
  ContentTypeNotSupportedError: { code: -32005, http: 400, grpc: 'INVALID_ARGUMENT', reason: 'CONTENT_TYPE_NOT_SUPPORTED', message: 'Incompatible content types' },
  InvalidAgentResponseError: { code: -32006, http: 500, grpc: 'INTERNAL', reason: 'INVALID_AGENT_RESPONSE', message: 'Invalid agent response' },
  ExtendedAgentCardNotConfiguredError: { code: -32007, http: 400, grpc: 'FAILED_PRECONDITION', reason: 'EXTENDED_AGENT_CARD_NOT_CONFIGURED', message: 'Extended agent card is not configured' },
  ExtensionSupportRequiredError: { code: -32008, http: 400, grpc: 'FAILED_PRECONDITION', reason: 'EXTENSION_SUPPORT_REQUIRED', message: 'Extension support is required' },
  VersionNotSupportedError: { code: -32009, http: 400, grpc: 'FAILED_PRECONDITION', reason: 'VERSION_NOT_SUPPORTED', message: 'Protocol version is not supported' },
  /** Drafted for A2A 1.1. */
  TaskGenerationMismatchError: { code: -32010, http: 409, grpc: 'ABORTED', reason: 'TASK_GENERATION_MISMATCH', message: 'Task generation mismatch' },

  JSONParseError: { code: -32700, http: 400, grpc: 'INVALID_ARGUMENT', reason: 'JSON_PARSE', message: 'Invalid JSON payload' },
  InvalidRequestError: { code: -32600, http: 400, grpc: 'INVALID_ARGUMENT', reason: 'INVALID_REQUEST', message: 'Request payload validation error' },
  MethodNotFoundError: { code: -32601, http: 404, grpc: 'UNIMPLEMENTED', reason: 'METHOD_NOT_FOUND', message: 'Method not found' },
  InvalidParamsError: { code: -32602, http: 400, grpc: 'INVALID_ARGUMENT', reason: 'INVALID_PARAMS', message: 'Invalid parameters' },
  InternalError: { code: -32603, http: 500, grpc: 'INTERNAL', reason: 'INTERNAL', message: 'Internal error' },

  UnavailableError: { code: -32050, http: 503, grpc: 'UNAVAILABLE', reason: 'UNAVAILABLE', message: 'The agent is not available right now' },
  ResourceExhaustedError: { code: -32051, http: 429, grpc: 'RESOURCE_EXHAUSTED', reason: 'RESOURCE_EXHAUSTED', message: 'Too many requests' },
  UnauthenticatedError: { code: -32052, http: 401, grpc: 'UNAUTHENTICATED', reason: 'UNAUTHENTICATED', message: 'Authentication is required' },
  PermissionDeniedError: { code: -32053, http: 403, grpc: 'PERMISSION_DENIED', reason: 'PERMISSION_DENIED', message: 'Permission denied' },
  NotFoundError: { code: -32054, http: 404, grpc: 'NOT_FOUND', reason: 'NOT_FOUND', message: 'Not found' }
} as const satisfies Record<string, ErrorKind>

export type ErrorName = keyof typeof errorKinds

/** A field of the request that is wrong, named as in `message.parts[0].text`. */
export type FieldViolation = { field: string, description: string }

/** One object of `google.rpc.Status.details`, in ProtoJSON. */
export type ErrorDetail = { '@type': string, [key: string]: unknown }

export type A2AErrorOptions = {
  /** Context for `google.rpc.ErrorInfo.metadata`. */
  metadata?: Record<string, string>
  violations?: readonly FieldViolation[]
  /** When to try again, in ms. */
  retryAfter?: number
  /** For `WWW-Authenticate` (RFC 9110 §11.6.1). */
  challenges?: readonly string[]
  cause?: unknown
}

const noChallenges: readonly string[] = []

/** An error that a client is told about. Its message goes on the wire: no secrets, no internals. */
export class A2AError extends Error {
  override readonly name: ErrorName
  readonly kind: ErrorKind
  readonly metadata: Readonly<Record<string, string>>
  readonly violations: readonly FieldViolation[]
  readonly retryAfter: number | undefined
  readonly challenges: readonly string[]

  constructor (name: ErrorName, message?: string, options: A2AErrorOptions = {}) {
    super(message ?? errorKinds[name].message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = name
    this.kind = errorKinds[name]
    this.metadata = options.metadata ?? {}
    this.violations = options.violations ?? []
    this.retryAfter = options.retryAfter
    this.challenges = options.challenges ?? noChallenges
  }

  /** JSON-RPC error code. */
  get code (): number {
    return this.kind.code
  }

  /** The HTTP status, where Fastify and the hooks of the host look for it. Over JSON-RPC most errors are answered with 200. */
  get statusCode (): number {
    return this.kind.http
  }

  /** `google.rpc` details: what is wrong in the request, and what kind of error it is. */
  get details (): ErrorDetail[] {
    const details: ErrorDetail[] = []
    if (this.violations.length > 0) {
      details.push({ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: this.violations })
    }
    if (this.retryAfter !== undefined) {
      details.push({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${Math.ceil(this.retryAfter / 1000)}s` })
    }
    details.push({
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: this.kind.reason,
      domain: 'a2a-protocol.org',
      ...Object.keys(this.metadata).length > 0 && { metadata: this.metadata }
    })
    return details
  }

  /** Any thrown value as an error that is safe to send: what is not ours becomes an InternalError. */
  static from (error: unknown): A2AError {
    return error instanceof A2AError ? error : new A2AError('InternalError', undefined, { cause: error })
  }
}

export function taskNotFound (taskId: string): A2AError {
  return new A2AError('TaskNotFoundError', undefined, { metadata: { taskId } })
}

/** @param violations each names its field and what is expected there */
export function invalidParams (...violations: FieldViolation[]): A2AError {
  const text = violations.map(({ field, description }) => field === '' ? description : `${field} ${description}`).join('; ')
  return new A2AError('InvalidParamsError', text === '' ? undefined : `Invalid parameters: ${text}`, { violations })
}
