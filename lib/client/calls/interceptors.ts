import type { OperationName } from '../operations.ts'

/** A request on its way to an agent. */
export type OutgoingCall = {
  readonly operation: OperationName
  /** In the shape of 1.0. */
  readonly request: object
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Stands around every call: may change it, time it, log it, answer in its place; `next` rejects when the call has failed, after
 * all retries. For a stream, `next` resolves to its events, in batches, once the agent has begun to answer.
 */
export type Interceptor = <T>(call: OutgoingCall, next: (call: OutgoingCall) => Promise<T>) => Promise<T>

/** The first one stands outermost. */
export async function intercept<T> (interceptors: readonly Interceptor[], call: OutgoingCall, send: (call: OutgoingCall) => Promise<T>): Promise<T> {
  const chain = interceptors.reduceRight((next, interceptor) => async (call: OutgoingCall) => await interceptor(call, next), send)
  return await chain(call)
}
