import { A2AError } from '../protocol/errors.ts'
import type { TaskStore } from '../task/store.ts'
import { closeAgent, createAgent, type Agent, type Workplace } from './agent.ts'
import type { Principal } from './executor.ts'
import type { AgentOptions, TenantAgentOptions } from './options.ts'
import { resolveTenant, type Settings } from './settings.ts'
import { TenantAgents } from './tenant-agents.ts'

/** The agents behind one base URL: one, or one for each tenant (A2A 1.0 §4.4.6). */
export type Directory = {
  /** What holds for all of them: versions, limits, paths, streams. */
  readonly settings: Settings
  /** Whether tenants have agents of their own. */
  readonly hasTenants: boolean
  /** Whether the options say who there is; a function that answers agents does not. */
  readonly isFixed: boolean
  /**
   * The agent that serves a tenant; `''` for a request that names none. Whoever asks must have checked the caller:
   * who is not let in shall not learn who there is.
   * @throws A2AError NotFound, which tells nothing of who there is
   */
  find (tenant: string, principal?: Principal): Agent | Promise<Agent>
  /** Those that are at hand: all of them, unless a function answers them. */
  agents (): Agent[]
  /** Brings all of them to rest. */
  close (): Promise<void>
}

/** One agent for all tenants, whose tasks it keeps apart. */
export function directoryOf (agent: Agent): Directory {
  return { settings: agent.settings, hasTenants: false, isFixed: true, find: () => agent, agents: () => [agent], close: () => closeAgent(agent) }
}

/**
 * The agents that the options describe.
 * @param options checked already: `settings` were made of them
 * @throws MisuseError for what is wrong with the agent of a tenant
 */
export function createDirectory (options: AgentOptions, settings: Settings, store: TaskStore, workplace?: Workplace): Directory {
  const { agents: tenants } = options
  if (tenants === undefined) return directoryOf(createAgent(settings, store, workplace))
  const unnamed = options.card === undefined ? undefined : createAgent(settings, store, workplace)
  const create = (settings: Settings) => createAgent(settings, store, workplace)
  const resolve = (tenant: string, given: TenantAgentOptions) => resolveTenant(options, tenant, given)
  const named: NamedAgents = typeof tenants === 'function'
    ? new TenantAgents(tenants, { resolve, create, max: settings.limits.tenants })
    // No plain object: a tenant may have the name of what those inherit.
    : fixedAgents(new Map(Object.entries(tenants).map(([tenant, given]) => [tenant, create(resolve(tenant, given))])))
  const agents = () => unnamed === undefined ? named.agents() : [unnamed, ...named.agents()]
  return {
    settings,
    hasTenants: true,
    isFixed: typeof tenants !== 'function',
    find: (tenant, principal) => {
      const found = tenant === '' ? unnamed : named.find(tenant, principal)
      return found instanceof Promise ? found.then(known) : known(found)
    },
    agents,
    close: async () => { await Promise.all([unnamed && closeAgent(unnamed), named.close()]) }
  }
}

/** The agents of tenants, by name. */
type NamedAgents = { find (tenant: string, principal?: Principal): Agent | undefined | Promise<Agent | undefined>, agents (): Agent[], close (): Promise<void> }

function fixedAgents (agents: ReadonlyMap<string, Agent>): NamedAgents {
  return {
    find: tenant => agents.get(tenant),
    agents: () => [...agents.values()],
    close: async () => { await Promise.all([...agents.values()].map(closeAgent)) }
  }
}

function known (agent: Agent | undefined): Agent {
  if (agent === undefined) throw new A2AError('NotFoundError')
  return agent
}
