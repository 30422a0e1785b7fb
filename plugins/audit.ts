/** One record for each request to a binding, written when its answer is over. */
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { openAudit } from '../lib/audit/log.ts'
import { withoutSecrets, type AuditedPrincipal, type AuditLog, type OperationRecord } from '../lib/audit/record.ts'
import type { Settings } from '../lib/agent/settings.ts'
import type { Principal } from '../lib/agent/executor.ts'
import type { Call } from '../lib/operations/call.ts'
import type { OperationName } from '../lib/operations/operation.ts'
import type { A2AError } from '../lib/protocol/errors.ts'

/** What is known of a request, as far as it has come. */
type Trace = {
  readonly log: AuditLog
  readonly settings: Settings
  binding: string
  operation: OperationName | null
  readonly since: number
  agent?: string
  tenant?: string
  version?: string
  taskId?: string | undefined
  params?: unknown
  error?: A2AError
}

const traces = new WeakMap<FastifyRequest, Trace>()

/** Undefined where nothing is recorded. @throws MisuseError when its file can't be used */
export function startAudit ({ audit }: Settings, log: FastifyBaseLogger): AuditLog | undefined {
  return audit && openAudit(audit, log)
}

/** Records what goes through the routes of this scope. @param binding as the card names it */
export function record (scope: FastifyInstance, log: AuditLog, settings: Settings, binding: string): void {
  scope.addHook('onRequest', async (request, reply) => {
    const trace: Trace = { log, settings, binding, operation: null, since: performance.now() }
    traces.set(request, trace)
    let isWritten = false
    const write = (isWhole: boolean) => {
      if (isWritten) return
      isWritten = true
      log.write(recordOf(request, reply, trace, isWhole))
    }
    // An answer that was given ends with the first, one that broke off with the second alone; on HTTP/2 with both.
    reply.raw.once('finish', () => write(reply.raw.writableEnded))
    reply.raw.once('close', () => write(false))
  })
}

/** What the request is about, when that has been read. */
export function noteOperation (request: FastifyRequest, about: { operation: OperationName, tenant: string, version: string, params: unknown }): void {
  const trace = traces.get(request)
  if (trace === undefined) return
  const { operation, tenant, version, params } = about
  const taskId = taskOf(operation, params)
  Object.assign(trace, { operation, version, ...tenant !== '' && { tenant }, ...taskId !== undefined && { taskId }, ...trace.log.content && { params: withoutSecrets(params) } })
}

/** The agent that serves it. @returns what is told which task a message is for, where that is recorded */
export function noteAgent (request: FastifyRequest, agent: string): Call['onTask'] {
  const trace = traces.get(request)
  if (trace === undefined) return undefined
  trace.agent = agent
  return taskId => { trace.taskId = taskId }
}

export function noteError (request: FastifyRequest, error: A2AError): void {
  const trace = traces.get(request)
  if (trace !== undefined) trace.error = error
}

/** What was decided on who the caller is. */
export type AuthenticationDecision =
  | { outcome: 'accepted', principal: Principal }
  | { outcome: 'refused', reason: string, scheme?: string }

/** Records the decision, at once. */
export function noteAuthentication (request: FastifyRequest, decision: AuthenticationDecision): void {
  const trace = traces.get(request)
  if (trace === undefined) return
  const { outcome } = decision
  trace.log.write({
    event: 'authentication',
    ...commonOf(request, trace),
    principal: outcome === 'accepted' ? principalOf(decision.principal) : null,
    outcome,
    ...outcome === 'refused' && { reason: decision.reason }
  })
}

function recordOf (request: FastifyRequest, { raw: { statusCode } }: FastifyReply, trace: Trace, isWhole: boolean): OperationRecord {
  const { binding, operation, since, version, taskId, error, params } = trace
  return {
    event: 'operation',
    ...commonOf(request, trace),
    binding,
    operation,
    ...version !== undefined && { version },
    ...taskId !== undefined && { taskId },
    outcome: outcomeOf(statusCode, error, isWhole),
    ...error !== undefined && { error: error.name },
    status: statusCode,
    latency: Math.round((performance.now() - since) * 1000) / 1000,
    ...params !== undefined && { params }
  }
}

function commonOf (request: FastifyRequest, { agent, settings, tenant }: Trace) {
  const traceId = /^[\da-f]{2}-([\da-f]{32})-/.exec(String(request.headers.traceparent ?? ''))?.[1]
  return {
    time: new Date().toISOString(),
    requestId: request.id,
    ...traceId !== undefined && { traceId },
    address: request.ip,
    principal: request.a2aPrincipal === null || request.a2aPrincipal === undefined ? null : principalOf(request.a2aPrincipal),
    agent: agent ?? settings.id,
    ...tenant !== undefined && { tenant }
  }
}

/** Claims may hold what is nobody's business. */
function principalOf ({ id, issuer, scheme }: Principal): AuditedPrincipal {
  return { id, ...issuer !== undefined && { issuer }, ...scheme !== undefined && { scheme } }
}

function outcomeOf (status: number, error: A2AError | undefined, isWhole: boolean): OperationRecord['outcome'] {
  if (error === undefined && !isWhole) return 'aborted'
  const code = error?.statusCode ?? status
  if (code >= 500) return 'failed'
  return code >= 400 ? 'refused' : 'success'
}

/** The task that a request names, in the parameters of either version. */
function taskOf (operation: OperationName, params: unknown): string | undefined {
  const { id, taskId, message } = Object(params)
  const named = operation.startsWith('Send') ? Object(message).taskId : operation.includes('Push') ? taskId ?? id : id
  return typeof named === 'string' ? named.slice(0, 256) : undefined
}
