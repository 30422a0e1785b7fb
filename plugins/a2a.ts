import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import type { Agent } from '../lib/agent/agent.ts'
import { createDirectory, type Directory } from '../lib/agent/directory.ts'
import { readOptions } from '../lib/agent/config.ts'
import { MisuseError } from '../lib/agent/errors.ts'
import type { AgentOptions } from '../lib/agent/options.ts'
import { jobServerFor, patrolFor } from '../lib/agent/patrol.ts'
import { resolveOptions, type Settings } from '../lib/agent/settings.ts'
import { resumeTask, type ResumeOptions } from '../lib/operations/resume.ts'
import { withPreset } from '../lib/presets/presets.ts'
import { A2AError, taskNotFound } from '../lib/protocol/errors.ts'
import { createMemoryStore } from '../lib/stores/memory/store.ts'
import type { TaskStore } from '../lib/task/store.ts'
import { agentCardRoutes } from './agent-card.ts'
import { loadGrpc } from './grpc/load.ts'
import { httpJsonRoutes } from './http-json/index.ts'
import { handleTogether } from './cohorts.ts'
import { jsonRpcRoutes } from './json-rpc/index.ts'
import { EventStreams } from './event-streams.ts'
import { checkHealth } from './health.ts'
import { pingRoute } from './ping.ts'
import { jwksRoutes, startSigning } from './jwks.ts'
import { createProtection } from './protection.ts'
import { startPush } from './push.ts'
import { queueOf } from './queue.ts'
import { redaction, resourceMetadataRoute } from './security.ts'
import './steady-ticks.ts'
import type { A2AHost, HostedAgent } from './types.ts'

/** How long deliveries that are under way may hold up the end of the server, in ms: others deliver what is left. */
const pushGrace = 3_000

/**
 * Hosts an agent over A2A, or one for each tenant. Register it once for each base URL, under its own `prefix`.
 * @throws MisuseError when an option is wrong; the message names its path
 */
const plugin: FastifyPluginAsync<AgentOptions> = async (fastify, options) => {
  const given = withPreset(await readOptions(options))
  // The whole prefix names the agent in the store: its own may be the same in two places.
  const place = (fastify.prefix + (given.prefix ?? '')).replace(/\/+$/, '')
  const placed = place === '' || given.id !== undefined ? given : { ...given, id: place }
  const settings = resolveOptions(placed)
  checkAnonymous(fastify, settings)
  const store = settings.store ?? storeOf(fastify)
  if (!fastify.hasRequestDecorator('a2aPrincipal')) fastify.decorateRequest('a2aPrincipal', null)
  const hosting = hostingOf(fastify)
  const jobs = settings.execution === 'queue' ? queueOf(fastify) : undefined

  // The shell above is the host's own scope; routes, parsers and error handlers stay in here.
  await fastify.register(async scope => {
    const signer = await startSigning(settings)
    const push = await startPush(settings, store, scope.log, signer?.ring)
    const workplace = { holder: randomUUID(), log: scope.log, push, jobs, signer }
    const agents = createDirectory(placed, settings, store, workplace)
    const patrol = patrolFor(agents, store, workplace)
    // Where there are workers, what was left behind is theirs, too.
    const isWorker = jobs === undefined || jobs.isWorker
    if (isWorker) scope.addHook('onReady', async () => patrol.start())
    jobs?.serve(jobServerFor(agents, store))
    const streams = new EventStreams(settings.stream)
    hosting.places.push({ agents, prefix: scope.prefix })
    let closeGrpc: (() => Promise<void>) | undefined
    hosting.close.push(async () => {
      patrol.rest()
      await jobs?.rest()
      await agents.close()
      patrol.stop()
      await Promise.all([streams.close(), closeGrpc?.(), push?.close(Math.min(settings.shutdownGrace, pushGrace))])
    })
    // Hooks run one after the other: the first one brings all agents to rest, at the same time.
    scope.addHook('preClose', async () => { await Promise.all(hosting.close.map(close => close())) })
    await scope.register(agentCardRoutes, { agents })
    if (settings.preset === 'agentcore') await scope.register(pingRoute, { agents })
    await scope.register(jwksRoutes, { settings, signer, push })
    if (settings.security !== undefined) await scope.register(resourceMetadataRoute, { security: settings.security, settings })
    // The card and the keys are for everybody; who uses the agent comes through here.
    const protection = await createProtection(scope, settings)
    for (const [binding, routes] of [['JSONRPC', jsonRpcRoutes], ['HTTP+JSON', httpJsonRoutes]] as const) {
      if (!settings.bindings.includes(binding)) continue
      await scope.register(async scope => {
        const gate = protection.protect(scope, binding)
        handleTogether(scope)
        await scope.register(routes, { agents, streams, gate })
      })
    }
    if (settings.grpc !== undefined) closeGrpc = await (await loadGrpc())(scope, { agents, grpc: settings.grpc, protection })
    scope.addHook('onClose', () => protection.close())
  }, { prefix: settings.prefix, ...settings.logLevel !== undefined && { logLevel: settings.logLevel }, ...redaction(fastify, settings.security) })
}

