import type { FastifyInstance } from 'fastify'
import { createAgentApp, type AppOptions } from '../shared/app.ts'

export async function createFlightApp (options: AppOptions): Promise<FastifyInstance> {
  return await createAgentApp(new URL('agent.yaml', import.meta.url), options)
}
