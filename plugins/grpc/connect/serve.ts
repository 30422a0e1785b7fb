import { Code, ConnectError } from '@connectrpc/connect'
import type { UniversalHandler } from '@connectrpc/connect/protocol'
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from '@connectrpc/connect-node'
import { isGone } from '../../reader.ts'
import { dropEndlessTimeouts } from '../deadline.ts'
import { carry, type Exchange } from './exchange.ts'

/** Answers a call by ConnectRPC, in the protocol that the caller speaks: also one that has failed already. */
export async function serveConnect (handler: UniversalHandler, exchange: Exchange): Promise<void> {
  const { request, reply } = exchange
  const { raw } = reply
  reply.hijack()
  if (isGone(reply)) return
  dropEndlessTimeouts(request.raw.headers)
  try {
    const response = await handler(universalRequestFromNodeRequest(request.raw, raw, undefined, carry(exchange)))
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) raw.setHeader(name, value)
    }
    await universalResponseToNodeResponse(response, raw)
  } catch (error) {
    // A caller who has gone is none of the server's troubles.
    if (!isOfCaller(error)) request.log.error({ err: error }, 'a call of ConnectRPC failed')
    raw.destroy()
  }
}

function isOfCaller (error: unknown): boolean {
  return error instanceof ConnectError && (error.code === Code.Aborted || error.code === Code.Canceled)
}
