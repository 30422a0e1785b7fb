import { AuthError } from '../auth-error.ts'
import { authorizationOf } from '../credentials.ts'
import type { BearerOptions } from '../options.ts'
import { principalOf, type Scheme } from '../scheme.ts'
import { createSecretLookup } from '../secrets.ts'

/** Tokens that say nothing by themselves (RFC 6750). */
export function bearerScheme (scheme: string, { tokens }: BearerOptions): Scheme {
  const find = typeof tokens === 'function' ? tokens : createSecretLookup(tokens.map(entry => ({ secret: entry.token, value: entry })))
  return {
    authenticate: async credentials => {
      const token = authorizationOf(credentials, 'bearer')
      if (token === undefined) return undefined
      const identity = await find(token)
      if (identity === undefined) throw new AuthError('The token is not known')
      return principalOf(scheme, identity)
    },
    challenge: { name: 'Bearer', isBearer: true }
  }
}
