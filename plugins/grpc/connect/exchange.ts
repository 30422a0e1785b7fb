import { createContextKey, createContextValues, type ContextValues } from '@connectrpc/connect'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { A2AError } from '../../../lib/protocol/errors.ts'

/** The request of the host that a call of ConnectRPC came in. */
export type Exchange = {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** What went wrong before the call was served, in a hook of the host: the call only has to say so. */
  readonly failure?: A2AError | undefined
  /** Whether ConnectRPC could read the call, and has come to its method. */
  isReached?: boolean
}

const key = createContextKey<Exchange | undefined>(undefined)

export function carry (exchange: Exchange): ContextValues {
  return createContextValues().set(key, exchange)
}

/** @throws A2AError what went wrong before the call was served */
export function exchangeOf (values: ContextValues): Exchange {
  const exchange = anyExchangeOf(values)
  exchange.isReached = true
  if (exchange.failure !== undefined) throw exchange.failure
  return exchange
}

export function requestOf (values: ContextValues): FastifyRequest {
  return anyExchangeOf(values).request
}

function anyExchangeOf (values: ContextValues): Exchange {
  const exchange = values.get(key)
  if (exchange === undefined) throw new Error('The call has no request')
  return exchange
}
