import type { AgentCard } from '../../../schemas/v1/card.ts'

export type CachedCard = {
  readonly card: AgentCard
  readonly etag: string | undefined
  /** ms since the epoch; after that, it is asked for again. */
  readonly freshUntil: number
}

/** Cards by the URLs that they came from. A Map will do. */
export type CardCache = {
  get (url: string): CachedCard | undefined
  set (url: string, card: CachedCard): unknown
}

/** @param max cards that are kept; those that were set first leave first */
export function createCardCache (max = 1000): CardCache {
  const cards = new Map<string, CachedCard>()
  return {
    get: url => cards.get(url),
    set: (url, card) => {
      cards.delete(url)
      cards.set(url, card)
      const [oldest] = cards.keys()
      if (cards.size > max && oldest !== undefined) cards.delete(oldest)
    }
  }
}
