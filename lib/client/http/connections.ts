import type { ConnectionOptions as TlsOptions } from 'node:tls'
import { Agent, fetch as undiciFetch, type Dispatcher } from 'undici'
import type { Credential } from '../credentials/credential.ts'
import { createExchange, type Exchange, type Fetch } from './exchange.ts'

export type Connections = {
  /** With the client's certificate, where there is one: for the origin of the card. */
  readonly trusted: Connection
  readonly plain: Connection
  /** For tokens: never with the client's certificate. */
  readonly fetch: Fetch
  close (): Promise<void>
}

/** How requests are made over HTTP, and what TLS there is for connections of another kind. */
export type Connection = { readonly exchange: Exchange, readonly tls: TlsOptions }

type ConnectionOptions = { fetch?: Fetch, dispatcher?: Dispatcher, credentials?: Credential | readonly Credential[] }

export function openConnections ({ fetch, dispatcher, credentials = [] }: ConnectionOptions): Connections {
  const tls = [credentials].flat().find(({ tls }) => tls !== undefined)?.tls
  const own = tls === undefined ? undefined : new Agent({ connect: { ...tls } })
  const plain = { exchange: createExchange({ fetch, dispatcher }), tls: {} }
  return {
    trusted: own === undefined ? plain : { exchange: createExchange({ dispatcher: own }), tls: { ...tls } },
    plain,
    fetch: fetch ?? (dispatcher === undefined ? globalThis.fetch : fetchBy(dispatcher)),
    close: async () => { await own?.close() }
  }
}

function fetchBy (dispatcher: Dispatcher): Fetch {
  // undici's own types of what Node's `fetch` takes and answers: the same classes.
  return async (url, init) => await undiciFetch(url, { ...init as Parameters<typeof undiciFetch>[1], dispatcher }) as Awaited<ReturnType<Fetch>>
}
