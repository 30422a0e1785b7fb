import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { openPostgresStore, type OpenPostgresOptions } from '../lib/stores/postgres/open.ts'
import './types.ts'

export { migratePostgres, openPostgresStore, type OpenPostgresOptions, type PostgresTarget } from '../lib/stores/postgres/open.ts'

/** Keeps tasks in PostgreSQL, on a server or, as PGlite, in this process. Register it before the agents. */
const plugin: FastifyPluginAsync<OpenPostgresOptions> = async (fastify, options) => {
  const store = await openPostgresStore(options)
  fastify.decorate('a2aStore', store)
  fastify.addHook('onClose', async () => await store.close())
}

export default fp(plugin, { name: 'fastify-a2a-postgres-store', fastify: '5.x' })
