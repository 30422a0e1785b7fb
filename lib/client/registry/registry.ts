import type { RemoteAgent } from '../agent.ts'
import { ClientError } from '../errors.ts'
import type { ClientOptions } from '../options.ts'
import { delegate, type DelegateOptions, type Delegation, type Work } from './delegate.ts'
import { skillsThatFit } from './find.ts'
import { Member } from './member.ts'
import type { AgentQuery, Health, RegisteredAgent, RegistryEntry, RegistryOptions } from './options.ts'
import type { Target } from './sources.ts'

/** The agents that this process knows. */
export type AgentRegistry = {
  /** Those whose cards are there. */
  agents (): RegisteredAgent[]
  get (id: string): RegisteredAgent | undefined
  /** Those that fit: the healthy ones first, then by priority, then in the order in which they came. */
  find (query: AgentQuery): RegisteredAgent[]
  /** Of all, also of those that have not been found yet. */
  health (): ReadonlyMap<string, Health>
  /** @throws what `discover` throws, and ClientError A2A_ERR_TRUST; the agent is then not added */
  add (agent: Target | RegistryEntry): Promise<RegisteredAgent>
  /** @returns whether there was one */
  remove (id: string): Promise<boolean>
  /** Looks at all lists, and at all cards that are not fresh any more. */
  refresh (): Promise<void>
  /**
   * Has an agent do something: those with the skill are asked one after the other until one does it. What is rejected, or waits for its
   * client, is an answer, and not taken elsewhere.
   * @throws DelegationError, which says who failed and why
   */
  delegate (work: Work, options?: DelegateOptions): Promise<Delegation>
  /**
   * Does something with one agent, unless it is left alone now; how that goes counts for its health.
   * @throws ClientError A2A_ERR_CARD where there is none of that name; what `work` throws
   */
  run<T> (id: string, work: (agent: RemoteAgent) => Promise<T>): Promise<T>
  /** Calls `listener` when agents have come or gone, or their cards have changed. @returns what ends it */
  onChange (listener: () => void): () => void
  close (): Promise<void>
}

/**
 * @example
 * const registry = await createRegistry({ agents: ['https://flights.example.com', 'https://hotels.example.com'] })
 * const { id, text } = await registry.delegate({ skill: 'flight-search', message: 'Berlin to Tokyo tomorrow' })
 */
export async function createRegistry (options: RegistryOptions = {}): Promise<AgentRegistry> {
  const { agents = [], sources = [], refresh: interval = 300_000, onError = () => {} } = options
  const members = new Map<string, Member>()
  /** Those that a list has named, by the list: they go when it names them no more. */
  const listed = new Map<number, Set<string>>()
  const listeners = new Set<() => void>()
  let told = '[]'

  function include (given: Target | RegistryEntry): Member {
    const { agent: target, id = idOf(target), priority = 0, client } = isEntry(given) ? given : { agent: given }
    const known = members.get(id)
    if (known !== undefined) return known
    const { failures = 5, pause = 30_000 } = options.circuit ?? {}
    const merged: ClientOptions = { ...options.client, ...client }
    const member = new Member({ id, target, priority, client: merged, trust: options.trust ?? {}, circuit: { failures, pause } })
    members.set(id, member)
    return member
  }

  async function readSources (): Promise<void> {
    await Promise.all(sources.map(async (source, index) => {
      try {
        const named = new Set((await source()).map(target => include(target).settings.id))
        for (const id of listed.get(index) ?? []) if (!named.has(id)) await remove(id)
        listed.set(index, named)
      } catch (error) {
        onError(error, `source ${index}`)
      }
    }))
  }

  async function refresh (): Promise<void> {
    await readSources()
    await Promise.all([...members.values()].map(async member => {
      await member.refresh().catch((error: unknown) => onError(error, member.settings.id))
    }))
    tell()
  }

  async function remove (id: string): Promise<boolean> {
    const member = members.get(id)
    members.delete(id)
    tell()
    await member?.close()
    return member !== undefined
  }

  function tell (): void {
    const now = JSON.stringify(registered().map(({ id, card }) => [id, card]))
    if (now === told) return
    told = now
    for (const listener of listeners) listener()
  }

  function find (query: AgentQuery): RegisteredAgent[] {
    return registered().filter(({ card }) => skillsThatFit(card, query).length > 0).sort(byHealthAndPriority)
  }

  function registered (): RegisteredAgent[] {
    return [...members.values()].flatMap(member => member.registered ?? [])
  }

  for (const agent of agents) include(agent)
  await refresh()
  const timer = interval > 0 ? setInterval(() => { void refresh() }, interval).unref() : undefined

  return {
    agents: registered,
    get: id => members.get(id)?.registered,
    find,
    health: () => new Map([...members].map(([id, member]) => [id, member.health])),
    add: async given => {
      const member = include(given)
      try {
        await member.refresh()
      } catch (error) {
        await remove(member.settings.id)
        throw error
      }
      const added = member.registered
      if (added === undefined) throw new Error('an agent that was found is registered')
      tell()
      return added
    },
    remove,
    refresh,
    delegate: async (work, options = {}) => {
      const fitting = find(work)
      const ranked = (options.rank?.(fitting) ?? fitting).slice(0, options.maxAgents)
      return await delegate(ranked.flatMap(({ id }) => members.get(id) ?? []), work, options)
    },
    run: async (id, work) => {
      const member = members.get(id)
      if (member === undefined) throw new ClientError('A2A_ERR_CARD', `There is no agent ${id} in the registry`)
      return await member.run(work)
    },
    onChange: listener => {
      listeners.add(listener)
      return () => { listeners.delete(listener) }
    },
    close: async () => {
      clearInterval(timer)
      listeners.clear()
      await Promise.all([...members.keys()].map(remove))
    }
  }
}

/** Sorting is stable. */
function byHealthAndPriority (a: RegisteredAgent, b: RegisteredAgent): number {
  return Number(b.health.isHealthy) - Number(a.health.isHealthy) || b.priority - a.priority
}

function idOf (target: Target): string {
  return typeof target === 'string' ? target : target.name
}

function isEntry (given: Target | RegistryEntry): given is RegistryEntry {
  return typeof given === 'object' && 'agent' in given && !('name' in given)
}
