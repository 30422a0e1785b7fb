import type { ConnectionOptions } from 'node:tls'
import type { Received, Requests, Responses, StreamName, StreamRequests, UnaryName } from '../operations.ts'
import type { Deadline } from '../http/deadline.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Choice } from '../interfaces.ts'

/** What goes along with a request. */
export type TransportContext = {
  readonly headers: Readonly<Record<string, string>>
  /** For credentials that stand there. */
  readonly query: Readonly<Record<string, string>>
  readonly deadline: Deadline
}

export type StreamContext = TransportContext & {
  /** How long a stream may be silent, in ms. */
  readonly idle: number
  /** Where to go on. */
  readonly lastEventId?: string
}

/** One binding in one version. Requests and results have the shapes of 1.0. */
export interface Transport {
  /** @throws RemoteError, ClientError, A2AError InvalidAgentResponseError */
  call<N extends UnaryName> (operation: N, request: Requests[N], context: TransportContext): Promise<Responses[N]>
  /** Resolves when the agent has begun to answer, to batches that are never empty. */
  stream<N extends StreamName> (operation: N, request: StreamRequests[N], context: StreamContext): Promise<AsyncIterable<readonly Received[]>>
  /** Ends its own connections, when nothing is under way on them any more. */
  close? (): void
}

export type TransportSettings = {
  readonly choice: Choice
  readonly exchange: Exchange
  /** Of connections that are not made by `exchange`. */
  readonly tls: ConnectionOptions
  /** How long a connection may be silent before it is looked at, in ms; 0 for never. */
  readonly idle: number
  /** Bytes of an answer, and of one event of a stream. */
  readonly maxSize: number
}
