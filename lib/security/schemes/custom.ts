import type { CustomOptions } from '../options.ts'
import { principalOf, type Scheme } from '../scheme.ts'

/** A function of the host. */
export function customScheme (scheme: string, { authenticate, challenge = 'Custom' }: CustomOptions): Scheme {
  return {
    authenticate: async credentials => {
      const identity = await authenticate(credentials)
      return identity === undefined ? undefined : { ...identity, ...principalOf(scheme, identity) }
    },
    challenge: { name: challenge }
  }
}
