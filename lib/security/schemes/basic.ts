import { AuthError, malformed } from '../auth-error.ts'
import { authorizationOf } from '../credentials.ts'
import type { BasicOptions } from '../options.ts'
import { principalOf, type Scheme } from '../scheme.ts'
import { createSecretLookup } from '../secrets.ts'

/** A name and a password (RFC 7617). */
export function basicScheme (scheme: string, { users }: BasicOptions): Scheme {
  const find = typeof users === 'function' ? users : findAmong(users)
  return {
    authenticate: async credentials => {
      const encoded = authorizationOf(credentials, 'basic')
      if (encoded === undefined) return undefined
      const [, username, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? []
      if (username === undefined || password === undefined) throw malformed('The Authorization header is malformed')
      const identity = await find(username, password)
      if (identity === undefined) throw new AuthError('The name or the password is wrong')
      return principalOf(scheme, identity)
    },
    challenge: { name: 'Basic', params: { charset: 'UTF-8' } }
  }
}

/** A name has no colon: joined, both are one secret. */
function findAmong (users: Exclude<BasicOptions['users'], (...args: never[]) => unknown>) {
  const find = createSecretLookup(users.map(user => ({ secret: `${user.username}:${user.password}`, value: { ...user, id: user.id ?? user.username } })))
  return (username: string, password: string) => find(`${username}:${password}`)
}
