/** Who comes through to the operations, and how often. */
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ServerResponse } from 'node:http'
import { constants, type Http2ServerResponse } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import type { Principal } from '../lib/agent/executor.ts'
import type { Settings } from '../lib/agent/settings.ts'
import type { OperationName } from '../lib/operations/operation.ts'
import { A2AError } from '../lib/protocol/errors.ts'
import { createNetworkRules, type Caller } from '../lib/security/network.ts'
import { soon } from '../lib/task/soon.ts'
import type { RateLimits } from './rate-limits.ts'
import './types.ts'

export type Gate = {
  /** @throws A2AError for who may not call, or not so often */
  admit (request: FastifyRequest, reply: FastifyReply, operation: OperationName): void | Promise<void>
}

/** In front of the routes of `scope`. Undefined where everybody may call as often as he likes. @param rates shared by all bindings */
export function createGate (scope: FastifyInstance, { network, limits }: Settings, rates: RateLimits | undefined): Gate | undefined {
  cutOffSlow(scope, limits.requestTime)
  const rules = network && createNetworkRules(network)
  // Who can be refused for where he comes from need not be read.
  if (rules !== undefined) scope.addHook('onRequest', async request => { if (rules.refuses(callerOf(request))) throw notAllowed() })
  if (rules === undefined && rates === undefined) return undefined
  return {
    admit: (request, reply, operation) => {
      const principal: Principal | null | undefined = request.a2aPrincipal
      if (rules?.refusesPrincipal(callerOf(request), principal ?? undefined) === true) throw notAllowed()
      return rates?.count(request, reply, operation)
    }
  }
}

function callerOf ({ ip, raw: { socket } }: FastifyRequest): Caller {
  // Of a connection without TLS, there is none to ask for.
  const certificate = 'getPeerCertificate' in socket ? (socket as TLSSocket).getPeerCertificate() : undefined
  return { address: ip, fingerprint: certificate?.fingerprint256 }
}

function notAllowed (): A2AError {
  return new A2AError('PermissionDeniedError', 'This caller is not allowed here')
}

/**
 * Whoever sends a body drop by drop holds a connection and the memory behind it. One timer looks at all that are under way: one for
 * each would be set and cleared with every request.
 * @param limit in ms; 0 for none
 */
function cutOffSlow (scope: FastifyInstance, limit: number): void {
  if (limit === 0) return
  /** Whose bodies are waited for, and since when. */
  const waiting = new Set<Arrival>()
  const timer = setInterval(() => {
    const late = Date.now() - limit
    for (const arrival of waiting) {
      const isOver = isReceived(arrival.request)
      const isSlow = !isOver && arrival.since <= late
      if (isOver || isSlow) waiting.delete(arrival)
      if (!isSlow) continue
      arrival.log.info({ limit }, 'a request that does not come to its end is cut off')
      cutOff(arrival.response)
    }
  }, Math.min(1000, Math.ceil(limit / 4))).unref()
  scope.addHook('onClose', async () => clearInterval(timer))

  let arrived: FastifyReply[] = []
  /** Most bodies come with their heads. */
  const settle = () => {
    const since = Date.now()
    for (const { request, raw, log } of arrived) {
      if (!isReceived(request.raw)) waiting.add({ request: request.raw, response: raw, log, since })
    }
    arrived = []
  }
  scope.addHook('onRequest', (_request, reply, done) => {
    if (arrived.push(reply) === 1) soon(settle)
    done()
  })
}

/** A request that is on its way. Nothing here holds what was read of it. */
type Arrival = {
  readonly request: FastifyRequest['raw']
  readonly response: FastifyReply['raw']
  readonly log: FastifyBaseLogger
  /** In ms since the epoch. */
  readonly since: number
}

function isReceived ({ complete, destroyed }: FastifyRequest['raw']): boolean {
  return complete || destroyed
}

/** Of HTTP/2 the stream alone: it must be reset, or its client may never hear of it. */
function cutOff (raw: ServerResponse | Http2ServerResponse): void {
  if ('stream' in raw) raw.stream.close(constants.NGHTTP2_CANCEL)
  else raw.destroy()
}
