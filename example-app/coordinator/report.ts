/** Tells the client what goes on: who does what, each message to and from an agent, each offer. */
import type { AgentEvent, AgentRegistry } from '../../lib/client/index.ts'
import type { Message, StreamResponse, TaskContext } from '../../plugins/index.ts'
import { helpers, roles } from './agents.ts'
import type { AgentId, AgentProgress, Exchange, ItineraryItem, Progress } from '../shared/messages.ts'

type State = AgentProgress['agent']['state']

export type Report = {
  say (text: string): Promise<void>
  agent (id: AgentId, state: State, note?: string): Promise<void>
  sent (id: AgentId, message: Message): Promise<void>
  received (id: AgentId, event: AgentEvent): Promise<void>
  failed (id: AgentId, error: unknown): Promise<void>
  offer (agent: AgentId, offer: ItineraryItem): Promise<void>
}

const method = 'SendStreamingMessage'

export function createReport (task: TaskContext, registry: AgentRegistry, ownUrl: string): Report {
  const tell = async (data: Progress, text?: string) => {
    await task.working([...text === undefined ? [] : [{ text }], { data }])
  }

  const exchange = async (rest: Pick<Exchange, 'agent' | 'direction' | 'payload'>) => {
    await tell({ kind: 'exchange', at: new Date().toISOString(), method, ...rest })
  }

  const agent = async (id: AgentId, state: State, note?: string) => {
    const known = registry.get(id)
    const name = id === 'coordinator' ? 'Coordinator' : known?.card.name ?? id
    const url = id === 'coordinator' ? ownUrl : known?.agent.interface.url ?? ''
    await tell({ kind: 'agent', agent: { id, name, role: roles[id], url, state, ...note !== undefined && { note } } }, note === undefined ? undefined : `${name}: ${note}`)
  }

  return {
    say: async text => { await task.working(text) },
    agent,
    sent: async (id, message) => { await exchange({ agent: id, direction: 'sent', payload: { message } }) },
    received: async (id, event) => { await exchange({ agent: id, direction: 'received', payload: toResponse(event) }) },
    failed: async (id, error) => {
      const message = error instanceof Error ? error.message : String(error)
      await exchange({ agent: id, direction: 'received', payload: { error: { message } } })
      await agent(id, 'failed', message)
    },
    offer: async (agent, offer) => { await tell({ kind: 'offer', agent, offer }) }
  }
}

/** All agents are told of at the start; one that was not found has failed. */
export async function introduce (report: Report, registry: AgentRegistry): Promise<void> {
  await report.agent('coordinator', 'working')
  for (const id of helpers) {
    if (registry.get(id) === undefined) await report.agent(id, 'failed', 'Not found')
    else await report.agent(id, 'idle')
  }
}

/** As it came on the wire. */
function toResponse (event: AgentEvent): StreamResponse {
  switch (event.type) {
    case 'task': return { task: event.task }
    case 'message': return { message: event.message }
    case 'status': {
      const { type, ...statusUpdate } = event
      return { statusUpdate }
    }
    case 'artifact': {
      const { type, ...artifactUpdate } = event
      return { artifactUpdate }
    }
  }
}
