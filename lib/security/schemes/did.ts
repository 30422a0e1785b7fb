/** Requests that an agent signs with a key of its DID: a short-lived JWT for one request, with the hash of its body. */
import { createHash } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, jwtVerify, type JWTPayload } from 'jose'
import { securityDefaults } from '../../../schemas/security-options.ts'
import { A2AError } from '../../protocol/errors.ts'
import { bodyClaim, hashBody } from '../../push/signing.ts'
import { AuthError, malformed } from '../auth-error.ts'
import { authorizationOf, type Credentials } from '../credentials.ts'
import { Replays } from '../did/replays.ts'
import { createResolver } from '../did/resolve.ts'
import type { DidKey } from '../did/web.ts'
import type { DidOptions, Targets } from '../options.ts'
import { openClient } from '../outgoing.ts'
import { principalOf, type Scheme } from '../scheme.ts'
import { toAuthError } from '../tokens/jwt.ts'

const defaults = securityDefaults.did
const algorithmsOf: Readonly<Record<string, string[]>> = { EC: ['ES256'], OKP: ['EdDSA', 'Ed25519'] }

export function didScheme (scheme: string, options: DidOptions, targets: Targets): Scheme {
  const { audience, methods = defaults.methods, clients, maxAge = defaults.maxAge, bodyHash = true, clockTolerance = securityDefaults.clockTolerance } = options
  const resolve = createResolver(openClient(targets))
  const replays = new Replays(options.remember ?? defaults.remember)
  const listed = clients && new Map(clients.map(({ did, ...identity }) => [did, identity]))
  const rules = { audience, clockTolerance: clockTolerance / 1000, maxTokenAge: maxAge / 1000, requiredClaims: ['exp', 'jti'] }

  async function verify (token: string, keys: readonly DidKey[]): Promise<JWTPayload> {
    let last: unknown = new AuthError('The DID has no key that has signed this')
    for (const { jwk } of keys) {
      try {
        return (await jwtVerify(token, jwk, { ...rules, algorithms: algorithmsOf[jwk.kty ?? ''] ?? [] })).payload
      } catch (error) {
        const failure = toAuthError(error)
        last = failure instanceof AuthError ? failure : new AuthError('The key of the DID can\'t be used')
      }
    }
    throw last
  }

  function useOnce (did: string, { jti, iat = 0, exp = 0 }: JWTPayload): void {
    const id = createHash('sha256').update(JSON.stringify([did, jti])).digest('base64url')
    const until = Math.min(exp * 1000, iat * 1000 + maxAge) + clockTolerance
    const use = replays.use(id, until)
    if (use === 'used') throw new AuthError('The signature has been used before')
    if (use === 'full') throw new A2AError('UnavailableError', 'Too many signatures at once', { retryAfter: 1000 })
  }

  return {
    needsBody: bodyHash,
    authenticate: async credentials => {
      const token = authorizationOf(credentials, 'bearer')
      if (token === undefined) return undefined
      const { did, kid } = readSigner(token)
      if (!methods.some(method => did.startsWith(`did:${method}:`))) throw new AuthError('The token is not signed by a DID that is taken here')
      const identity = listed === undefined ? {} : listed.get(did)
      // Before its document is asked for: nobody else makes this server ask.
      if (identity === undefined) throw new AuthError('The DID is not one of those that are let in')
      const keys = await resolve(did).catch(() => { throw new AuthError('The DID can\'t be resolved') })
      const claims = await verify(token, kid === undefined ? keys : keys.filter(({ id }) => id === kid || `${did}${kid}` === id))
      checkBody(claims, credentials, bodyHash)
      useOnce(did, claims)
      // What the token says of its own rights is nobody's word: only what is listed counts.
      return principalOf(scheme, { id: did, ...identity })
    },
    challenge: { name: 'Bearer', isBearer: true }
  }
}

/** As the token says it, which is not checked yet. */
function readSigner (token: string): { did: string, kid: string | undefined } {
  try {
    const { iss: did = '' } = decodeJwt(token)
    const { kid } = decodeProtectedHeader(token)
    if (did.length <= 512) return { did, kid }
  } catch {}
  throw malformed('The token is malformed')
}

/** A request without a body need not have its hash. @throws AuthError */
function checkBody (claims: JWTPayload, credentials: Credentials, isRequired: boolean): void {
  const claim = claims[bodyClaim]
  if (!isRequired) return
  const body = credentials.body()
  if (body === undefined) throw new AuthError('The body of this request can\'t be checked: this binding takes no signed bodies')
  if (claim === undefined && body.length === 0) return
  if (claim !== hashBody(body)) throw new AuthError('The signature is of another body')
}
