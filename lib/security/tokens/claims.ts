/** Claims of a token as a principal. */
import type { Principal } from '../../agent/executor.ts'
import { AuthError } from '../auth-error.ts'
import type { TokenRules } from '../options.ts'

type Claims = Readonly<Record<string, unknown>>

/** @throws AuthError for a token that does not say who it is */
export function principalOfClaims (scheme: string, claims: Claims, { idClaim, scopesClaim }: Pick<TokenRules, 'idClaim' | 'scopesClaim'>): Principal {
  const id = idClaim === undefined ? claims.sub ?? claims.client_id : claims[idClaim]
  if (typeof id !== 'string' || id === '') throw new AuthError('The token does not say who it is')
  const scopes = scopesOf(scopesClaim === undefined ? claims.scope ?? claims.scp : claims[scopesClaim])
  return { id, scheme, scopes, claims, ...typeof claims.iss === 'string' && { issuer: claims.iss } }
}

/** A list, or one text with spaces (RFC 8693 §4.2). */
function scopesOf (value: unknown): string[] {
  if (typeof value === 'string') return value.split(' ').filter(scope => scope !== '')
  return Array.isArray(value) ? value.filter(scope => typeof scope === 'string') : []
}
