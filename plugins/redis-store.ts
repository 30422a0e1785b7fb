import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { openRedisStore, type OpenRedisOptions } from '../lib/stores/redis/open.ts'
import './types.ts'

export { openRedisStore, type OpenRedisOptions, type RedisTarget } from '../lib/stores/redis/open.ts'

/** Keeps tasks in Redis or Valkey. Register it before the agents. */
const plugin: FastifyPluginAsync<OpenRedisOptions> = async (fastify, options) => {
  const store = await openRedisStore({ onWarning: message => fastify.log.warn(message), ...options })
  fastify.decorate('a2aStore', store)
  fastify.addHook('onClose', async () => await store.close())
}

export default fp(plugin, { name: 'fastify-a2a-redis-store', fastify: '5.x' })
