/** Signs cards (A2A 1.0 §8.4.2). */
import type { AgentCardSignature } from '../../../schemas/v1/card.ts'
import { KeyRing } from '../keys/ring.ts'
import type { SigningKey } from '../keys/signing-key.ts'
import { payloadsToSign, type Readers } from './canonical.ts'
import type { SigningSettings } from './options.ts'

/** A card with its signatures, and until when to use them, in ms since 1970. */
export type SignedCard<T> = { readonly card: T & { signatures: AgentCardSignature[] }, readonly until: number }

export type CardSigner = {
  /** One signature for each key and each form in which clients verify. */
  sign<T extends object> (card: T, readers: Readers): Promise<SignedCard<T>>
  readonly ring: KeyRing
}

/** Texts whose signatures are remembered: extended cards may be of each caller. */
const remembered = 256

/** @throws MisuseError when a key is none, or can't sign */
export async function createCardSigner ({ keys, jku, compat, ttl }: SigningSettings, now: () => number = Date.now): Promise<CardSigner> {
  const ring = new KeyRing(keys, 'signing.keys')
  await ring.refresh()
  const made = new Map<string, { until: number, signature: Promise<AgentCardSignature> }>()

  function signOnce (key: SigningKey, payload: string): { until: number, signature: Promise<AgentCardSignature> } {
    const name = `${key.kid} ${payload}`
    const known = made.get(name)
    if (known !== undefined && known.until > now()) return known
    const time = now()
    const header = {
      typ: 'JOSE',
      ...jku !== undefined && { jku },
      ...ttl !== undefined && { iat: Math.floor(time / 1000), exp: Math.floor((time + ttl) / 1000) }
    }
    const entry = { until: ttl === undefined ? Infinity : time + ttl / 2, signature: key.sign(header, new TextEncoder().encode(payload)) }
    entry.signature.catch(() => { if (made.get(name) === entry) made.delete(name) })
    made.delete(name)
    made.set(name, entry)
    const [oldest] = made.keys()
    if (made.size > remembered && oldest !== undefined) made.delete(oldest)
    return entry
  }

  return {
    ring,
    sign: async (card, readers) => {
      const present = await ring.present()
      const entries = payloadsToSign(card, readers, { compat }).flatMap(payload => present.map(key => signOnce(key, payload)))
      const signatures = await Promise.all(entries.map(({ signature }) => signature))
      return { card: { ...card, signatures }, until: Math.min(now() + ring.lifetime, ...entries.map(({ until }) => until)) }
    }
  }
}
