/** Where a registry hears of agents. */
import { readFile } from 'node:fs/promises'
import { ClientError } from '../errors.ts'
import type { CardInHand } from '../discover.ts'
import { startDeadline } from '../http/deadline.ts'
import { createExchange, readText, type Fetch } from '../http/exchange.ts'

/** An agent as a source names it. */
export type Target = string | CardInHand

/** Asked at the start, and at each refresh. */
export type AgentSource = () => Promise<readonly Target[]>

const maxSize = 16 * 1024 * 1024

/** A JSON file: a list as `fromUrl` reads it. */
export function fromFile (path: string): AgentSource {
  return async () => readList(JSON.parse(await readFile(path, 'utf8')), path)
}

/**
 * A list on the web: this project's catalogue, or any AI Catalog; else a JSON array of URLs, cards, or objects with a `url` or a `card`,
 * also in `agents`.
 */
export function fromUrl (url: string, { fetch, headers = {}, timeout = 10_000 }: { fetch?: Fetch, headers?: Readonly<Record<string, string>>, timeout?: number } = {}): AgentSource {
  const exchange = createExchange({ fetch })
  return async () => {
    const deadline = startDeadline(timeout, `The list at ${url}`)
    try {
      const request = { method: 'GET' as const, url, headers: { accept: 'application/ai-catalog+json, application/json', ...headers }, signal: deadline.signal }
      const response = await exchange(request)
      const text = await readText(request, response, maxSize)
      if (response.status !== 200) throw new ClientError('A2A_ERR_CARD', `${url} answers ${response.status}`)
      return readList(JSON.parse(text), url)
    } finally {
      deadline.clear()
    }
  }
}

function readList (value: unknown, where: string): Target[] {
  const { entries, agents } = Object(value)
  const items: unknown = Array.isArray(value) ? value : entries ?? agents
  if (!Array.isArray(items)) throw new ClientError('A2A_ERR_CARD', `${where} is no list of agents`)
  return items.flatMap(item => readItem(item, where) ?? [])
}

function readItem (item: unknown, where: string): Target | undefined {
  if (typeof item === 'string') return new URL(item, where.startsWith('http') ? where : undefined).href
  const { type, url, data, card, name, supportedInterfaces } = Object(item)
  // A catalogue may have entries of other kinds.
  if (type !== undefined && type !== 'application/a2a-agent-card+json') return undefined
  if (isCard(data)) return data
  if (isCard(card)) return card
  if (typeof name === 'string' && (supportedInterfaces !== undefined || 'skills' in Object(item)) && isCard(item)) return item
  return typeof url === 'string' ? url : undefined
}

function isCard (value: unknown): value is CardInHand {
  return typeof value === 'object' && value !== null && 'name' in value
}
