import { fastifySSE } from '@fastify/sse'
import type { FastifyError, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Agent } from '../../lib/agent/agent.ts'
import type { ProtocolVersion } from '../../lib/agent/options.ts'
import { A2AError } from '../../lib/protocol/errors.ts'
import { parseJson } from '../../lib/protocol/json.ts'
import { negotiateVersion } from '../../lib/protocol/versions.ts'
import type { EventStreams } from '../event-streams.ts'
import { fromHttpError, isJson, unsupportedMediaType } from '../http-errors.ts'
import { askedVersion, callOf, header, lastEventId } from '../request.ts'
import { errorResponse, readEnvelope, resultResponse, type RpcRequest } from './envelope.ts'
import { answerError } from './errors.ts'
import type { Method } from '../methods/method.ts'
import { findMethod } from './methods.ts'

/** What an answer needs to know of its request, as far as that has been read. */
type Exchange = { id: string, version: ProtocolVersion, isStream: boolean }

/** The JSON-RPC binding, both versions on one URL (A2A 1.0 §9). */
export const jsonRpcRoutes: FastifyPluginAsync<{ agent: Agent, streams: EventStreams }> = async (fastify, { agent, streams }) => {
  const { settings } = agent

  if (!fastify.hasPlugin('@fastify/sse')) await fastify.register(fastifySSE)
  // The body is parsed in the handler: whatever is wrong with it, the answer is JSON-RPC.
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  fastify.setErrorHandler<FastifyError>((error, request, reply) => {
    return fail(request, reply, newExchange(request), fromHttpError(error))
  })

  const handler = async (request: FastifyRequest, reply: FastifyReply) => {
    const exchange = newExchange(request)
    try {
      const rpc = readRequest(request, exchange)
      exchange.version = negotiateVersion(header(request, 'a2a-version'), request.query, settings.versions)
      const method = findMethod(rpc.method, exchange.version, settings.versions)
      if (rpc.isNotification) return await notify(request, reply, method, rpc)
      exchange.isStream = 'stream' in method
      return 'unary' in method
        ? await answer(request, reply, exchange, method, rpc)
        : await stream(request, reply, exchange, method, rpc)
    } catch (error) {
      return fail(request, reply, exchange, A2AError.from(error))
    }
  }

  for (const url of rpcUrls(settings.paths.rpc, ignoresTrailingSlash(fastify.initialConfig))) {
    fastify.post(url, { sse: { kind: 'manual', heartbeat: false }, bodyLimit: settings.limits.bodySize }, handler)
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

  async function answer (request: FastifyRequest, reply: FastifyReply, { id }: Exchange, method: Extract<Method, { unary: unknown }>, { params }: RpcRequest) {
    const result = await method.unary(agent, callOf(request, agent, fastify.prefix), params)
    return reply.type('application/json; charset=utf-8').send(resultResponse(id, result))
  }

  async function stream (request: FastifyRequest, reply: FastifyReply, { id, version }: Exchange, method: Extract<Method, { stream: unknown }>, { params }: RpcRequest) {
    const call = callOf(request, agent, fastify.prefix)
    const after = lastEventId(request)
    await streams.send(reply, signal => method.stream(agent, call, params, { signal, ...after !== undefined && { after } }), {
      frame: item => resultResponse(id, method.frame(item)),
      frameError: error => {
        request.log.error({ err: error }, 'a stream failed')
        return `data: ${errorResponse(id, A2AError.from(error), version)}\n\n`
      }
    })
  }

  /**
   * A request without id is carried out and its result is not sent (JSON-RPC 2.0 §4.1). That it failed is said:
   * the answer to a POST is a JSONRPCResponse (A2A 0.3 §7), and the public kit looks for it.
   */
  async function notify (request: FastifyRequest, reply: FastifyReply, method: Method, { params }: RpcRequest) {
    const call = callOf(request, agent, fastify.prefix)
    if ('unary' in method) await method.unary(agent, call, params)
    else await (await method.stream(agent, call, params, { signal: AbortSignal.abort() })).return()
    return reply.code(204).send()
  }
}

function fail (request: FastifyRequest, reply: FastifyReply, { id, version, isStream }: Exchange, error: A2AError): FastifyReply {
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

function ignoresTrailingSlash (config: { ignoreTrailingSlash?: boolean, routerOptions?: { ignoreTrailingSlash?: boolean } }): boolean {
  return config.routerOptions?.ignoreTrailingSlash ?? config.ignoreTrailingSlash ?? false
}
