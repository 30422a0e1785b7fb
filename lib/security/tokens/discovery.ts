/** The metadata of an issuer: where its keys are (OpenID Connect Discovery 1.0 §4, RFC 8414 §3). */
import { errors, type JWTVerifyGetKey } from 'jose'
import type { KeyTimes, Targets } from '../options.ts'
import { openClient } from '../outgoing.ts'
import { remoteKeys } from './keys.ts'

/** How long metadata hold, and how long a server that has none is left alone, in ms. */
const maxAge = 3_600_000
const pause = 1_000

type Known = { readonly url: string, readonly getKey: JWTVerifyGetKey, readonly until: number }

/** Keys of an issuer that are looked for when they are first needed. @param url of the metadata */
export function discoveredKeys (url: string, issuer: string, times: KeyTimes, targets: Targets): JWTVerifyGetKey {
  const client = openClient(targets, url)
  let known: Known | undefined
  let underWay: Promise<Known> | undefined
  let failure: { error: unknown, until: number } | undefined

  async function discover (): Promise<Known> {
    const { status, body, isCutOff } = await client.request(url, { headers: { accept: 'application/json' } })
    if (status !== 200 || isCutOff) throw new Error(`the metadata of the issuer can't be had: ${status}`)
    const jwksUrl = readMetadata(body, issuer)
    const until = Date.now() + maxAge
    if (known?.url === jwksUrl) return { ...known, until }
    // Whoever named the issuer has named its host, too; of any other, only the issuer has.
    const isNamed = new URL(jwksUrl).hostname === new URL(url).hostname
    return { url: jwksUrl, until, getKey: remoteKeys(jwksUrl, times, targets, isNamed) }
  }

  async function current (): Promise<Known> {
    const now = Date.now()
    if (known !== undefined && known.until > now) return known
    if (failure !== undefined && failure.until > now) {
      if (known !== undefined) return known
      throw failure.error
    }
    underWay ??= discover().finally(() => { underWay = undefined })
    try {
      known = await underWay
      return known
    } catch (error) {
      failure = { error, until: Date.now() + pause }
      if (known !== undefined) return known
      throw error
    }
  }

  return async (header, token) => {
    const entry = await current()
    try {
      return await entry.getKey(header, token)
    } catch (error) {
      const areThere = error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys
      // Keys that can't be had may have moved.
      if (!areThere && known === entry) known = { ...entry, until: Date.now() + pause }
      throw error
    }
  }
}

/** @returns the URL of the keys */
function readMetadata (body: string, issuer: string): string {
  const metadata: unknown = JSON.parse(body)
  if (typeof metadata !== 'object' || metadata === null) throw new Error('the metadata of the issuer are no object')
  // Else one issuer could speak for another (OpenID Connect Discovery 1.0 §4.3).
  if (!('issuer' in metadata) || metadata.issuer !== issuer) throw new Error('the metadata are those of another issuer')
  if (!('jwks_uri' in metadata) || typeof metadata.jwks_uri !== 'string' || !URL.canParse(metadata.jwks_uri)) throw new Error('the metadata of the issuer name no jwks_uri')
  return metadata.jwks_uri
}
