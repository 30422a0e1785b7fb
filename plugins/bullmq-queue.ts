import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { openBullMq, type BullMqOptions } from '../lib/queues/bullmq.ts'
import { decorateQueue } from './queue.ts'

export type { BullMqOptions } from '../lib/queues/bullmq.ts'

/** Carries turns to workers by BullMQ, for agents with `execution: 'queue'`. Register it before the agents. */
const plugin: FastifyPluginAsync<BullMqOptions> = async (fastify, options) => decorateQueue(fastify, await openBullMq(options))

export default fp(plugin, { name: 'fastify-a2a-bullmq-queue', fastify: '5.x' })
