import type { Readers } from './canonical.ts'
import type { CardSigner } from './signer.ts'

/** Answers the signed card for `source`, made and signed when it is not known yet: once for each content, and not for each request. */
export type SignedCards = (source: object, key: string, build: () => object, readers: Readers) => Promise<object>

/** @param options.max how many keys are remembered, the latest */
export function createSignedCards (signer: CardSigner, { max = 100, now = Date.now }: { max?: number, now?: () => number } = {}): SignedCards {
  const entries = new Map<string, Promise<{ source: object, card: object, until: number }>>()
  return async (source, key, build, readers) => {
    const known = await entries.get(key)?.catch(() => undefined)
    if (known?.source === source && known.until > now()) return known.card
    const entry = signer.sign(build(), readers).then(
      signed => ({ source, ...signed }),
      error => {
        // A signature holds twice as long as it is used: who keeps the keys may be out of reach for a while.
        if (known?.source === source) return known
        throw error
      }
    )
    entries.delete(key)
    entries.set(key, entry)
    const [oldest] = entries.keys()
    if (entries.size > max && oldest !== undefined) entries.delete(oldest)
    return (await entry).card
  }
}
