import type { JwtOptions, Targets } from '../options.ts'
import type { Scheme } from '../scheme.ts'
import { givenKeys, remoteKeys } from '../tokens/keys.ts'
import { createTokenCheck } from '../tokens/jwt.ts'
import { tokenScheme } from './token.ts'

/** Tokens of an issuer whose keys are known (RFC 7519, RFC 9068). */
export function jwtScheme (scheme: string, options: JwtOptions, targets: Targets): Scheme {
  const { keys, jwksUrl = '' } = options
  return tokenScheme(createTokenCheck(scheme, options, keys === undefined ? remoteKeys(jwksUrl, options, targets) : givenKeys(keys)))
}
