/** Signatures of notifications: a JWT over the hash of the body, and the keys by which it is checked. */
import { createHash } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, SignJWT, type CryptoKey, type JWK } from 'jose'
import { MisuseError } from '../agent/errors.ts'
import type { SignSettings, SigningKeys } from './options.ts'

/** What is signed. */
export type Statement = {
  /** The delivery: the same in every attempt. */
  id: string
  /** The URL that it is sent to. */
  audience: string
  issuer: string
  body: string
}

export type Signer = {
  /** A compact JWS. */
  sign (statement: Statement): Promise<string>
  /** The public keys (RFC 7517 §5). */
  jwks (): Promise<{ keys: JWK[] }>
}

/** The claim that holds the SHA-256 of the body, in hex. */
export const bodyClaim = 'request_body_sha256'

export function hashBody (body: string | Uint8Array): string {
  return createHash('sha256').update(body).digest('hex')
}

export type RingTimes = {
  /** How long a key has been published before it signs. */
  readonly lead: number
  /** How long a key is still published after it was withdrawn. */
  readonly keep: number
  /** How often keys are asked for. */
  readonly refresh: number
}

/** In ms: readers of the route may keep what they got for five minutes. */
const usualTimes: RingTimes = { lead: 600_000, keep: 3_600_000, refresh: 60_000 }

/** @throws MisuseError when a key is none, or can't sign */
export async function createSigner ({ keys, issuer, ttl }: SignSettings, times: RingTimes = usualTimes, now: () => number = Date.now): Promise<Signer> {
  const ring = new KeyRing(keys ?? [await ownKey()], times, now)
  await ring.refresh()
  return {
    sign: async statement => {
      const { key, alg, kid } = await ring.signing()
      const time = Math.floor(now() / 1000)
      return await new SignJWT({ [bodyClaim]: hashBody(statement.body) })
        .setProtectedHeader({ alg, kid, typ: 'JWT' })
        .setIssuer(issuer ?? statement.issuer)
        .setAudience(statement.audience)
        .setJti(statement.id)
        .setIssuedAt(time)
        .setExpirationTime(time + Math.ceil(ttl / 1000))
        .sign(key)
    },
    jwks: async () => ({ keys: await ring.published() })
  }
}

async function ownKey (): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { ...await exportJWK(privateKey), alg: 'ES256' }
}

type RingKey = {
  readonly kid: string
  readonly alg: string
  readonly key: CryptoKey | Uint8Array
  readonly public: JWK
  /** When it was first published. */
  readonly since: number
  /** When it was withdrawn. */
  gone: number | undefined
}

/** Keys that come and go without a gap: each is published before it signs, and after it has. */
class KeyRing {
  readonly #source: NonNullable<SignSettings['keys']>
  readonly #times: RingTimes
  readonly #now: () => number
  /** In the order of the source; then those that were withdrawn. */
  #keys: RingKey[] = []
  #refreshing: Promise<void> | undefined
  #refreshedAt = -Infinity

  constructor (source: NonNullable<SignSettings['keys']>, times: RingTimes, now: () => number) {
    this.#source = source
    this.#times = times
    this.#now = now
  }

  async signing (): Promise<RingKey> {
    await this.#refreshWhenDue()
    const there = this.#keys.filter(({ gone }) => gone === undefined)
    const [first] = there
    if (first === undefined) throw new MisuseError('A2A_ERR_OPTIONS', 'push.sign.keys answered no key')
    return there.find(({ since }) => since + this.#times.lead <= this.#now()) ?? first
  }

  async published (): Promise<JWK[]> {
    await this.#refreshWhenDue()
    return this.#keys.map(key => key.public)
  }

  /** @throws MisuseError */
  async refresh (): Promise<void> {
    const now = this.#now()
    const isFirst = this.#keys.length === 0
    const given: SigningKeys = typeof this.#source === 'function' ? await this.#source() : this.#source
    const known = new Map(this.#keys.map(key => [key.kid, key]))
    // What was there when the process began may have been there for long.
    const listed = await Promise.all(given.map(jwk => readKey(jwk, isFirst ? -Infinity : now)))
    const keys = listed.map(key => ({ ...key, since: known.get(key.kid)?.since ?? key.since }))
    const withdrawn = this.#keys
      .filter(({ kid }) => keys.every(key => key.kid !== kid))
      .map(key => ({ ...key, gone: key.gone ?? now }))
      .filter(({ gone }) => gone + this.#times.keep > now)
    this.#keys = [...keys, ...withdrawn]
    this.#refreshedAt = now
  }

  /** Keys that can't be had now are those of before. */
  async #refreshWhenDue (): Promise<void> {
    if (typeof this.#source !== 'function' || this.#now() - this.#refreshedAt < this.#times.refresh) return
    this.#refreshing ??= this.refresh().catch(() => { this.#refreshedAt = this.#now() }).finally(() => { this.#refreshing = undefined })
    await this.#refreshing
  }
}

async function readKey (jwk: JWK, since: number): Promise<RingKey> {
  try {
    const alg = jwk.alg ?? usualAlgorithm(jwk)
    const key = await importJWK(jwk, alg)
    if (jwk.d === undefined || key instanceof Uint8Array) throw new Error('it is not a private key')
    const kid = jwk.kid ?? await calculateJwkThumbprint(jwk)
    return { kid, alg, key, public: { ...publicPart(jwk), kid, alg, use: 'sig' }, since, gone: undefined }
  } catch (cause) {
    throw new MisuseError('A2A_ERR_OPTIONS', `a2a options: push.sign.keys holds a key that can't sign: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

function usualAlgorithm ({ kty, crv }: JWK): string {
  if (kty === 'EC') return ({ 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' } as Record<string, string>)[crv ?? ''] ?? 'ES256'
  return kty === 'OKP' ? 'EdDSA' : 'RS256'
}

/** Named one by one: what else a key holds stays here. */
function publicPart ({ kty, crv, x, y, n, e }: JWK): JWK {
  return {
    ...kty !== undefined && { kty },
    ...crv !== undefined && { crv },
    ...x !== undefined && { x },
    ...y !== undefined && { y },
    ...n !== undefined && { n },
    ...e !== undefined && { e }
  }
}
