/** The option `signing`, and what becomes of it. */
import { signingDefaults as defaults } from '../../../schemas/signing-options.ts'
import { given } from '../../agent/options/given.ts'
import type { KeySources } from '../keys/signing-key.ts'

export type SigningOptions = {
  /**
   * Private keys, each of which signs: JWK, PEM, or `{ alg, publicKey, sign }` for one that a service keeps. Or a function
   * that answers them, which is asked again from time to time.
   */
  keys: KeySources
  /** Where signatures say that the keys are; false for nothing. Default: the URL of `path`. */
  jku?: string | false
  /** Where the public keys are, under the prefix. Default: `/.well-known/jwks.json`, as for push notifications. */
  path?: string
  /** Signs the forms that the official SDKs verify, too, where they differ from the specification's. Default: true. */
  compat?: boolean
  /** How long a signature holds, in ms; it is made again at half of that. Default: as long as its key does. */
  ttl?: number
}

export type SigningSettings = {
  readonly keys: KeySources
  readonly jku: string | undefined
  readonly path: string
  readonly compat: boolean
  readonly ttl: number | undefined
}

/** @param option checked already @param publicUrl without a slash at its end */
export function resolveSigning (option: SigningOptions | undefined, publicUrl: string | undefined): SigningSettings | undefined {
  if (option === undefined) return undefined
  const { keys, jku, ttl } = option
  const { path, compat } = { ...defaults, ...given({ path: option.path, compat: option.compat }) }
  const place = publicUrl === undefined ? undefined : `${publicUrl}${path}`
  return Object.freeze({ keys, jku: jku === false ? undefined : jku ?? place, path, compat, ttl })
}
