export type CachedCard = {
  /** As it came: whoever takes it checks it anew. */
  readonly source: unknown
  readonly etag: string | undefined
  /** ms since the epoch; after that, it is asked for again. */
  readonly freshUntil: number
}

/** Cards by the URLs that they came from, and the headers that they were asked for with. A Map will do. */
export type CardCache = {
  get (key: string): CachedCard | undefined
  set (key: string, card: CachedCard): unknown
}

/** @param max cards that are kept; those that were set first leave first */
export function createCardCache (max = 1000): CardCache {
  const cards = new Map<string, CachedCard>()
  return {
    get: key => cards.get(key),
    set: (key, card) => {
      cards.delete(key)
      cards.set(key, card)
      const [oldest] = cards.keys()
      if (cards.size > max && oldest !== undefined) cards.delete(oldest)
    }
  }
}
