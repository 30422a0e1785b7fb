import { hash } from 'node:crypto'
import { errors, jwtVerify, type CryptoKey, type JWTHeaderParameters, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions } from 'jose'
import { securityDefaults as defaults } from '../../../schemas/security-options.ts'
import type { Principal } from '../../agent/executor.ts'
import { A2AError } from '../../protocol/errors.ts'
import { AuthError, malformed } from '../auth-error.ts'
import type { Credentials } from '../credentials.ts'
import type { TokenRules } from '../options.ts'
import { checkBinding } from './binding.ts'
import { principalOfClaims } from './claims.ts'

/** @throws AuthError, or A2AError Unavailable where the keys can't be had */
export type TokenCheck = (token: string, credentials: Credentials) => Promise<Principal>

export function createTokenCheck (scheme: string, rules: TokenRules & { issuer: string | readonly string[] }, getKey: JWTVerifyGetKey): TokenCheck {
  const { issuer, audience, algorithms = defaults.algorithms, clockTolerance = defaults.clockTolerance, tokenType } = rules
  const options: JWTVerifyOptions = {
    issuer: [issuer].flat(),
    audience,
    algorithms: [...algorithms],
    clockTolerance: clockTolerance / 1000,
    requiredClaims: ['exp'],
    ...tokenType !== undefined && { typ: tokenType }
  }
  const known = new KnownTokens(getKey)
  return async (token, credentials) => {
    const claims = await known.find(token) ?? await verify(token, getKey, options, known)
    checkBinding(claims, credentials)
    return principalOfClaims(scheme, claims, rules)
  }
}

/** Tokens that are remembered. */
const maxKnown = 10_000

type KnownToken = { readonly header: JWTHeaderParameters, readonly key: unknown, readonly until: number, readonly claims: string }

/**
 * Tokens that were good: one comes with every request of its caller, and a signature costs as much as a request. What was right by a key
 * stays right by that key; so all that is looked at again is whether that is still the key, and what time it is.
 */
class KnownTokens {
  readonly #getKey: JWTVerifyGetKey
  /** By their digests, the oldest first. */
  readonly #tokens = new Map<string, KnownToken>()

  constructor (getKey: JWTVerifyGetKey) {
    this.#getKey = getKey
  }

  /** @returns the claims, or undefined where everything has to be checked */
  async find (token: string): Promise<JWTPayload | undefined> {
    const digest = digestOf(token)
    const known = this.#tokens.get(digest)
    if (known === undefined) return undefined
    const { header, key, until, claims } = known
    // What a caller does with the claims is not seen by the next one.
    if (until > Date.now() && await this.#isStill(key, header, token)) return JSON.parse(claims) as JWTPayload
    this.#tokens.delete(digest)
    return undefined
  }

  add (token: string, known: KnownToken): void {
    this.#tokens.set(digestOf(token), known)
    const [oldest] = this.#tokens.keys()
    if (this.#tokens.size > maxKnown && oldest !== undefined) this.#tokens.delete(oldest)
  }

  async #isStill (key: unknown, header: JWTHeaderParameters, token: string): Promise<boolean> {
    const [protectedHeader = '', payload = '', signature = ''] = token.split('.')
    try {
      return await this.#getKey(header, { protected: protectedHeader, payload, signature }) === key
    } catch {
      return false
    }
  }
}

function digestOf (token: string): string {
  return hash('sha256', token, 'base64url')
}

async function verify (token: string, getKey: JWTVerifyGetKey, options: JWTVerifyOptions, known: KnownTokens): Promise<JWTPayload> {
  try {
    const { payload, protectedHeader: header, key } = await jwtVerify(token, getKey, options)
    known.add(token, { header, key, until: (Number(payload.exp) + Number(options.clockTolerance)) * 1000, claims: JSON.stringify(payload) })
    return payload
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return await verifyByAny(token, error, options)
    throw toAuthError(error)
  }
}

/** A token need not say which of the keys has signed it. */
async function verifyByAny (token: string, keys: AsyncIterable<CryptoKey>, options: JWTVerifyOptions): Promise<JWTPayload> {
  for await (const key of keys) {
    try {
      return (await jwtVerify(token, key, options)).payload
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw toAuthError(error)
    }
  }
  throw toAuthError(new errors.JWSSignatureVerificationFailed())
}

/** What jose says holds parts of the token: it is told in our own words. */
export function toAuthError (error: unknown): AuthError | A2AError {
  if (error instanceof errors.JWTExpired) return new AuthError('The token has expired')
  if (error instanceof errors.JWTClaimValidationFailed) return new AuthError(claimFailures[error.claim] ?? `The token has no valid claim ${error.claim}`)
  if (error instanceof errors.JWSSignatureVerificationFailed) return new AuthError('The signature of the token is wrong')
  if (error instanceof errors.JWKSNoMatchingKey) return new AuthError('The token is signed by a key that is not known')
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) return new AuthError('The token is signed in a way that is not allowed')
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) return malformed('The token is malformed')
  return new A2AError('UnavailableError', 'The caller can\'t be authenticated at the moment', { retryAfter: 1000, cause: error })
}

const claimFailures: Readonly<Record<string, string>> = {
  aud: 'The token is for another audience',
  iss: 'The token has another issuer',
  nbf: 'The token is not valid yet',
  exp: 'The token does not say when it expires',
  typ: 'The token is of another type'
}
