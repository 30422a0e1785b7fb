/** What the audit log says. */
import type { OperationName } from '../operations/operation.ts'

/** Who called, as far as that is known. */
export type AuditedPrincipal = { id: string, issuer?: string, scheme?: string }

/** What every record says. */
type Common = {
  /** ISO 8601, in UTC. */
  time: string
  /** The id of Fastify's request, as in the log. */
  requestId: string
  /** The trace that the caller is part of (W3C Trace Context), if it said so. */
  traceId?: string
  /** The address of the client. Behind a proxy, what `trustProxy` makes of it. */
  address: string
  /** Null for anonymous callers. */
  principal: AuditedPrincipal | null
  /** The id of the agent. */
  agent: string
  tenant?: string
}

/** One for each request to a binding. */
export type OperationRecord = Common & {
  event: 'operation'
  binding: string
  /** Null where the request did not say what it wants, or nobody could understand it. */
  operation: OperationName | null
  /** Of the protocol. */
  version?: string
  taskId?: string
  /** `aborted`: the client left before the answer, or before the end of a stream. */
  outcome: 'success' | 'refused' | 'failed' | 'aborted'
  /** The protocol's name of the error. */
  error?: string
  /** Of HTTP; also where the error of JSON-RPC is answered with 200. */
  status: number
  /** From the first byte of the request to the end of the answer, in ms. */
  latency: number
  /** What was asked for, where the option `content` has it: without its secrets. */
  params?: unknown
}

/** One for each decision on who somebody is. */
export type AuthenticationRecord = Common & {
  event: 'authentication'
  outcome: 'accepted' | 'refused'
  /** Why it was refused. */
  reason?: string
}

export type AuditRecord = OperationRecord | AuthenticationRecord

/** Where records go. */
export type AuditLog = {
  /** Whether records hold what was asked for. */
  readonly content: boolean
  write (record: AuditRecord): void
  close (): void
}

const redacted = '[redacted]'
const secrets = /^(token|credentials|authorization|password|passwd|secret|api[-_]?key|client[-_]?secret|access[-_]?token|refresh[-_]?token)$/i

/** A copy without what stands under the names of secrets, wherever it is. */
export function withoutSecrets (value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, secrets.test(key) ? redacted : withoutSecrets(member)]))
}
