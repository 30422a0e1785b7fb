import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Agent } from '../lib/agent/agent.ts'
import type { Directory } from '../lib/agent/directory.ts'
import { isFresh } from '../lib/agent/card-response.ts'
import type { CardVersion } from '../lib/agent/cards.ts'
import { A2AError } from '../lib/protocol/errors.ts'
import { negotiateVersion } from '../lib/protocol/versions.ts'
import { statusOf } from './http-errors.ts'
import { askedVersion, baseUrlOf } from './request.ts'

/** The public agent card at its well-known paths, and below `/{tenant}` the cards of tenants (A2A 1.0 §8.2, §8.6). */
export const agentCardRoutes: FastifyPluginAsync<{ agents: Directory }> = async (fastify, { agents }) => {
  const { paths: { card, legacyCard }, cardCors, cardMaxAge } = agents.settings

  fastify.setErrorHandler((error, request, reply) => {
    const known = A2AError.from(error)
    if (known.name === 'InternalError') request.log.error({ err: error }, 'the agent card failed')
    return reply.code(known.statusCode).send(statusOf(known))
  })

  const handler = async (request: FastifyRequest, reply: FastifyReply) => {
    const { tenant = '' } = request.params as { tenant?: string }
    const principal = request.a2aPrincipal ?? undefined
    const agent = await agents.find(tenant, principal)
    const response = await agent.cards.publicResponse(baseUrlOf(request, agent, fastify.prefix), versionOf(request, agent))
    reply.headers({
      // Who there is may depend on who asks.
      'cache-control': `${agents.hasTenants && principal !== undefined ? 'private' : 'public'}, max-age=${cardMaxAge}`,
      etag: response.etag,
      'last-modified': response.lastModified,
      vary: 'A2A-Version'
    })
    allowOrigin(request, reply, cardCors)
    if (isFresh(request.headers, response)) return reply.code(304).send()
    return reply.type('application/json; charset=utf-8').send(response.body)
  }

  const places = legacyCard === false ? [card] : [card, legacyCard]
  for (const url of agents.hasTenants ? [...places, ...places.map(path => `/:tenant${path}`)] : places) {
    fastify.get(url, handler)
    if (cardCors === false) continue
    fastify.options(url, async (request, reply) => {
      allowOrigin(request, reply, cardCors)
      return reply.code(204).headers({ 'access-control-allow-methods': 'GET, HEAD', 'access-control-allow-headers': 'A2A-Version', 'access-control-max-age': '86400' }).send()
    })
  }
}

function versionOf (request: FastifyRequest, { settings: { versions } }: Agent): CardVersion {
  const asked = askedVersion(request)
  if (asked === '') return versions.includes('1.0') ? 'both' : '0.3'
  return negotiateVersion(asked, undefined, versions)
}

function allowOrigin ({ headers: { origin } }: FastifyRequest, reply: FastifyReply, allowed: boolean | readonly string[]): void {
  if (allowed === false) return
  if (allowed === true) {
    reply.header('access-control-allow-origin', '*')
  } else {
    reply.header('vary', 'A2A-Version, Origin')
    if (origin !== undefined && allowed.includes(origin)) reply.header('access-control-allow-origin', origin)
  }
  reply.header('access-control-expose-headers', 'ETag, Last-Modified')
}
