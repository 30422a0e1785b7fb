/** `WWW-Authenticate` (RFC 9110 §11.6.1, RFC 6750 §3). */
import type { Challenge } from './scheme.ts'

export type Refusal = {
  readonly realm: string
  readonly error?: string
  readonly description?: string
  readonly scopes?: readonly string[]
  /** Where OAuth clients read who gives them tokens (RFC 9728 §5.1). */
  readonly resourceMetadata?: string
}

/** Each once: several schemes may ask for the same. */
export function formatChallenges (challenges: ReadonlyArray<{ challenge: Challenge, refusal: Refusal }>): string[] {
  return [...new Set(challenges.map(({ challenge, refusal }) => formatChallenge(challenge, refusal)))]
}

function formatChallenge ({ name, params = {}, isBearer = false }: Challenge, { realm, error, description, scopes = [], resourceMetadata }: Refusal): string {
  const all: Record<string, string | undefined> = {
    realm,
    ...params,
    ...isBearer && {
      error,
      error_description: description,
      scope: scopes.length === 0 ? undefined : scopes.join(' '),
      resource_metadata: resourceMetadata
    }
  }
  const given = Object.entries(all).flatMap(([key, value]) => value === undefined ? [] : [`${key}=${quoted(value)}`])
  return `${name} ${given.join(', ')}`
}

/** What a header can't hold is left out. */
function quoted (text: string): string {
  return `"${text.replaceAll(/[^\x20-\x7e]/g, '').replaceAll(/["\\]/g, '\\$&')}"`
}
