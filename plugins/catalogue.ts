import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Principal } from '../lib/agent/executor.ts'
import { cardResponse, isFresh } from '../lib/agent/card-response.ts'
import type { HostedAgent } from './types.ts'

/** Who runs this server, as an AI Catalog says it. */
export type CatalogueHost = { displayName: string, identifier?: string, documentationUrl?: string, logoUrl?: string }

export type CatalogueOptions = {
  /** Default: `/.well-known/ai-catalog.json`. */
  path?: string
  host?: CatalogueHost
  /** Whether this caller may know of the agent. Default: everybody may know of all. */
  filter?: (agent: HostedAgent, principal: Principal | undefined) => boolean | Promise<boolean>
  /** Puts the cards themselves into the catalogue instead of their URLs. Default: false. */
  embed?: boolean
  /** `max-age`, in seconds. Default: 300. */
  maxAge?: number
}

/** An entry of an AI Catalog 1.0. */
type Entry = { identifier: string, type: 'application/a2a-agent-card+json' } & ({ url: string } | { data: object })

/**
 * One list of all agents that this server hosts, by prefix and by tenant: an AI Catalog, of which each entry is an agent card.
 * Agents that a function answers are not listed. There is no catalogue unless this is registered: it tells who there is.
 */
const plugin: FastifyPluginAsync<CatalogueOptions> = async (fastify, { path = '/.well-known/ai-catalog.json', host, filter, embed = false, maxAge = 300 }) => {
  fastify.get(path, async (request, reply) => {
    const principal = request.a2aPrincipal ?? undefined
    const agents = fastify.hasDecorator('a2a') ? fastify.a2a.agents.filter(({ isFixed }) => isFixed) : []
    const shown = filter === undefined ? agents : await visible(agents, agent => filter(agent, principal))
    const entries = await Promise.all(shown.map(agent => entryOf(request, agent, embed)))
    const response = cardResponse({ specVersion: '1.0', ...host !== undefined && { host }, entries })
    reply.headers({ 'cache-control': `${filter === undefined ? 'public' : 'private'}, max-age=${maxAge}`, etag: response.etag })
    if (isFresh({ 'if-none-match': request.headers['if-none-match'] }, response)) return reply.code(304).send()
    return reply.type('application/ai-catalog+json').send(response.body)
  })
}

async function visible (agents: readonly HostedAgent[], mayKnow: (agent: HostedAgent) => boolean | Promise<boolean>): Promise<HostedAgent[]> {
  const answers = await Promise.all(agents.map(mayKnow))
  return agents.filter((_agent, index) => answers[index] === true)
}

async function entryOf (request: FastifyRequest, agent: HostedAgent, embed: boolean): Promise<Entry> {
  const baseUrl = agent.publicUrl ?? `${request.protocol}://${request.host}${agent.prefix}`
  const place = agent.tenant === '' ? baseUrl : `${baseUrl}/${encodeURIComponent(agent.tenant)}`
  const entry = { identifier: place, type: 'application/a2a-agent-card+json' } as const
  const linked = { ...entry, url: `${place}${agent.cardPath}` }
  if (!embed) return linked
  try {
    return { ...entry, data: await agent.card(baseUrl) }
  } catch (error) {
    request.log.error({ err: error, agent: agent.id, tenant: agent.tenant }, 'the card of an agent can\'t be had')
    return linked
  }
}

export default plugin
