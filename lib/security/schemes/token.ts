import { authorizationOf } from '../credentials.ts'
import type { Scheme } from '../scheme.ts'
import type { TokenCheck } from '../tokens/jwt.ts'

/** Bearer tokens, checked one way or another (RFC 6750 §2.1). */
export function tokenScheme (check: TokenCheck): Scheme {
  return {
    authenticate: async credentials => {
      const token = authorizationOf(credentials, 'bearer')
      return token === undefined ? undefined : await check(token, credentials)
    },
    challenge: { name: 'Bearer', isBearer: true }
  }
}