function checkAnonymous (fastify: FastifyInstance, { allowAnonymous, id }: Settings): void {
  if (allowAnonymous !== undefined) return
  if (process.env.NODE_ENV === 'production') {
    throw new MisuseError('A2A_ERR_OPTIONS', 'a2a options: security or allowAnonymous must be set in production: allowAnonymous: true serves everybody, false only callers for whom a hook of yours has set request.a2aPrincipal')
  }
  fastify.log.warn({ agent: id }, 'this A2A agent serves anonymous callers; set security, or allowAnonymous to say that it is meant. With NODE_ENV=production it will not start')
}

function storeOf (fastify: FastifyInstance): TaskStore {
  if (!fastify.hasDecorator('a2aStore')) {
    const store = createMemoryStore()
    fastify.decorate('a2aStore', store)
    fastify.addHook('onClose', async () => await store.close())
  }
  return fastify.a2aStore
}

/** What this server hosts: where, and how to bring it to rest. */
type Hosting = { places: Array<{ agents: Directory, prefix: string }>, close: Array<() => Promise<void>> }

const hostings = new WeakMap<A2AHost, Hosting>()

function hostingOf (fastify: FastifyInstance): Hosting {
  const known = fastify.hasDecorator('a2a') ? hostings.get(fastify.a2a) : undefined
  if (known !== undefined) return known
  const hosting: Hosting = { places: [], close: [] }
  const host: A2AHost = {
    get agents () { return hosting.places.flatMap(({ agents, prefix }) => agents.agents().map(agent => hosted(agent, prefix, agents.isFixed))) },
    health: async options => await checkHealth(hosting.places.flatMap(({ agents }) => agents.agents()), options),
    resume: async (taskId, options) => {
      for (const { agents } of hosting.places) {
        const agent = await agentOf(agents, options)
        const task = agent && await resumeTask(agent, taskId, options, fastify.log)
        if (task !== undefined) return task
      }
      throw taskNotFound(taskId)
    }
  }
  hostings.set(host, hosting)
  fastify.decorate('a2a', host)
  return hosting
}

/** Undefined where the tenant has none. */
async function agentOf (agents: Directory, { tenant = '', principal }: ResumeOptions): Promise<Agent | undefined> {
  try {
    return await agents.find(tenant, principal)
  } catch (error) {
    if (error instanceof A2AError && error.name === 'NotFoundError') return undefined
    throw error
  }
}

function hosted ({ settings, cards, tasks, push }: Agent, prefix: string, isFixed: boolean): HostedAgent {
  return {
    id: settings.id,
    tenant: settings.tenant,
    prefix,
    publicUrl: settings.publicUrl,
    cardPath: settings.paths.card,
    isFixed,
    card: baseUrl => cards.public(baseUrl),
    deadLetters: push?.deadLetters(settings.id),
    get activeTurns () { return tasks.size }
  }
}

export default fp(plugin, { name: 'fastify-a2a', fastify: '5.x' })
