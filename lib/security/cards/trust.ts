/** Whose keys a client trusts. What a card says of its own keys is never enough. */
import { createPublicKey } from 'node:crypto'
import { calculateJwkThumbprint, createRemoteJWKSet, customFetch, importJWK, type CryptoKey, type JWK, type JWSHeaderParameters } from 'jose'
import { createGuardedClient, type GuardedClient } from '../../http/client.ts'
import { get } from '../../http/get.ts'
import { createGuard } from '../../http/guard.ts'
import { signatureAlgorithms } from '../keys/signing-key.ts'

export type CardTrust = {
  /** Pinned public keys, JWK or PEM. A JWK may say until when it holds: `exp`, in seconds since 1970. */
  keys?: ReadonlyArray<JWK | string>
  /** URLs of JWKS whose keys are trusted. A signature without `jku` may be of any of them. */
  jwks?: readonly string[]
  /** Origins (`https://agents.example.com`): a `jku` at one of them is trusted, whatever its path. */
  issuers?: readonly string[]
  /** Ids of keys that are not trusted any more, wherever they are still found. */
  revoked?: readonly string[]
  /** Default: all those of JWS with public keys. */
  algorithms?: readonly string[]
  /** For fetching keys, in ms. Default: 5,000. */
  timeout?: number
}

/** A key that is trusted, as far as it has not expired. */
export type TrustedKey = { readonly key: CryptoKey | Uint8Array, readonly expires: number | undefined }

/** Answers the key, or why there is none: no such key, or its place can't be reached. */
export type FindKey = (header: JWSHeaderParameters) => Promise<TrustedKey | { readonly missing: 'unknown' | 'unavailable', readonly reason: string }>

export type KeyFinder = { find: FindKey, close (): Promise<void> }

const keysSize = 1024 * 1024

/** @throws Error when a pinned key is none, or a URL is not https */
export async function createKeyFinder (trust: CardTrust): Promise<KeyFinder> {
  const { revoked = [], algorithms = signatureAlgorithms } = trust
  const pinned = await Promise.all((trust.keys ?? []).map(readPublic))
  const listed = (trust.jwks ?? []).map(url => new URL(url).href)
  const issuers = (trust.issuers ?? []).map(issuer => new URL(issuer).origin)
  const client = clientFor([...listed, ...issuers], trust.timeout ?? 5_000)
  const sets = new Map<string, ReturnType<typeof remoteKeys>>()

  function setAt (url: string): ReturnType<typeof remoteKeys> {
    const set = sets.get(url) ?? remoteKeys(url, client)
    sets.set(url, set)
    return set
  }

  /** Where the keys of a signature may be. */
  function placesOf (jku: unknown): string[] {
    if (typeof jku !== 'string') return listed
    if (!URL.canParse(jku)) return []
    const { href, origin, username, password } = new URL(jku)
    const isTrusted = listed.includes(href) || (issuers.includes(origin) && username === '' && password === '')
    return isTrusted ? [href] : []
  }

  async function find (header: JWSHeaderParameters): ReturnType<FindKey> {
    const { kid, alg, jku } = header
    if (alg === undefined || !algorithms.includes(alg)) return { missing: 'unknown', reason: `its algorithm ${JSON.stringify(alg)} is not trusted` }
    if (kid !== undefined && revoked.includes(kid)) return { missing: 'unknown', reason: `the key ${JSON.stringify(kid)} has been revoked` }
    const own = pinned.find(jwk => jwk.kid === kid && (jwk.alg === undefined || jwk.alg === alg))
    if (own !== undefined) return { key: await importJWK(own, alg), expires: expiryOf(own) }
    const places = placesOf(jku)
    let unavailable: string | undefined
    for (const place of places) {
      const set = setAt(place)
      try {
        const key = await set(header)
        return { key, expires: expiryOf(set.jwks()?.keys.find(jwk => jwk.kid === kid)) }
      } catch (error) {
        if (!isMismatch(error)) unavailable = `the keys at ${place} can't be had: ${error instanceof Error ? error.message : String(error)}`
      }
    }
    if (unavailable !== undefined) return { missing: 'unavailable', reason: unavailable }
    const where = places.length > 0 || jku === undefined ? '' : `, and its jku ${JSON.stringify(jku)} is not trusted`
    return { missing: 'unknown', reason: `the key ${JSON.stringify(kid)} is not known${where}` }
  }

  return { find, close: () => client.close() }
}

async function readPublic (source: JWK | string): Promise<JWK> {
  // The members are those of RFC 7517; Node's type allows any other beside them.
  const jwk = typeof source === 'string' ? createPublicKey(source).export({ format: 'jwk' }) as JWK : source
  return { ...jwk, kid: jwk.kid ?? await calculateJwkThumbprint(jwk) }
}

function expiryOf (jwk: JWK | undefined): number | undefined {
  return jwk !== undefined && 'exp' in jwk && typeof jwk.exp === 'number' ? jwk.exp : undefined
}

/** Whoever trusts a place has named it: it may be a private one, but it is this one. */
function clientFor (places: readonly string[], timeout: number): GuardedClient {
  const urls = places.map(place => new URL(place))
  const hosts = urls.map(({ hostname }) => hostname.replace(/^\[(.*)\]$/, '$1'))
  const guard = createGuard({ http: urls.some(({ protocol }) => protocol === 'http:'), allow: hosts, only: hosts })
  return createGuardedClient(guard, { connections: 1, timeout, maxSize: keysSize })
}

/** Kept, and asked for again where a signature names a key that is not among them. */
function remoteKeys (url: string, client: GuardedClient) {
  return createRemoteJWKSet(new URL(url), {
    [customFetch]: async url => {
      const { body } = await get(client, url, { headers: { accept: 'application/jwk-set+json, application/json' } })
      return new Response(body)
    }
  })
}

function isMismatch (error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ERR_JWKS_NO_MATCHING_KEY' || error.code === 'ERR_JWKS_MULTIPLE_MATCHING_KEYS')
}
