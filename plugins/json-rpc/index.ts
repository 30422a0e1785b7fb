import { fastifySSE } from '@fastify/sse'
import type { FastifyError, FastifyPluginAsync, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import type { Agent } from '../../lib/agent/agent.ts'
import type { Directory } from '../../lib/agent/directory.ts'
import type { Call } from '../../lib/operations/call.ts'
import type { ProtocolVersion } from '../../lib/agent/options.ts'
import { A2AError } from '../../lib/protocol/errors.ts'
import { parseJson } from '../../lib/protocol/json.ts'
import { negotiateVersion } from '../../lib/protocol/versions.ts'
import { noteError, noteOperation } from '../audit.ts'
import type { Gate } from '../gate.ts'
import type { EventStreams } from '../event-streams.ts'
import { fromHttpError, isJson, unsupportedMediaType } from '../http-errors.ts'
import { askedVersion, enter, header, lastEventId, namedTenant } from '../request.ts'
import { takeText } from '../text-body.ts'
import { aroundResult, errorResponse, readEnvelope, resultResponse, type RpcRequest } from './envelope.ts'
import { answerError } from './errors.ts'
import type { Method } from '../methods/method.ts'
import { operationOf } from '../methods/operation-of.ts'
import { findMethod } from './methods.ts'

/** What an answer needs to know of its request, as far as that has been read. */
type Exchange = { id: string, version: ProtocolVersion, isStream: boolean }

const runKey = Symbol('fastify-a2a.run-stream')

declare module 'fastify' {
  interface FastifyReply {
    /** What a stream does once it has `reply.sse`. */
    [runKey]: (() => Promise<void>) | null
  }
}

/** The JSON-RPC binding, both versions on one URL (A2A 1.0 §9). */
export const jsonRpcRoutes: FastifyPluginAsync<{ agents: Directory, streams: EventStreams, gate?: Gate | undefined }> = async (fastify, { agents, streams, gate }) => {
  const { settings } = agents

  // The body is parsed in the handler: whatever is wrong with it, the answer is JSON-RPC.
  takeText(fastify)
  fastify.setErrorHandler<FastifyError>((error, request, reply) => {
    return fail(request, reply, newExchange(request), fromHttpError(error))
  })

  const handler = async (request: FastifyRequest, reply: FastifyReply) => {
    const exchange = newExchange(request)
    try {
      const rpc = readRequest(request, exchange)
      exchange.version = negotiateVersion(header(request, 'a2a-version'), request.query, settings.versions)
      const method = findMethod(rpc.method, exchange.version, settings.versions)
      exchange.isStream = 'stream' in method && !rpc.isNotification
      const tenant = tenantOf(request, exchange.version, rpc.params)
      const operation = operationOf(rpc.method)
      noteOperation(request, { operation, tenant, version: exchange.version, params: rpc.params })
      const entry = enter(request, reply, agents, { prefix: fastify.prefix, tenant, operation, gate })
      const { agent, call } = entry instanceof Promise ? await entry : entry
      if (rpc.isNotification) return await notify(reply, agent, call, method, rpc)
      if ('stream' in method) return await stream(request, reply, agent, call, exchange, method, rpc)
      const result = await method.unary(agent, call, rpc.params)
      reply.type('application/json; charset=utf-8')
      return resultResponse(exchange.id, result)
    } catch (error) {
      return fail(request, reply, exchange, A2AError.from(error))
    }
  }

  // Which calls stream, their bodies say, and what @fastify/sse sets up for a request takes a tenth of a short one: it gets
  // streams alone to wrap. What the host has put around the handler stays around all calls.
  if (!fastify.hasReplyDecorator(runKey)) fastify.decorateReply(runKey, null)
  let withHost: RouteHandlerMethod
  let withSse: RouteHandlerMethod
  fastify.addHook('onRoute', route => {
    withHost = route.handler
    route.handler = async (_request, reply) => { await reply[runKey]?.() }
    route.sse = { kind: 'manual', heartbeat: false }
  })
  await fastify.register(fastifySSE)
  fastify.addHook('onRoute', route => {
    withSse = route.handler
    route.handler = withHost
  })

  const urls = rpcUrls(settings.paths.rpc, ignoresTrailingSlash(fastify.initialConfig))
  for (const url of agents.hasTenants ? [...urls, ...tenantUrls(urls)] : urls) {
    fastify.post(url, { bodyLimit: settings.limits.bodySize }, handler)
  }

  function newExchange (request: FastifyRequest): Exchange {
    // Until the version is known, an error has the form that this caller most likely reads.
    const asked = askedVersion(request)
    const version = settings.versions.includes('0.3') && (asked === '' || asked.startsWith('0.')) ? '0.3' : '1.0'
    return { id: 'null', version, isStream: false }
  }

  function readRequest (request: FastifyRequest, exchange: Exchange): RpcRequest {
    if (!isJson(request.headers['content-type'])) throw unsupportedMediaType()
    const text = String(request.body ?? '')
    return readEnvelope(parseJson(text, settings.limits.jsonDepth), text, id => { exchange.id = id })
  }

  async function stream (
    request: FastifyRequest, reply: FastifyReply, agent: Agent, call: Call, { id, version }: Exchange, method: Extract<Method, { stream: unknown }>, { params }: RpcRequest
  ) {
    const after = lastEventId(request)
    reply[runKey] = () => streams.send(reply, signal => method.stream(agent, call, params, after === undefined ? { signal } : { signal, after }), {
      frame: method.frame,
      around: aroundResult(id),
      frameError: error => {
        request.log.error({ err: error }, 'a stream failed')
        const known = A2AError.from(error)
        noteError(request, known)
        return `data: ${errorResponse(id, known, version)}\n\n`
      }
    })
    await withSse.call(fastify, request, reply)
  }
}

/** Whom the request is for. What the path says holds; 0.3 says it nowhere else. */
function tenantOf (request: FastifyRequest, version: ProtocolVersion, params: unknown): string {
  const { tenant = '' } = request.params as { tenant?: string }
  if (tenant === '') return version === '1.0' ? namedTenant(params) : ''
  if (version === '1.0' && typeof params === 'object' && params !== null) Object.assign(params, { tenant })
  return tenant
}

/**
 * A request without id is carried out and its result is not sent (JSON-RPC 2.0 §4.1). That it failed is said:
 * the answer to a POST is a JSONRPCResponse (A2A 0.3 §7), and the public kit looks for it.
 */
async function notify (reply: FastifyReply, agent: Agent, call: Call, method: Method, { params }: RpcRequest) {
  if ('unary' in method) await method.unary(agent, call, params)
  else await (await method.stream(agent, call, params, { signal: AbortSignal.abort() })).return()
  return reply.code(204).send()
}

function fail (request: FastifyRequest, reply: FastifyReply, { id, version, isStream }: Exchange, error: A2AError): FastifyReply {
  noteError(request, error)
  if (error.name === 'InternalError') request.log.error({ err: error.cause ?? error }, 'a JSON-RPC request failed')
  // A2A 0.3 §7 has streaming methods answer with a stream whatever happens, and its clients read nothing else.
  return answerError(reply, error, errorResponse(id, error, version), { asStream: isStream && version === '0.3' })
}

/** With and without a trailing slash, each once. */
function rpcUrls (path: string, ignoresTrailingSlash: boolean): string[] {
  const bare = path.replace(/\/+$/, '')
  if (bare === '') return ['/']
  return ignoresTrailingSlash ? [bare] : [bare, `${bare}/`]
}

/** Below the base, each tenant has a URL of its own. */
function tenantUrls (urls: readonly string[]): string[] {
  return urls.map(url => url === '/' ? '/:tenant' : url.endsWith('/') ? `${url}:tenant/` : `${url}/:tenant`)
}

function ignoresTrailingSlash (config: { ignoreTrailingSlash?: boolean, routerOptions?: { ignoreTrailingSlash?: boolean } }): boolean {
  return config.routerOptions?.ignoreTrailingSlash ?? config.ignoreTrailingSlash ?? false
}
