import type { ConnectionOptions as TlsOptions } from 'node:tls'
import { Agent, fetch as undiciFetch, type Dispatcher } from 'undici'
import { createGuard, type GuardOptions } from '../../http/guard.ts'
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

type ConnectionOptions = { fetch?: Fetch, dispatcher?: Dispatcher, guard?: boolean | GuardOptions, credentials?: Credential | readonly Credential[] }

/** How long a guarded connection may take to be made, in ms. */
const connectTimeout = 10_000

/** @throws TypeError where a guard is asked for connections that it does not make */
export function openConnections ({ fetch, dispatcher, guard: rules = false, credentials = [] }: ConnectionOptions): Connections {
  const guard = rules === false ? undefined : createGuard(rules === true ? {} : rules)
  if (guard !== undefined && (fetch !== undefined || dispatcher !== undefined)) throw new TypeError('The option guard makes connections of its own: fetch and dispatcher can\'t be given beside it')
  const tls = [credentials].flat().find(({ tls }) => tls !== undefined)?.tls
  const own: Agent[] = []
  const open = (tls: TlsOptions) => {
    const agent = new Agent({ connect: guard?.connector(connectTimeout, tls) ?? { ...tls } })
    own.push(agent)
    return agent
  }
  const shared = guard === undefined ? dispatcher : open({})
  const plain = { exchange: createExchange({ fetch, dispatcher: shared, guard }), tls: {} }
  return {
    trusted: tls === undefined ? plain : { exchange: createExchange({ dispatcher: open(tls), guard }), tls: { ...tls } },
    plain,
    fetch: fetch ?? (shared === undefined ? globalThis.fetch : fetchBy(shared)),
    close: async () => { await Promise.all(own.map(agent => agent.close())) }
  }
}

function fetchBy (dispatcher: Dispatcher): Fetch {
  // undici's own types of what Node's `fetch` takes and answers: the same classes.
  return async (url, init) => await undiciFetch(url, { ...init as Parameters<typeof undiciFetch>[1], dispatcher }) as Awaited<ReturnType<Fetch>>
}
