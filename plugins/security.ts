import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import type { Principal } from '../lib/agent/executor.ts'
import type { Settings } from '../lib/agent/settings.ts'
import { A2AError } from '../lib/protocol/errors.ts'
import type { Authentication, Refused, AuthenticationContext } from '../lib/security/authenticator.ts'
import type { ClientCertificate, Credentials } from '../lib/security/credentials.ts'
import type { SecuritySettings } from '../lib/security/options.ts'
import { resourceMetadata } from '../lib/security/resource-metadata.ts'
import { noteAuthentication } from './audit.ts'
import { baseUrlOf } from './base-url.ts'
import { clientCertificate } from './client-certificate.ts'
import type { FailureLimit } from './rate-limits.ts'
import './types.ts'

/** A property of requests: a WeakMap would take microseconds of each. */
const authenticationKey = Symbol('fastify-a2a.authentication')

declare module 'fastify' {
  interface FastifyRequest {
    [authenticationKey]: Authentication | null
  }
}

/** What the caller of a request has shown; undefined where the options say nothing of security. */
export function authenticationOf (request: FastifyRequest): Authentication | undefined {
  return request[authenticationKey] ?? undefined
}

/**
 * Answers what authenticates the callers of all routes of a scope, before their bodies are read, unless a scheme has to look at
 * them. Whom a hook of the host has authenticated before is not asked again, but must have the scopes. Undefined where there is
 * no `security`.
 * @param failures counts what is wrong
 * @throws MisuseError when a scheme can't be set up
 */
export async function createAuthentication (settings: Settings, failures?: FailureLimit): Promise<((scope: FastifyInstance) => void) | undefined> {
  const { security } = settings
  if (security === undefined) return undefined
  const { createAuthenticator } = await import('../lib/security/authenticator.ts')
  const authenticator = createAuthenticator(security, settings.allowAnonymous === true)
  const shared: Shared = { settings, failures, hasMetadata: resourceMetadata(security, '') !== undefined }

  function authenticate (request: FastifyRequest, prefix: string): void | Promise<void> {
    const authentication = authenticator.authenticate(new RequestContext(request, prefix, shared))
    if (authentication instanceof Promise) return authentication.then(authentication => accept(request, authentication))
    accept(request, authentication)
  }

  /** Waits only where something has to be waited for: this comes before every request. */
  function admit (request: FastifyRequest, prefix: string): void | Promise<void> {
    // What a browser asks before it may ask.
    if (request.method === 'OPTIONS') return
    const isVouched = request.a2aPrincipal !== null && request.a2aPrincipal !== undefined
    if (isVouched || failures === undefined) return authenticate(request, prefix)
    return failures.check(request).then(() => authenticate(request, prefix), (error: unknown) => { throw refusedUnheard(request, error) })
  }

  return scope => {
    if (!scope.hasRequestDecorator(authenticationKey)) scope.decorateRequest(authenticationKey, null)
    scope.addHook(authenticator.needsBody ? 'preHandler' : 'onRequest', (request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction) => {
      let admitted: void | Promise<void>
      try {
        admitted = admit(request, scope.prefix)
      } catch (error) {
        return done(error as Error) // all that is thrown here is one
      }
      if (admitted instanceof Promise) admitted.then(() => done(), done)
      else done()
    })
  }
}

function accept (request: FastifyRequest, authentication: Authentication): void {
  const { principal } = authentication
  request[authenticationKey] = authentication
  request.a2aPrincipal = principal ?? null
  if (principal !== undefined) noteAuthentication(request, { outcome: 'accepted', principal })
}

function refusedUnheard (request: FastifyRequest, error: unknown): unknown {
  if (error instanceof A2AError) noteAuthentication(request, { outcome: 'refused', reason: error.message })
  return error
}

const metadataPath = '/.well-known/oauth-protected-resource'

/** Where OAuth clients read who gives them tokens for this agent (RFC 9728); nothing where nobody does. */
export const resourceMetadataRoute: FastifyPluginAsync<{ security: SecuritySettings, settings: Settings }> = async (fastify, { security, settings }) => {
  if (resourceMetadata(security, '') === undefined) return
  fastify.get(metadataPath, async (request, reply) => {
    const base = baseUrlOf(request, { settings }, fastify.prefix)
    return reply.header('cache-control', 'public, max-age=3600').send(resourceMetadata(security, `${base}${settings.paths.rpc.replace(/\/+$/, '')}`))
  })
}

