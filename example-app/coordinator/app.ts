import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import agentRegistry from '../../plugins/agent-registry.ts'
import { addAgent, createServer, type AppOptions } from '../shared/app.ts'
import { registryOptions, type Addresses } from './agents.ts'
import { createCoordinator } from './coordinator.ts'
import { rules, type Mind } from './mind.ts'

export type CoordinatorAppOptions = AppOptions & {
  /** Where the agents are that it asks. */
  addresses: Addresses
  /** Default: rules, without a model. */
  mind?: Mind
  /** Serves the page that people use. */
  page?: FastifyPluginAsync
}

/** The coordinator as a server of its own: the agent, `GET /agents`, and the page. */
export async function createCoordinatorApp ({ addresses, mind = rules, page, url, server }: CoordinatorAppOptions): Promise<FastifyInstance> {
  const app = createServer(server)
  await app.register(agentRegistry, { path: '/agents', ...await registryOptions(addresses, process.env) })
  await addAgent(app, new URL('agent.yaml', import.meta.url), url, { executor: createCoordinator({ registry: app.a2aAgents, mind, url: `${url}/a2a` }) })
  if (page !== undefined) await app.register(page)
  return app
}
