import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Agent } from '../lib/agent/agent.ts'
import type { Directory } from '../lib/agent/directory.ts'
import type { Principal } from '../lib/agent/executor.ts'
import type { Settings } from '../lib/agent/settings.ts'
import { A2AError } from '../lib/protocol/errors.ts'
import { compile } from '../lib/protocol/validate.ts'
import { clientOf, ownerOf } from '../lib/security/owner.ts'
import { GetExtendedAgentCardRequest } from '../schemas/v1/requests.ts'
import { authorizeOperation } from '../lib/operations/authorize.ts'
import type { Call } from '../lib/operations/call.ts'
import { activate } from '../lib/operations/extensions.ts'
import type { OperationName } from '../lib/operations/operation.ts'
import { baseUrlOf } from './base-url.ts'
import { authenticationOf } from './security.ts'
import { noteAgent, noteAuthentication } from './audit.ts'
import type { Gate } from './gate.ts'
import './types.ts'

export { baseUrlOf }

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

/** Whom a request is for, and what it asks for. */
export type Target = {
  readonly prefix: string
  readonly tenant: string
  readonly operation: OperationName
  readonly gate: Gate | undefined
}

/** The agent that serves a request, and the call as its operation takes it. */
export type Entry = { readonly agent: Agent, readonly call: Call }

/**
 * What every binding of HTTP does before an operation: lets the caller in, finds the agent of the tenant, and activates
 * extensions, which the answer then says (A2A 1.0 §3.2.6).
 * @throws A2AError for who is not let in, an unknown tenant, who calls too often, and an extension that is required
 */
export function enter (request: FastifyRequest, reply: FastifyReply, agents: Directory, target: Target): Entry | Promise<Entry> {
  const admitted = target.gate?.admit(request, reply, target.operation)
  return admitted === undefined ? found(request, reply, agents, target) : admitted.then(() => found(request, reply, agents, target))
}

function found (request: FastifyRequest, reply: FastifyReply, agents: Directory, target: Target): Entry | Promise<Entry> {
  const agent = findAgent(request, agents, target.tenant)
  return agent instanceof Promise ? agent.then(agent => call(request, reply, agent, target)) : call(request, reply, agent, target)
}

function call (request: FastifyRequest, reply: FastifyReply, agent: Agent, target: Target): Entry | Promise<Entry> {
  const call = callOf(request, agent, target)
  return call instanceof Promise ? call.then(call => begin(reply, agent, call)) : begin(reply, agent, call)
}

function begin (reply: FastifyReply, agent: Agent, given: Call): Entry | Promise<Entry> {
  const { operation } = given
  if (agent.settings.authorize !== undefined && withoutTask.includes(operation)) {
    return authorizeOperation(agent, given).then(() => activated(reply, agent, given))
  }
  return activated(reply, agent, given)
}

/** Operations that are never about a task. */
const withoutTask: readonly OperationName[] = ['ListTasks', 'GetExtendedAgentCard']

function activated (reply: FastifyReply, agent: Agent, given: Call): Entry | Promise<Entry> {
  const call = activate(agent, given, given.operation)
  if (!(call instanceof Promise)) return { agent, call }
  return call.then(call => {
    if (call.extensions.length > 0) reply.header('a2a-extensions', call.extensions.join(', '))
    return { agent, call }
  })
}

const checkTenant = compile(GetExtendedAgentCardRequest)

/**
 * The tenant that the parameters of 1.0 name, `''` for none: it must be known before they are checked as a whole.
 * @throws A2AError InvalidParams
 */
export function namedTenant (params: unknown): string {
  if (typeof params !== 'object' || params === null || !('tenant' in params)) return ''
  return checkTenant(params).tenant ?? ''
}

/**
 * The agent of a tenant, for a caller that is let in: who is not does not learn which tenants there are.
 * @throws A2AError when anonymous callers are not served, or the tenant is not known
 */
export function findAgent (request: FastifyRequest, agents: Directory, tenant: string): Agent | Promise<Agent> {
  return agents.find(tenant, principalOf(request, agents.settings))
}

/** @throws A2AError when anonymous callers are not served */
function principalOf (request: FastifyRequest, { allowAnonymous }: Settings): Principal | undefined {
  const { a2aPrincipal } = request
  if (a2aPrincipal === null || a2aPrincipal === undefined) {
    if (allowAnonymous === false) throw refused(request, 'no credentials')
    return undefined
  }
  // Without a name of its own, it would own what anonymous callers do.
  if (typeof a2aPrincipal.id !== 'string' || a2aPrincipal.id === '') throw refused(request, 'no id', 'The caller has no id')
  return a2aPrincipal
}

function refused (request: FastifyRequest, reason: string, message?: string): A2AError {
  noteAuthentication(request, { outcome: 'refused', reason })
  return new A2AError('UnauthenticatedError', message)
}

/** @throws A2AError when anonymous callers are not served */
export function callOf (request: FastifyRequest, agent: Agent, target: Target): Call | Promise<Call> {
  const { settings } = agent
  const { tenant, operation } = target
  const caller = { principal: principalOf(request, settings), onTask: noteAgent(request, settings.id) }
  const owner = ownerOf(caller.principal, settings.owner, { headers: request.headers, tenant: tenant === '' ? undefined : tenant, operation })
  return owner instanceof Promise ? callOfOwner(request, agent, target, caller, owner) : callBy(request, agent, target, caller, owner)
}

async function callOfOwner (request: FastifyRequest, agent: Agent, target: Target, caller: Caller, owner: Promise<string>): Promise<Call> {
  return callBy(request, agent, target, caller, await owner)
}

type Caller = Pick<Call, 'principal' | 'onTask'>

function callBy (request: FastifyRequest, agent: Agent, { prefix, tenant, operation }: Target, { principal, onTask }: Caller, owner: string): Call {
  return {
    scope: { agent: agent.settings.id, tenant, owner },
    operation,
    principal,
    authentication: authenticationOf(request),
    tenant: tenant === '' ? undefined : tenant,
    extensions: extensionsOf(request),
    headers: request.headers,
    client: clientOf(principal, request.ip),
    baseUrl: baseUrlOf(request, agent, prefix),
    log: request.log,
    onTask
  }
}

const noExtensions: readonly string[] = []

/** `A2A-Extensions`, repeated or comma-separated; `X-A2A-Extensions` is its name in 0.3 (A2A 1.0 §3.2.6). */
function extensionsOf ({ headers }: FastifyRequest): readonly string[] {
  const value = headers['a2a-extensions'] ?? headers['x-a2a-extensions']
  if (value === undefined) return noExtensions
  return String(value).split(',').map(uri => uri.trim()).filter(uri => uri !== '').slice(0, 100)
}
