import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { cardResponse, isFresh } from '../lib/agent/card-response.ts'
import { createRegistry, type AgentRegistry, type RegistryOptions } from '../lib/client/index.ts'

export type AgentRegistryOptions = RegistryOptions & {
  /** Where this server tells which agents it knows, as an AI Catalog with their cards; false for nowhere. Default: `/a2a-agents`. */
  path?: string | false
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Other people's agents that this server knows. */
    a2aAgents: AgentRegistry
  }
}

/** A registry of other people's agents, as `fastify.a2aAgents`. Agents and lists that can't be had are logged, and tried again. */
const plugin: FastifyPluginAsync<AgentRegistryOptions> = async (fastify, { path = '/a2a-agents', ...options }) => {
  const registry = await createRegistry({
    ...options,
    onError: (error, id) => {
      fastify.log.warn({ err: error, agent: id }, 'an agent, or a list of agents, can\'t be had')
      options.onError?.(error, id)
    }
  })
  fastify.decorate('a2aAgents', registry)
  fastify.addHook('onClose', async () => await registry.close())
  if (path === false) return

  fastify.get(path, async (request, reply) => {
    const entries = registry.agents().map(({ id, card, health: { isHealthy } }) => ({ identifier: id, type: 'application/a2a-agent-card+json', data: card, isHealthy }))
    const response = cardResponse({ specVersion: '1.0', entries })
    reply.headers({ 'cache-control': 'no-cache', etag: response.etag })
    if (isFresh({ 'if-none-match': request.headers['if-none-match'] }, response)) return reply.code(304).send()
    return reply.type('application/ai-catalog+json').send(response.body)
  })
}

export default fp(plugin, { name: 'fastify-a2a-agent-registry', fastify: '5.x' })
