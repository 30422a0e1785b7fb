/** Where work can be given to. */
import type { AgentCard } from '../../schemas/v1/card.ts'
import type { RemoteAgent } from '../client/agent.ts'
import type { AgentRegistry } from '../client/registry/registry.ts'

export type ToolSource = RemoteAgent | readonly RemoteAgent[] | AgentRegistry

/** An agent, at hand or by its name in a registry. */
export type Place = {
  readonly id: string
  readonly card: AgentCard
  run<T> (work: (agent: RemoteAgent) => Promise<T>): Promise<T>
}

export function placesOf (source: ToolSource): Place[] {
  if (isRegistry(source)) {
    return source.agents().map(({ id, card }) => ({ id, card, run: async work => await source.run(id, work) }))
  }
  const agents = isList(source) ? source : [source]
  return agents.map(agent => ({ id: agent.interface.url + (agent.interface.tenant ?? ''), card: agent.card, run: async work => await work(agent) }))
}

export function isRegistry (source: unknown): source is AgentRegistry {
  return typeof source === 'object' && source !== null && 'agents' in source && 'find' in source
}

function isList (source: RemoteAgent | readonly RemoteAgent[]): source is readonly RemoteAgent[] {
  return Array.isArray(source)
}
