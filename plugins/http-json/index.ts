import { fastifySSE } from '@fastify/sse'
import type { FastifyError, FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Directory } from '../../lib/agent/directory.ts'
import type { ProtocolVersion } from '../../lib/agent/options.ts'
import { A2AError } from '../../lib/protocol/errors.ts'
import { negotiateVersion, versionNotSupported } from '../../lib/protocol/versions.ts'
import { noteError, noteOperation } from '../audit.ts'
import type { Gate } from '../gate.ts'
import type { EventStreams } from '../event-streams.ts'
import { fromHttpError } from '../http-errors.ts'
import { operationOf } from '../methods/operation-of.ts'
import { askedVersion, enter, lastEventId, namedTenant } from '../request.ts'
import { takeText } from '../text-body.ts'
import { errorEvent, fail } from './errors.ts'
import { answerType, checkStream, sendJson } from './media-types.ts'
import { answerUnknown } from './not-found.ts'
import { documentation } from './openapi.ts'
import { toUrl, type Operation } from './operation.ts'
import { createReader } from './read.ts'
import { routesOf, v1Tenant, type Route } from './routes.ts'

/** The HTTP+JSON binding: 1.0 at the base URL, 0.3 below its `/v1` (A2A 1.0 §11). */
export const httpJsonRoutes: FastifyPluginAsync<{ agents: Directory, streams: EventStreams, gate?: Gate | undefined }> = async (fastify, { agents, streams, gate }) => {
  const { settings } = agents
  const { prefix } = fastify
  const base = settings.paths.rpc.replace(/\/+$/, '')
  const routes = routesOf(settings.versions)
  const read = createReader(settings.limits.jsonDepth)

  await fastify.register(async scope => {
    if (!scope.hasPlugin('@fastify/sse')) await scope.register(fastifySSE)
    // Bodies are parsed and validated in the handler, by what all bindings share. Schemas of routes are documentation.
    takeText(scope)
    scope.setValidatorCompiler(() => () => true)
    scope.setSerializerCompiler(() => data => JSON.stringify(data))
    scope.setErrorHandler<FastifyError>((error, request, reply) => fail(request, reply, fromHttpError(error), formOf(request)))
    for (const route of routes) addRoute(scope, route)
    answerUnknown(scope, base, settings, formOf)
  }, base === '' ? {} : { prefix: base })

  function addRoute (scope: FastifyInstance, route: Route): void {
    const { operation, path } = route
    const isStream = 'stream' in operation.run
    scope.route({
      method: operation.verb,
      url: toUrl(path),
      schema: documentation(route),
      bodyLimit: settings.limits.bodySize,
      ...isStream && { sse: { kind: 'manual', heartbeat: false }, exposeHeadRoute: false },
      handler: async (request, reply) => {
        // Answers depend on who asks, and on what has happened since (A2A 1.0 §13.3).
        if (operation.verb === 'GET') reply.header('cache-control', 'private, no-cache')
        try {
          const { operation, version, tenant } = chosen(route, request)
          return await carryOut(operation, version, tenant, request, reply)
        } catch (error) {
          return fail(request, reply, A2AError.from(error), formOf(request))
        }
      }
    })
  }

  async function carryOut (operation: Operation, version: ProtocolVersion, pathTenant: string, request: FastifyRequest, reply: FastifyReply) {
    const { run } = operation
    const { accept } = request.headers
    const params = read(operation, request)
    if (pathTenant !== '') params.tenant = pathTenant
    // 0.3 has no tenants: what a body says of one there is an unknown field.
    const tenant = version === '1.0' ? namedTenant(params) : ''
    const name = operationOf(operation.name)
    noteOperation(request, { operation: name, tenant, version, params })
    const { agent, call } = await enter(request, reply, agents, { prefix, tenant, operation: name, gate })
    if ('unary' in run) {
      const type = answerType(accept, version)
      return sendJson(reply, type, await run.unary(agent, call, params))
    }
    checkStream(accept, version)
    const after = lastEventId(request)
    await streams.send(reply, signal => run.stream(agent, call, params, after === undefined ? { signal } : { signal, after }), {
      frame: run.frame,
      frameError: error => {
        request.log.error({ err: error }, 'a stream failed')
        const known = A2AError.from(error)
        noteError(request, known)
        return errorEvent(known, version)
      }
    })
  }

  /**
   * A path says which version it belongs to, and so an absent `A2A-Version` is no riddle: 0.3 has no client that would call
   * a path of 1.0, nor the other way round (A2A 1.0 §3.6.2). One that is there must fit.
   */
  function chosen ({ operation, version, asTenant }: Route, request: FastifyRequest): { operation: Operation, version: ProtocolVersion, tenant: string } {
    const asked = askedVersion(request)
    const { tenant = '' } = request.params as { tenant?: string }
    // Where 0.3 is not served, its clients must not be taken for this tenant.
    const spoken = asked === '' && tenant !== v1Tenant ? version : negotiateVersion(asked, undefined, settings.versions)
    if (spoken === version) return { operation, version, tenant }
    if (spoken === '1.0' && asTenant !== undefined) return { operation: asTenant, version: '1.0', tenant: v1Tenant }
    throw versionNotSupported(asked, [version])
  }

  /** The form of an error, of which nothing may be known but its request. */
  function formOf (request: FastifyRequest): ProtocolVersion {
    const path = request.url.slice(prefix.length + base.length)
    const isV03 = settings.versions.includes('0.3') && path.startsWith(`/${v1Tenant}/`) && !askedVersion(request).startsWith('1.')
    return isV03 ? '0.3' : '1.0'
  }
}
