/** Where the keys are by which tokens are checked. */
import { createLocalJWKSet, createRemoteJWKSet, customFetch, type JWK, type JWTVerifyGetKey } from 'jose'
import { securityDefaults as defaults } from '../../../schemas/security-options.ts'
import { MisuseError } from '../../agent/errors.ts'
import type { KeyTimes, Targets } from '../options.ts'
import { openClient } from '../outgoing.ts'

/** @throws MisuseError for what is no public key */
export function givenKeys (keys: readonly JWK[]): JWTVerifyGetKey {
  // What could sign has no place here; and a secret that is shared would make whoever checks one who signs.
  if (keys.some(({ kty, d }) => kty === 'oct' || d !== undefined)) throw new MisuseError('A2A_ERR_OPTIONS', 'a2a options: security: keys must be public keys')
  return createLocalJWKSet({ keys: [...keys] })
}

/** Kept, and asked for again where a token names a key that is not among them: but not more often than `jwksCooldown` allows. */
export function remoteKeys (url: string, { jwksCooldown = defaults.jwksCooldown, jwksMaxAge = defaults.jwksMaxAge }: KeyTimes, targets: Targets, isNamed = true): JWTVerifyGetKey {
  const client = openClient(targets, isNamed ? url : undefined)
  return createRemoteJWKSet(new URL(url), {
    cooldownDuration: jwksCooldown,
    cacheMaxAge: jwksMaxAge,
    timeoutDuration: targets.timeout,
    [customFetch]: async url => {
      const { status, body } = await client.request(url, { headers: { accept: 'application/jwk-set+json, application/json' } })
      return new Response(body, { status })
    }
  })
}
