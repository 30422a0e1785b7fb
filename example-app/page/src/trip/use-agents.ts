import { useEffect, useState } from 'preact/hooks'
import type { AgentCard } from '../../../../schemas/v1/card.ts'
import type { AgentCatalogue, AgentId } from '../../../shared/messages.ts'

/** An agent by its card. */
export type KnownAgent = { readonly id: AgentId, readonly card: AgentCard, readonly isHealthy: boolean }

/** The coordinator, then those that it knows; undefined until they have been asked for. @param moment asked for again when it changes */
export function useAgents (moment: unknown): readonly KnownAgent[] | undefined {
  const [agents, setAgents] = useState<readonly KnownAgent[]>()
  useEffect(() => {
    const leave = new AbortController()
    findAgents(leave.signal).then(setAgents, () => { if (!leave.signal.aborted) setAgents(known => known ?? []) })
    return () => leave.abort()
  }, [moment])
  return agents
}

async function findAgents (signal: AbortSignal): Promise<KnownAgent[]> {
  const [card, { entries }] = await Promise.all([
    get<AgentCard>('/.well-known/agent-card.json', signal),
    get<AgentCatalogue>('/agents', signal)
  ])
  return [{ id: 'coordinator', card, isHealthy: true }, ...entries.map(({ identifier, data, isHealthy }) => ({ id: identifier, card: data, isHealthy }))]
}

/** @returns what this server says it is */
async function get<T> (url: string, signal: AbortSignal): Promise<T> {
  const response = await fetch(url, { headers: { 'a2a-version': '1.0' }, signal })
  if (!response.ok) throw new Error(`${url} answers ${response.status}`)
  return await response.json()
}
