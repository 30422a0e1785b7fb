import type { FastifyRequest } from 'fastify'
import type { Agent } from '../lib/agent/agent.ts'
import { A2AError } from '../lib/protocol/errors.ts'
import type { Call } from '../lib/operations/call.ts'
import './types.ts'

/** The first value of a header that should stand once. */
export function header (request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** What the caller says of the version, in the header or in the query; `''` for nothing (A2A 1.0 §3.6.1). */
export function askedVersion (request: FastifyRequest): string {
  const { query } = request
  const parameter = typeof query === 'object' && query !== null && 'A2A-Version' in query ? String(query['A2A-Version']) : ''
  return header(request, 'a2a-version')?.trim() || parameter.trim()
}

/** What is not one of our ids says nothing about where to resume. */
export function lastEventId (request: FastifyRequest): number | undefined {
  const id = header(request, 'last-event-id')
  return id !== undefined && /^\d{1,15}$/.test(id) ? Number(id) : undefined
}

/** The URL under which this client reaches the agent's prefix. Forwarded headers count under `trustProxy` alone. */
export function baseUrlOf (request: FastifyRequest, { settings }: Agent, prefix: string): string {
  return settings.publicUrl ?? `${request.protocol}://${request.host}${prefix}`
}

/** @throws A2AError when anonymous callers are not served */
export function callOf (request: FastifyRequest, agent: Agent, prefix: string, tenant = ''): Call {
  const principal = request.a2aPrincipal ?? undefined
  const { settings } = agent
  if (principal === undefined && settings.allowAnonymous === false) throw new A2AError('UnauthenticatedError')
  return {
    scope: { agent: settings.id, tenant, owner: principal?.id ?? '' },
    principal,
    tenant: tenant === '' ? undefined : tenant,
    extensions: extensionsOf(request),
    client: principal === undefined ? request.ip : `principal ${principal.id}`,
    baseUrl: baseUrlOf(request, agent, prefix),
    log: request.log
  }
}

const noExtensions: readonly string[] = []

/** `A2A-Extensions`, repeated or comma-separated; `X-A2A-Extensions` is its name in 0.3 (A2A 1.0 §3.2.6). */
function extensionsOf ({ headers }: FastifyRequest): readonly string[] {
  const value = headers['a2a-extensions'] ?? headers['x-a2a-extensions']
  if (value === undefined) return noExtensions
  return String(value).split(',').map(uri => uri.trim()).filter(uri => uri !== '').slice(0, 100)
}
