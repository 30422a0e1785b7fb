/** Finding a card: at the well-known path, at the older one, or at a URL of its own; kept as long as HTTP says (A2A 1.0 §8.2, §8.6). */
import type { AgentCard } from '../../../schemas/v1/card.ts'
import { ClientError } from '../errors.ts'
import { startDeadline } from '../http/deadline.ts'
import { drop, readText, type Exchange } from '../http/exchange.ts'
import { tryJson } from '../transports/http-call.ts'
import type { CachedCard, CardCache } from './cache.ts'
import { readCard } from './read.ts'

export type CardRequest = {
  readonly exchange: Exchange
  readonly cache: CardCache
  readonly headers: Readonly<Record<string, string>>
  /** In ms. */
  readonly timeout: number
  readonly maxSize: number
  readonly signal?: AbortSignal | undefined
  readonly verify?: VerifyCard | undefined
}

/** Checks a card as it came. What it answers is what somebody vouches for: the client goes by that, else by the card. */
export type VerifyCard = (card: object) => Vouched | Promise<Vouched>

type Vouched = { readonly card: object } | undefined | void

/** @throws what `verify` throws, and ClientError A2A_ERR_CARD for what is no card */
export async function checkCard (source: unknown, verify: VerifyCard | undefined): Promise<AgentCard> {
  if (verify === undefined || typeof source !== 'object' || source === null) return readCard(structuredClone(source))
  const vouched = await verify(structuredClone(source))
  return readCard(structuredClone(vouched?.card ?? source))
}

const wellKnown = ['/.well-known/agent-card.json', '/.well-known/agent.json'] as const

/** @throws ClientError A2A_ERR_CARD, which says what was found where */
export async function fetchCard (target: string, request: CardRequest): Promise<{ card: AgentCard, url: string }> {
  const problems: string[] = []
  for (const url of placesOf(target)) {
    const found = await ask(url, request)
    if (typeof found === 'string') {
      problems.push(found)
      continue
    }
    return { card: await checkCard(found.source, request.verify), url }
  }
  throw new ClientError('A2A_ERR_CARD', `There is no agent card: ${problems.join('; ')}`)
}

/** What ends in `.json`, or has a query, is the URL of a card; else the card is at the well-known paths below, then at the origin's. */
function placesOf (target: string): string[] {
  if (!/^https?:/i.test(target) || !URL.canParse(target)) throw new ClientError('A2A_ERR_CARD', `The URL of an agent must be one of http: or https:, got ${target}`)
  const url = new URL(target)
  if (url.username !== '' || url.password !== '') throw new ClientError('A2A_ERR_CARD', 'The URL of an agent must not hold a password: give credentials by the option')
  if (url.pathname.endsWith('.json') || url.search !== '') return [url.href]
  const base = `${url.origin}${url.pathname.replace(/\/+$/, '')}`
  return [...new Set([...wellKnown.map(path => `${base}${path}`), ...wellKnown.map(path => `${url.origin}${path}`)])]
}

/** @returns why there is none */
async function ask (url: string, { exchange, cache, headers, timeout, maxSize, signal }: CardRequest): Promise<CachedCard | string> {
  const key = Object.keys(headers).length === 0 ? url : `${url} ${JSON.stringify(headers)}`
  const known = cache.get(key)
  if (known !== undefined && known.freshUntil > Date.now()) return known
  const deadline = startDeadline(timeout, `The card at ${url}`, signal)
  try {
    const request = {
      method: 'GET' as const,
      url,
      headers: {
        accept: 'application/a2a+json, application/json',
        'user-agent': 'fastify-a2a',
        ...headers,
        ...known?.etag !== undefined && { 'if-none-match': known.etag }
      },
      signal: deadline.signal
    }
    const response = await exchange(request)
    const freshness = { freshUntil: freshUntil(response.header('cache-control'), response.header('age')), etag: response.header('etag') }
    if (response.status === 304 && known !== undefined) {
      await drop(response)
      return keep({ ...known, ...freshness, etag: freshness.etag ?? known.etag })
    }
    if (response.status !== 200) {
      await drop(response)
      return `${url} answers ${response.status}`
    }
    const source = tryJson(await readText(request, response, maxSize))
    return source === undefined ? `${url} answers something else than JSON` : keep({ source, ...freshness })
  } finally {
    deadline.clear()
  }

  function keep (card: CachedCard): CachedCard {
    cache.set(key, card)
    return card
  }
}

/** RFC 9111 §5.2. @returns ms since the epoch */
function freshUntil (cacheControl = '', age = '0'): number {
  if (/\bno-(cache|store)\b/i.test(cacheControl)) return 0
  const [, seconds = '0'] = /\bmax-age=(\d{1,9})/i.exec(cacheControl) ?? []
  return Date.now() + (Number(seconds) - (Number(age) || 0)) * 1000
}
