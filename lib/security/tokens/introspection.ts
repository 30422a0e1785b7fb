/** Tokens about which their authorization server is asked (RFC 7662). */
import { createHash } from 'node:crypto'
import { securityDefaults as defaults } from '../../../schemas/security-options.ts'
import { A2AError } from '../../protocol/errors.ts'
import { AuthError } from '../auth-error.ts'
import type { IntrospectionOptions, Targets } from '../options.ts'
import { openClient } from '../outgoing.ts'
import { checkBinding } from './binding.ts'
import { principalOfClaims } from './claims.ts'
import type { TokenCheck } from './jwt.ts'

type Claims = Readonly<Record<string, unknown>>

/** Answers that are kept. */
const maxAnswers = 10_000

export function createIntrospection (scheme: string, options: IntrospectionOptions, targets: Targets): TokenCheck {
  const { cache = defaults.introspectionCache } = options
  const ask = introspect(options, targets)
  const { origin } = new URL(options.url)
  /** The oldest first. */
  const answers = new Map<string, { claims: Promise<Claims>, until: number }>()

  /** A token that was not taken may be made good by its issuer: only what is active is kept. */
  function cached (token: string): Promise<Claims> {
    const key = createHash('sha256').update(token).digest('base64url')
    const known = answers.get(key)
    if (known !== undefined && known.until > Date.now()) return known.claims
    const claims = ask(token)
    answers.delete(key)
    answers.set(key, { claims, until: Date.now() + cache })
    claims.then(({ active }) => { if (active !== true) answers.delete(key) }, () => answers.delete(key))
    for (const [oldest] of answers) {
      if (answers.size <= maxAnswers) break
      answers.delete(oldest)
    }
    return claims
  }

  return async (token, credentials) => {
    const claims = await (cache === 0 ? ask(token) : cached(token))
    checkAnswer(claims, options)
    checkBinding(claims, credentials)
    // An answer need not name the issuer: without one, an id of this server would be that of any other.
    return { issuer: origin, ...principalOfClaims(scheme, claims, options) }
  }
}

function checkAnswer (claims: Claims, { issuer, audience }: IntrospectionOptions): void {
  if (claims.active !== true) throw new AuthError('The token is not active')
  if (typeof claims.exp === 'number' && claims.exp * 1000 <= Date.now()) throw new AuthError('The token has expired')
  if (issuer !== undefined && claims.iss !== issuer) throw new AuthError('The token has another issuer')
  if (audience !== undefined && ![audience].flat().some(wanted => [claims.aud].flat().includes(wanted))) throw new AuthError('The token is for another audience')
}

function introspect ({ url, clientId, clientSecret }: IntrospectionOptions, targets: Targets): (token: string) => Promise<Claims> {
  const client = openClient(targets, url)
  // Both are encoded first (RFC 6749 §2.3.1).
  const authorization = `Basic ${Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`).toString('base64')}`
  const headers = { authorization, accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' }
  return async token => {
    try {
      const body = new URLSearchParams({ token, token_type_hint: 'access_token' }).toString()
      const answer = await client.request(url, { method: 'POST', headers, body })
      if (answer.status !== 200 || answer.isCutOff) throw new Error(`the introspection endpoint answered ${answer.status}`)
      return readAnswer(answer.body)
    } catch (cause) {
      throw new A2AError('UnavailableError', 'The caller can\'t be authenticated at the moment', { retryAfter: 1000, cause })
    }
  }
}

function formEncoded (text: string): string {
  return new URLSearchParams({ _: text }).toString().slice(2)
}

function readAnswer (body: string): Claims {
  const claims: unknown = JSON.parse(body)
  if (typeof claims !== 'object' || claims === null) throw new Error('the introspection endpoint answered no object')
  return { ...claims }
}
