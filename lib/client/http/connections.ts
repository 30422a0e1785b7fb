import { Agent, fetch as undiciFetch, type Dispatcher } from 'undici'
import type { Credential } from '../credentials/credential.ts'
import { createExchange, type Exchange, type Fetch } from './exchange.ts'

export type Connections = {
  /** With the client's certificate, where there is one: for the origin of the card. */
  readonly trusted: Exchange
  readonly plain: Exchange
  /** For tokens: never with the client's certificate. */
  readonly fetch: Fetch
  close (): Promise<void>
}

type ConnectionOptions = { fetch?: Fetch, dispatcher?: Dispatcher, credentials?: Credential | readonly Credential[] }

export function openConnections ({ fetch, dispatcher, credentials = [] }: ConnectionOptions): Connections {
  const tls = [credentials].flat().find(({ tls }) => tls !== undefined)?.tls
  const own = tls === undefined ? undefined : new Agent({ connect: { ...tls } })
  const plain = createExchange({ fetch, dispatcher })
  return {
    trusted: own === undefined ? plain : createExchange({ dispatcher: own }),
    plain,
    fetch: fetch ?? (dispatcher === undefined ? globalThis.fetch : fetchBy(dispatcher)),
    close: async () => { await own?.close() }
  }
}

function fetchBy (dispatcher: Dispatcher): Fetch {
  // undici's own types of what Node's `fetch` takes and answers: the same classes.
  return async (url, init) => await undiciFetch(url, { ...init as Parameters<typeof undiciFetch>[1], dispatcher }) as Awaited<ReturnType<Fetch>>
}
