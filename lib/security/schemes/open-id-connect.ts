import { discoveryUrl } from '../card.ts'
import type { OpenIdConnectOptions, Targets } from '../options.ts'
import type { Scheme } from '../scheme.ts'
import { discoveredKeys } from '../tokens/discovery.ts'
import { createTokenCheck } from '../tokens/jwt.ts'
import { tokenScheme } from './token.ts'

/** Tokens of a provider, which says itself where its keys are (OpenID Connect Discovery 1.0). */
export function openIdConnectScheme (scheme: string, options: OpenIdConnectOptions, targets: Targets): Scheme {
  const { issuer } = options
  return tokenScheme(createTokenCheck(scheme, options, discoveredKeys(discoveryUrl(issuer), issuer, options, targets)))
}
