import type { FastifyInstance } from 'fastify'
import { createAgentApp, type AppOptions } from '../shared/app.ts'

export async function createCharterApp (options: AppOptions): Promise<FastifyInstance> {
  return await createAgentApp(new URL('agent.yaml', import.meta.url), options)
}
