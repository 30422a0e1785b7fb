import type { JWTVerifyGetKey } from 'jose'
import { metadataUrl } from '../card.ts'
import type { OAuth2Options, Targets } from '../options.ts'
import type { Scheme } from '../scheme.ts'
import { discoveredKeys } from '../tokens/discovery.ts'
import { createIntrospection } from '../tokens/introspection.ts'
import { createTokenCheck } from '../tokens/jwt.ts'
import { givenKeys, remoteKeys } from '../tokens/keys.ts'
import { tokenScheme } from './token.ts'

/** Access tokens of an authorization server, however clients got them (A2A 1.0 §4.5.4). */
export function oauth2Scheme (scheme: string, options: OAuth2Options, targets: Targets): Scheme {
  const { introspection, issuer = '', audience = [] } = options
  if (introspection !== undefined) return tokenScheme(createIntrospection(scheme, introspection, targets))
  return tokenScheme(createTokenCheck(scheme, { ...options, issuer, audience }, keysOf(options, issuer, targets)))
}

function keysOf (options: OAuth2Options, issuer: string, targets: Targets): JWTVerifyGetKey {
  const { keys, jwksUrl } = options
  if (keys !== undefined) return givenKeys(keys)
  if (jwksUrl !== undefined) return remoteKeys(jwksUrl, options, targets)
  return discoveredKeys(options.metadataUrl ?? metadataUrl(issuer), issuer, options, targets)
}
