import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import a2a from '../../plugins/index.ts'

/** The flight agent as a server of its own: everything about it stands in agent.yaml. */
export async function createFlightApp (options: FastifyServerOptions = {}): Promise<FastifyInstance> {
  const app = Fastify(options)
  await app.register(a2a, {
    config: new URL('agent.yaml', import.meta.url),
    ...process.env.PUBLIC_URL !== undefined && { publicUrl: process.env.PUBLIC_URL }
  })
  return app
}
