import type { ClientResponse, GuardedClient } from './client.ts'

export type GetOptions = {
  headers?: Record<string, string>
  /** How many redirects are followed, each of which is checked as the first URL was. Default: 0. */
  redirects?: number
  /** For all of them together, in ms. Default: for each, that of the client. */
  timeout?: number
  signal?: AbortSignal
}

/** What another host must not see. */
const credentials = ['authorization', 'cookie', 'proxy-authorization']

/**
 * Gets what is at a URL that came from outside: a card, a key set, the content of a part.
 * @returns a status of 2xx, with its whole body
 * @throws Error for another status, a body that is too large, too many redirects, and one that leads from https to http;
 *   TargetRefusedError when the guard refuses, wherever it was redirected to
 */
export async function get (client: GuardedClient, url: string, { headers = {}, redirects = 0, timeout, signal }: GetOptions = {}): Promise<ClientResponse & { readonly url: string }> {
  const signals = [...signal === undefined ? [] : [signal], ...timeout === undefined ? [] : [AbortSignal.timeout(timeout)]]
  let target = new URL(url)
  let allowed = headers
  for (let left = redirects; ; left--) {
    const response = await client.request(target.href, { headers: allowed, ...signals.length > 0 && { signal: AbortSignal.any(signals) } })
    const next = locationOf(response, target)
    if (next === undefined) return { ...whole(response, target), url: target.href }
    if (left === 0) throw new Error(`${target.href} redirects ${redirects === 0 ? 'to another place' : 'too often'}`)
    if (target.protocol === 'https:' && next.protocol !== 'https:') throw new Error(`${target.href} redirects to a place without TLS`)
    if (next.origin !== target.origin) allowed = Object.fromEntries(Object.entries(allowed).filter(([name]) => !credentials.includes(name.toLowerCase())))
    target = next
  }
}

function locationOf ({ status, headers: { location } }: ClientResponse, from: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(status)) return undefined
  if (typeof location !== 'string' || !URL.canParse(location, from.href)) throw new Error(`${from.href} redirects to no URL`)
  return new URL(location, from)
}

function whole (response: ClientResponse, { href }: URL): ClientResponse {
  if (response.status < 200 || response.status > 299) throw new Error(`${href} answered ${response.status}`)
  if (response.isCutOff) throw new Error(`what is at ${href} is too large`)
  return response
}
