/** An agent as a server of its own: what it is stands in its agent.yaml. Its card is signed by a key that is new at each start. */
import { generateKeyPairSync } from 'node:crypto'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import a2a, { type AgentOptions } from '../../plugins/index.ts'

export type AppOptions = {
  /** Where its clients find it: signed cards say so. */
  url: string
  server?: FastifyServerOptions
}

/** @param more options beside those of the config file */
export async function createAgentApp (config: URL, { url, server }: AppOptions, more?: AgentOptions): Promise<FastifyInstance> {
  const app = createServer(server)
  await addAgent(app, config, url, more)
  return app
}

/** On a busy machine, TypeScript that is compiled at the start takes longer than Fastify's usual 10 s. */
export function createServer (options: FastifyServerOptions = {}): FastifyInstance {
  return Fastify({ pluginTimeout: 60_000, ...options })
}

export async function addAgent (app: FastifyInstance, config: URL, url: string, more: AgentOptions = {}): Promise<void> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  await app.register(a2a, { config, publicUrl: url, signing: { keys: [key] }, ...more })
}
