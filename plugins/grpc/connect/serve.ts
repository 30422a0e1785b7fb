import { Code, ConnectError } from '@connectrpc/connect'
import type { UniversalHandler } from '@connectrpc/connect/protocol'
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from '@connectrpc/connect-node'
import { A2AError } from '../../../lib/protocol/errors.ts'
import { noteError } from '../../audit.ts'
import { isGone } from '../../reader.ts'
import { dropEndlessTimeouts } from '../deadline.ts'
import { statusOf, trailersOf } from '../status.ts'
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
    // What it can't read it calls an internal error: it is one of the caller.
    if (response.status === 500 && exchange.isReached !== true) response.status = 400
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) raw.setHeader(name, value)
    }
    await universalResponseToNodeResponse(response, raw)
  } catch (error) {
    // A caller who has gone is none of the server's troubles.
    if (isOfCaller(error)) raw.destroy()
    else fail(exchange, error)
  }
}

function isOfCaller (error: unknown): boolean {
  return error instanceof ConnectError && (error.code === Code.Aborted || error.code === Code.Canceled)
}

/** Where ConnectRPC fails itself: it can't say of some texts, such as half a surrogate pair, that it can't read them. */
function fail ({ request, reply: { raw }, isReached = false }: Exchange, cause: unknown): void {
  const failure = isReached ? A2AError.from(cause) : new A2AError('InvalidRequestError', 'The request is not a valid message', { cause })
  noteError(request, failure)
  if (failure.name === 'InternalError') request.log.error({ err: cause }, 'a call of ConnectRPC failed')
  if (raw.headersSent) {
    raw.destroy()
    return
  }
  const type = request.headers['content-type'] ?? ''
  if (type.startsWith('application/grpc')) raw.writeHead(200, { 'content-type': type, ...trailersOf(statusOf(failure)) }).end()
  else raw.writeHead(failure.statusCode).end()
}
