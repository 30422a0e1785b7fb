import type { CustomOptions } from '../options.ts'
import { principalOf, type Scheme } from '../scheme.ts'

/** A function of the host. */
export function customScheme (scheme: string, { authenticate, challenge = 'Custom' }: CustomOptions): Scheme {
  return {
    authenticate: async credentials => {
      // It may take apart what it gets.
      const identity = await authenticate({
        headers: credentials.headers,
        certificate: () => credentials.certificate(),
        query: name => credentials.query(name),
        body: () => credentials.body()
      })
      return identity === undefined ? undefined : { ...identity, ...principalOf(scheme, identity) }
    },
    challenge: { name: challenge }
  }
}
