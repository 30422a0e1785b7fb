/** Whether a notification is from whom it says it is: by what the client registered, and by the agent's signature. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { createLocalJWKSet, createRemoteJWKSet, customFetch, jwtVerify, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { createGuardedClient } from '../../http/client.ts'
import { createGuard } from '../../http/guard.ts'
import { A2AError } from '../../protocol/errors.ts'
import { pushHeaders } from '../delivery.ts'
import { bodyClaim, hashBody } from '../signing.ts'

type OfTask<T> = T | ((taskId: string) => T | undefined | Promise<T | undefined>)

/** What must be right; all of what is given. */
export type Proofs = {
  /** The `token` that was registered, or a function that answers that of a task. */
  token?: OfTask<string>
  /** The `authentication` that was registered, or a function that answers that of a task. */
  authentication?: OfTask<{ scheme: string, credentials: string }>
  /** The agent signs what it sends. */
  signature?: {
    /** The URL of the agent's keys, or the keys themselves. */
    jwks: string | URL | JSONWebKeySet
    /** Who must have signed. Default: whoever has one of the keys. */
    issuer?: string
    /** The URL that was registered, which the signature names. Default: not looked at. */
    audience?: string
    /** How old a signature may be, in ms. Default: 300,000. */
    maxAge?: number
  }
}

export type Headers = Readonly<Record<string, string | string[] | undefined>>

/** What a signature says of a notification. */
export type Signed = { readonly id: string, readonly issuer: string | undefined }

/** Those with which nobody can sign who can only check. */
const algorithms = ['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
/** By how much clocks may differ, in seconds. */
const clockTolerance = 30
const keysSize = 1024 * 1024

/** @throws A2AError Unauthenticated */
export type SignatureCheck = (headers: Headers, body: Uint8Array) => Promise<Signed>

export function createSignatureCheck ({ jwks, issuer, audience, maxAge = 300_000 }: NonNullable<Proofs['signature']>): SignatureCheck {
  const getKey = keysOf(jwks)
  return async (headers, body) => {
    const signature = header(headers, pushHeaders.signature) ?? /^Bearer (\S+)$/i.exec(header(headers, 'authorization') ?? '')?.[1]
    if (signature === undefined) throw notAuthentic()
    try {
      const { payload } = await jwtVerify(signature, getKey, {
        algorithms, clockTolerance, maxTokenAge: maxAge / 1000, requiredClaims: ['jti', bodyClaim], ...issuer !== undefined && { issuer }, ...audience !== undefined && { audience }
      })
      if (payload[bodyClaim] !== hashBody(body)) throw new Error('the signature is of another body')
      return { id: String(payload.jti), issuer: payload.iss }
    } catch (cause) {
      throw notAuthentic(cause)
    }
  }
}

/** @throws A2AError Unauthenticated */
export async function checkRegistered ({ token, authentication }: Proofs, taskId: string, headers: Headers): Promise<void> {
  if (token !== undefined) {
    const expected = typeof token === 'function' ? await token(taskId) : token
    if (!isSame(expected, header(headers, pushHeaders.token))) throw notAuthentic()
  }
  if (authentication === undefined) return
  const expected = typeof authentication === 'function' ? await authentication(taskId) : authentication
  const [, scheme = '', credentials] = /^(\S+) (.*)$/.exec(header(headers, 'authorization') ?? '') ?? []
  if (scheme.toLowerCase() !== expected?.scheme.toLowerCase() || !isSame(expected.credentials, credentials)) throw notAuthentic()
}

export function header (headers: Headers, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** Kept, and asked for again where a signature names a key that is not among them. */
function keysOf (jwks: string | URL | JSONWebKeySet): JWTVerifyGetKey {
  if (typeof jwks === 'object' && 'keys' in jwks) return createLocalJWKSet(jwks)
  const url = new URL(jwks)
  // Whoever runs this has named the place: it may be a private one, but it is this one.
  const guard = createGuard({ http: url.protocol === 'http:', allow: [url.hostname.replace(/^\[(.*)\]$/, '$1')] })
  const client = createGuardedClient(guard, { connections: 1, timeout: 5000, maxSize: keysSize })
  return createRemoteJWKSet(url, {
    [customFetch]: async url => {
      const { status, body } = await client.request(url, { headers: { accept: 'application/jwk-set+json, application/json' } })
      return new Response(body, { status })
    }
  })
}

/** Takes as long whatever is wrong. */
function isSame (expected: string | undefined, actual: string | undefined): boolean {
  if (expected === undefined || actual === undefined) return false
  return timingSafeEqual(sha256(expected), sha256(actual))
}

function sha256 (text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function notAuthentic (cause?: unknown): A2AError {
  return new A2AError('UnauthenticatedError', 'The notification is not authentic', { cause })
}
