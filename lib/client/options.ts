import type { ConnectionOptions } from 'node:tls'
import type { Dispatcher } from 'undici'
import type { ProtocolVersion } from '../agent/options.ts'
import { given } from '../agent/options/given.ts'
import type { GuardOptions } from '../http/guard.ts'
import type { CardCache } from './cards/cache.ts'
import { createCardCache } from './cards/cache.ts'
import type { VerifyCard } from './cards/fetch.ts'
import type { CallSettings } from './calls/calls.ts'
import type { Interceptor } from './calls/interceptors.ts'
import type { RetrySettings } from './calls/retry.ts'
import type { Credential } from './credentials/credential.ts'
import type { Fetch } from './http/exchange.ts'
import type { Traceparent } from './http/trace.ts'
import type { TransportName } from './interfaces.ts'
import type { PollSettings, ReconnectSettings } from './stream/line.ts'

export type ClientOptions = {
  /** Transports that will do, the preferred first. Default: all, in the order of the card. */
  transports?: readonly TransportName[]
  /** Versions that will do. Default: both. */
  versions?: readonly ProtocolVersion[]
  /** Who calls; chosen by what the card asks for. They go to the origin of the card alone, and to `origins`. */
  credentials?: Credential | readonly Credential[]
  /**
   * Other origins that credentials may go to, where an agent's interfaces are not where its card is: `https://rpc.example.com`,
   * `https://*.example.com`. gRPC has ports of its own: it belongs to the origins of its host, unless it is less secure.
   */
  origins?: readonly string[]
  /** Of gRPC. */
  grpc?: {
    /**
     * Whether addresses without a scheme are spoken to over TLS, or the options of that TLS. Default: as the card came; with a card in
     * hand, unless the host is this machine.
     */
    tls?: boolean | ConnectionOptions
  }
  /** Sent with every request, also for the card: no place for secrets. */
  headers?: Readonly<Record<string, string>>
  /** URIs of extensions to activate with every call. */
  extensions?: readonly string[]
  /** Around every call; the first one outermost. */
  interceptors?: readonly Interceptor[]
  /** The trace that calls belong to. Default: a new one for each. */
  traceparent?: Traceparent
  /** The agent knows a message that comes again by its id, so that it may be sent again. Default: false. */
  idempotent?: boolean
  /** Of what may be repeated; `{ retries: 0 }` for none. Default: 3, after 250 ms and more, at most 10 s. */
  retry?: Partial<RetrySettings>
  /** Of streams that broke. Default: 8 in a row without anything new, the first at once, then after 100 ms and more, at most 5 s. */
  reconnect?: Partial<ReconnectSettings>
  /** Of agents that do not stream. Default: after 500 ms and more, at most 10 s. */
  poll?: Partial<PollSettings>
  /** In ms; 0 for none. */
  timeouts?: {
    /** Of a card. Default: 10,000. */
    card?: number
    /** Of an attempt; of a stream, until it begins. Default: 30,000. */
    call?: number
    /** Of a message whose answer waits for the work. Default: 300,000. */
    send?: number
    /** How long a stream may be silent before it counts as broken. Default: 120,000. */
    idle?: number
    /** Of a task, from its message to its end. Default: 0. */
    task?: number
  }
  /** Bytes of an answer, and of one event of a stream. Default: 32 MiB. */
  maxSize?: number
  /**
   * Checks a card as it came, before anything is made of it, and throws to refuse it: `card => verifyCard(card, trust)`. Also one that was
   * kept, and the extended one. What it answers as `card` is what counts.
   */
  verify?: VerifyCard
  /** Default: one for the process. */
  cache?: CardCache
  /** In place of undici, for tests and other surroundings. gRPC does not go through it: it is then left out, unless `transports` names it. */
  fetch?: Fetch
  /**
   * For cards and agents that others have named: `true` connects over https to public addresses alone, looked at on the address that is
   * really connected. Options allow more, or less. gRPC, which has connections of its own, is left out. Default: false.
   */
  guard?: boolean | GuardOptions
  /** Of undici: a proxy, a mock, a pool of your own. As with `fetch`, gRPC is left out. */
  dispatcher?: Dispatcher
}

export type ClientSettings = Omit<CallSettings, 'timeouts'> & {
  readonly reconnect: ReconnectSettings
  readonly poll: PollSettings
  readonly timeouts: Required<NonNullable<ClientOptions['timeouts']>>
  readonly maxSize: number
  readonly cache: CardCache
}

/** Whether gRPC is spoken over TLS where an address does not say; undefined where the options do not say either. */
export function grpcTlsOf ({ grpc }: ClientOptions): boolean | undefined {
  return grpc?.tls === undefined ? undefined : grpc.tls !== false
}

const cards = createCardCache()

export function resolveClientOptions (options: ClientOptions): ClientSettings {
  return {
    headers: Object.fromEntries(Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])),
    extensions: options.extensions ?? [],
    interceptors: options.interceptors ?? [],
    traceparent: options.traceparent,
    idempotent: options.idempotent ?? false,
    retry: { retries: 3, minDelay: 250, maxDelay: 10_000, ...given(options.retry) },
    reconnect: { attempts: 8, minDelay: 100, maxDelay: 5_000, ...given(options.reconnect) },
    poll: { minDelay: 500, maxDelay: 10_000, ...given(options.poll) },
    timeouts: { card: 10_000, call: 30_000, send: 300_000, idle: 120_000, task: 0, ...given(options.timeouts) },
    maxSize: options.maxSize ?? 32 * 1024 * 1024,
    cache: options.cache ?? cards
  }
}
