import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { createAgent, type Agent } from '../lib/agent/agent.ts'
import { directoryOf } from '../lib/agent/directory.ts'
import { readOptions } from '../lib/agent/config.ts'
import { MisuseError } from '../lib/agent/errors.ts'
import type { AgentOptions } from '../lib/agent/options.ts'
import { resolveOptions, type Settings } from '../lib/agent/settings.ts'
import { createMemoryStore } from '../lib/stores/memory/store.ts'
import type { TaskStore } from '../lib/task/store.ts'
import { agentCardRoutes } from './agent-card.ts'
import { httpJsonRoutes } from './http-json/index.ts'
import { jsonRpcRoutes } from './json-rpc/index.ts'
import { EventStreams } from './event-streams.ts'
import type { A2AHost, HostedAgent } from './types.ts'

/**
 * Hosts an agent over A2A. Register it once for each agent, under its own `prefix`.
 * @throws MisuseError when an option is wrong; the message names its path
 */
const plugin: FastifyPluginAsync<AgentOptions> = async (fastify, options) => {
  const given = await readOptions(options)
  // The whole prefix names the agent in the store: its own may be the same in two places.
  const place = (fastify.prefix + (given.prefix ?? '')).replace(/\/+$/, '')
  const settings = resolveOptions(place === '' || given.id !== undefined ? given : { ...given, id: place })
  checkAnonymous(fastify, settings)
  const store = settings.store ?? storeOf(fastify)
  if (!fastify.hasRequestDecorator('a2aPrincipal')) fastify.decorateRequest('a2aPrincipal', null)
  const hosting = hostingOf(fastify)

  // The shell above is the host's own scope; routes, parsers and error handlers stay in here.
  await fastify.register(async scope => {
    const agent = createAgent(settings, store)
    const streams = new EventStreams(settings.stream)
    hosting.agents.push(hosted(agent, scope.prefix))
    hosting.close.push(async () => {
      await agent.tasks.close()
      await streams.close()
    })
    // Hooks run one after the other: the first one brings all agents to rest, at the same time.
    scope.addHook('preClose', async () => { await Promise.all(hosting.close.map(close => close())) })
    await scope.register(agentCardRoutes, { agent })
    if (settings.bindings.includes('JSONRPC')) await scope.register(jsonRpcRoutes, { agent, streams })
    if (settings.bindings.includes('HTTP+JSON')) await scope.register(httpJsonRoutes, { agents: directoryOf(agent), streams })
  }, { prefix: settings.prefix, ...settings.logLevel !== undefined && { logLevel: settings.logLevel } })
}

function checkAnonymous (fastify: FastifyInstance, { allowAnonymous, id }: Settings): void {
  if (allowAnonymous !== undefined) return
  if (process.env.NODE_ENV === 'production') {
    throw new MisuseError('A2A_ERR_OPTIONS', 'a2a options: allowAnonymous must be set in production: true serves everybody, false only callers for whom a hook of yours has set request.a2aPrincipal')
  }
  fastify.log.warn({ agent: id }, 'this A2A agent serves anonymous callers; set allowAnonymous to say whether that is meant. With NODE_ENV=production it will not start')
}

function storeOf (fastify: FastifyInstance): TaskStore {
  if (!fastify.hasDecorator('a2aStore')) {
    const store = createMemoryStore()
    fastify.decorate('a2aStore', store)
    fastify.addHook('onClose', async () => await store.close())
  }
  return fastify.a2aStore
}

/** What this server hosts: for users, and how to bring each agent to rest. */
type Hosting = { agents: HostedAgent[], close: Array<() => Promise<void>> }

const hostings = new WeakMap<A2AHost, Hosting>()

function hostingOf (fastify: FastifyInstance): Hosting {
  const known = fastify.hasDecorator('a2a') ? hostings.get(fastify.a2a) : undefined
  if (known !== undefined) return known
  const hosting: Hosting = { agents: [], close: [] }
  const host: A2AHost = { agents: hosting.agents }
  hostings.set(host, hosting)
  fastify.decorate('a2a', host)
  return hosting
}

function hosted ({ settings, cards, tasks }: Agent, prefix: string): HostedAgent {
  return {
    id: settings.id,
    prefix,
    card: baseUrl => cards.public(baseUrl),
    get activeTurns () { return tasks.size }
  }
}

export default fp(plugin, { name: 'fastify-a2a', fastify: '5.x' })
