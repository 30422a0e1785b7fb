import { fileURLToPath } from 'node:url'
import Fastify, { type FastifyInstance } from 'fastify'
import agentRegistry from '../../plugins/agent-registry.ts'
import { addAgent, type AppOptions } from '../shared/app.ts'
import { registryOptions, type Addresses } from './agents.ts'
import { createCoordinator } from './coordinator.ts'
import { rules, type Mind } from './mind.ts'
import { servePage } from './page.ts'

export type CoordinatorAppOptions = AppOptions & { addresses: Addresses, mind?: Mind }

/** The coordinator as a server of its own: the agent, `GET /agents`, and the page, where that has been built. */
export async function createCoordinatorApp ({ addresses, mind = rules, ...options }: CoordinatorAppOptions): Promise<FastifyInstance> {
  const app = Fastify(options.server)
  await app.register(agentRegistry, { path: '/agents', ...await registryOptions(addresses, process.env) })
  await addAgent(app, new URL('agent.yaml', import.meta.url), options.url, { executor: createCoordinator({ registry: app.a2aAgents, mind, url: `${options.url}/a2a` }) })
  await servePage(app, fileURLToPath(new URL('../page/dist', import.meta.url)))
  return app
}
