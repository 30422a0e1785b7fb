/** The card over HTTP: serialized once, and only sent to who does not have it (A2A 1.0 §8.6). */
import { createHash } from 'node:crypto'

/** A card as HTTP answers it (A2A 1.0 §8.6.1). */
export type CardResponse = {
  /** JSON */
  readonly body: string
  /** Strong, with its quotes: a hash of the body. */
  readonly etag: string
  /** When this process first saw this content, as an HTTP date. */
  readonly lastModified: string
}

/**
 * Answers the response for `card`, which is what it is made of, from what `build` returns when it is not known yet.
 * @param key what the response depends on beside the card: base URL and version
 */
export type CardCache = (card: object, key: string, build: () => object) => CardResponse

/**
 * @param options.max how many keys are remembered, the latest. Without a `publicUrl` the base URL comes from the
 *   Host header, of which a client may invent any number. Default: 100.
 */
export function createCardCache ({ max = 100, now = Date.now }: { max?: number, now?: () => number } = {}): CardCache {
  const entries = new Map<string, { card: object, response: CardResponse }>()
  return (card, key, build) => {
    const known = entries.get(key)
    if (known?.card === card) return known.response
    const response = cardResponse(build(), known?.response, now())
    entries.delete(key)
    entries.set(key, { card, response })
    if (entries.size > max) dropOldest(entries)
    return response
  }
}

/** @param last what was answered until now: equal content keeps its date */
export function cardResponse (card: object, last?: CardResponse, now: number = Date.now()): CardResponse {
  const body = JSON.stringify(card)
  const etag = `"${createHash('sha256').update(body).digest('base64url')}"`
  return last?.etag === etag ? last : Object.freeze({ body, etag, lastModified: new Date(now).toUTCString() })
}

/** The conditional headers of a request, as Node names them. */
export type ConditionalHeaders = { 'if-none-match'?: string | undefined, 'if-modified-since'?: string | undefined }

/** Whether the client has this content already, so that the answer is 304 (RFC 9110 §13.2.2). */
export function isFresh (headers: ConditionalHeaders, { etag, lastModified }: Pick<CardResponse, 'etag' | 'lastModified'>): boolean {
  const ifNoneMatch = headers['if-none-match']
  // Where both are there, only the entity tag counts (§13.1.3).
  if (ifNoneMatch !== undefined) return ifNoneMatch.trim() === '*' || entityTags(ifNoneMatch).includes(etag)
  const ifModifiedSince = headers['if-modified-since']
  // A date that is none compares as NaN: it is ignored.
  return ifModifiedSince !== undefined && Date.parse(ifModifiedSince) >= Date.parse(lastModified)
}

/** Without `W/`: If-None-Match compares weakly (§13.1.2). A tag may hold commas. */
function entityTags (list: string): string[] {
  return list.match(/"[^"]*"/g) ?? []
}

function dropOldest (entries: Map<string, unknown>): void {
  const [key] = entries.keys()
  if (key !== undefined) entries.delete(key)
}
