import { securityDefaults as defaults } from '../../../schemas/security-options.ts'
import { AuthError } from '../auth-error.ts'
import { cookieOf, headerOf, queryOf, type Credentials } from '../credentials.ts'
import type { ApiKeyOptions, Identity } from '../options.ts'
import { principalOf, type Scheme } from '../scheme.ts'
import { createSecretLookup } from '../secrets.ts'

const readers: Readonly<Record<NonNullable<ApiKeyOptions['in']>, (credentials: Credentials, name: string) => string | undefined>> = {
  header: headerOf, query: queryOf, cookie: cookieOf
}

/** A key in a header, the query or a cookie (A2A 1.0 §4.5.2). */
export function apiKeyScheme (scheme: string, { in: place = defaults.apiKey.in, name = defaults.apiKey.name, keys }: ApiKeyOptions): Scheme {
  const find = typeof keys === 'function' ? async (key: string) => await keys(key) : createSecretLookup(keys.map(entry => ({ secret: entry.key, value: entry })))
  const read = readers[place]
  const known = (identity: Identity | undefined) => {
    if (identity === undefined) throw new AuthError('The API key is not known')
    return principalOf(scheme, identity)
  }
  return {
    authenticate: credentials => {
      const key = read(credentials, name)
      if (key === undefined || key === '') return undefined
      const identity = find(key)
      return identity instanceof Promise ? identity.then(known) : known(identity)
    },
    challenge: { name: 'ApiKey', params: { in: place, name } }
  }
}
