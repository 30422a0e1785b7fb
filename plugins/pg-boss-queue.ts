import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { openPgBoss, type PgBossOptions } from '../lib/queues/pg-boss.ts'
import { decorateQueue } from './queue.ts'

export type { PgBossOptions } from '../lib/queues/pg-boss.ts'

/** Carries turns to workers by pg-boss, for agents with `execution: 'queue'`. Register it before the agents. */
const plugin: FastifyPluginAsync<PgBossOptions> = async (fastify, options) => decorateQueue(fastify, await openPgBoss(options))

export default fp(plugin, { name: 'fastify-a2a-pg-boss-queue', fastify: '5.x' })
