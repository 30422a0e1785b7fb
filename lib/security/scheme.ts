import type { Principal } from '../agent/executor.ts'
import type { Credentials } from './credentials.ts'
import type { Identity } from './options.ts'

/** A security scheme at work. */
export type Scheme = {
  /**
   * Undefined for a request that shows nothing of this kind. Asked again, it says the same again, unless it answers a promise.
   * @throws AuthError for credentials that are wrong
   * @throws A2AError Unavailable where they can't be checked at the moment
   */
  authenticate (credentials: Credentials): Principal | undefined | Promise<Principal | undefined>
  readonly challenge: Challenge
  /** Whether it looks at the body. */
  readonly needsBody?: boolean
}

/** How a client is asked for it (RFC 9110 §11.6.1). */
export type Challenge = {
  /** The name of the authentication scheme. */
  readonly name: string
  readonly params?: Readonly<Record<string, string>>
  /** Whether it has the parameters of RFC 6750: `error`, `error_description`, `scope`. */
  readonly isBearer?: boolean
}

/** @param scheme its name in the card */
export function principalOf (scheme: string, { id, scopes, claims }: Identity): Principal {
  const principal: { -readonly [Name in keyof Principal]: Principal[Name] } = { id, scheme }
  if (scopes !== undefined) principal.scopes = scopes
  if (claims !== undefined) principal.claims = claims
  return principal
}
