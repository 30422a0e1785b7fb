import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { createMemoryStore, type MemoryStoreOptions } from '../lib/stores/memory/store.ts'
import './types.ts'

/** Keeps tasks in memory, with limits of your own: see `MemoryStoreOptions`. Register it before the agents. */
const plugin: FastifyPluginAsync<MemoryStoreOptions> = async (fastify, options) => {
  const store = createMemoryStore(options)
  fastify.decorate('a2aStore', store)
  fastify.addHook('onClose', async () => await store.close())
}

export default fp(plugin, { name: 'fastify-a2a-memory-store', fastify: '5.x' })