/** By all requests of an agent. */
type Shared = { readonly settings: Settings, readonly failures: FailureLimit | undefined, readonly hasMetadata: boolean }

/** What authentication needs of a request, and tells it. */
class RequestContext implements AuthenticationContext {
  readonly credentials: Credentials
  readonly vouched: Principal | undefined
  readonly #request: FastifyRequest
  readonly #prefix: string
  readonly #shared: Shared

  constructor (request: FastifyRequest, prefix: string, shared: Shared) {
    this.credentials = new RequestCredentials(request)
    this.vouched = request.a2aPrincipal ?? undefined
    this.#request = request
    this.#prefix = prefix
    this.#shared = shared
  }

  resourceMetadata (): string | undefined {
    const { hasMetadata, settings } = this.#shared
    return hasMetadata ? `${baseUrlOf(this.#request, { settings }, this.#prefix)}${metadataPath}` : undefined
  }

  onRefused ({ is, ...refused }: Refused): void {
    const request = this.#request
    noteAuthentication(request, { outcome: 'refused', ...refused })
    if (is !== 'missing') request.log.warn(refused, 'credentials were refused')
    if (is === 'wrong') this.#shared.failures?.count(request).catch((err: unknown) => request.log.error({ err }, 'wrong credentials can\'t be counted'))
  }

  onOutage (error: unknown): void {
    this.#request.log.error({ err: error }, 'callers can\'t be authenticated at the moment')
  }
}

class RequestCredentials implements Credentials {
  readonly headers: Credentials['headers']
  readonly #request: FastifyRequest

  constructor (request: FastifyRequest) {
    this.headers = request.headers
    this.#request = request
  }

  certificate (): ClientCertificate | undefined {
    return clientCertificate(this.#request)
  }

  query (name: string): string | string[] | undefined {
    const { query } = this.#request
    // Of a query parser of the host, anything may come.
    const value: unknown = typeof query === 'object' && query !== null ? Reflect.get(query, name) : undefined
    return Array.isArray(value) ? value.map(String) : value === undefined ? undefined : String(value)
  }

  body (): Uint8Array | string | undefined {
    const body = this.#request.body ?? ''
    return typeof body === 'string' || body instanceof Uint8Array ? body : undefined
  }
}

/** Fastify's types know only serializers that answer text; pino takes what they answer as it is. */
type Serializer = (request: unknown) => string

/** Where a key stands in the query, Fastify's own log of requests must not repeat it. */
export function redaction ({ log }: FastifyInstance, security: SecuritySettings | undefined): { logSerializers?: { req: Serializer } } {
  const names = [...security?.schemes.values() ?? []].flatMap(scheme => scheme.type === 'apiKey' && scheme.in === 'query' ? [scheme.name ?? 'x-api-key'] : [])
  if (names.length === 0) return {}
  // pino's own name for what the host has set up; a logger of another kind has none.
  const host: Record<string, Serializer> = Reflect.get(log, Symbol.for('pino.serializers')) ?? {}
  const serialize: (request: unknown) => unknown = host.req ?? (request => request)
  const redacted = (request: unknown): unknown => {
    const logged = serialize(request)
    if (typeof logged !== 'object' || logged === null || !('url' in logged)) return logged
    return { ...logged, url: withoutValues(String(logged.url), names) }
  }
  return { logSerializers: { req: redacted as Serializer } }
}

function withoutValues (url: string, names: readonly string[]): string {
  const [path = '', query] = url.split('?', 2)
  if (query === undefined) return url
  const shown = query.split('&').map(pair => {
    const [name = ''] = pair.split('=', 1)
    return names.includes(decoded(name)) ? `${name}=[redacted]` : pair
  })
  return `${path}?${shown.join('&')}`
}

function decoded (name: string): string {
  try {
    return decodeURIComponent(name.replaceAll('+', ' '))
  } catch {
    return name
  }
}
