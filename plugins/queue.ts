import type { FastifyInstance } from 'fastify'
import { MisuseError } from '../lib/agent/errors.ts'
import type { JobQueue } from '../lib/task/jobs.ts'
import './types.ts'

/** Fetches jobs when the server is ready, and ends with it. */
export function decorateQueue (fastify: FastifyInstance, queue: JobQueue): void {
  fastify.decorate('a2aQueue', queue)
  fastify.addHook('onReady', async () => await queue.start())
  fastify.addHook('onClose', async () => await queue.close())
}

/** @throws MisuseError when no queue plugin is registered */
export function queueOf (fastify: FastifyInstance): JobQueue {
  if (fastify.hasDecorator('a2aQueue')) return fastify.a2aQueue
  throw new MisuseError('A2A_ERR_OPTIONS', "a2a options: execution: 'queue' needs a queue: register fastify-a2a/bullmq-queue or fastify-a2a/pg-boss-queue before the agent")
}
