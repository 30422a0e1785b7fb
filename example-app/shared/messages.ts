/**
 * What the coordinator and its clients say to each other: the `data` of the parts. A page on the same origin may use
 *
 * - `POST /a2a`: JSON-RPC of A2A 1.0 (header `A2A-Version: 1.0`), `SendStreamingMessage`; a follow-up carries the `taskId`
 * - `GET /.well-known/agent-card.json`: the coordinator's card; its skill's `examples` are wishes that work
 * - `GET /agents`: `AgentCatalogue`, the agents that the coordinator knows, with their cards; one that has not been found is not in it
 *
 * In the stream of a turn
 *
 * - status updates of TASK_STATE_WORKING: a message with a text part, a line for people, or a data part that is a `Progress`, or both
 * - the status update of TASK_STATE_INPUT_REQUIRED: a text part, and a data part that is a `Form`. It is answered by a message with a data
 *   part that fits its schema, or by plain text. The turn ends with it; the answer is a new `SendStreamingMessage` with the `taskId`
 * - the artifact `itinerary` (its `artifactId` and `name`): a text part in Markdown, and a data part that is an `Itinerary`.
 *   Other artifacts are the coordinator's own notes
 * - at last the status update of TASK_STATE_COMPLETED, or of TASK_STATE_FAILED, TASK_STATE_REJECTED, TASK_STATE_CANCELED with a text part
 */
import type { AgentCard } from '../../plugins/index.ts'

export type Money = { amount: number, currency: 'EUR' }

/** In `agent` of all that follows: the coordinator, or one of those that it asks. `flights` is asked first, `charter` where that fails. */
export type AgentId = 'coordinator' | 'flights' | 'charter' | 'hotels' | 'activities'

export type Progress = AgentProgress | Exchange | OfferProgress

/** How an agent is doing; the latest one of each agent counts. All agents are told of at the start of each turn. */
export type AgentProgress = {
  kind: 'agent'
  agent: {
    id: AgentId
    /** As on its card. */
    name: string
    /** What it is asked for, in a word or two. */
    role: string
    /** Where it is spoken to. */
    url: string
    /** `waiting`: it has asked something. */
    state: 'idle' | 'working' | 'waiting' | 'done' | 'failed'
    /** One line about it: what it does, what it has found, why it failed. */
    note?: string
  }
}

/** A message between the coordinator and an agent. */
export type Exchange = {
  kind: 'exchange'
  agent: AgentId
  /** From the coordinator to the agent, or the other way. */
  direction: 'sent' | 'received'
  /** ISO 8601. */
  at: string
  /** The operation, as in `SendStreamingMessage`; of what was received, the one that it answers. */
  method?: string
  /** The JSON of A2A: the `params` that were sent, a `StreamResponse` that was received, or `{ error: { message } }`. */
  payload: unknown
}

/** An offer as an agent found it. */
export type OfferProgress = { kind: 'offer', agent: AgentId, offer: ItineraryItem }

export type ItineraryItem = {
  kind: 'flight' | 'hotel' | 'activity'
  /** From 1; of a hotel, the day of arrival. Absent in offers. */
  day?: number
  title: string
  detail: string
  /** Of all travellers and, of a hotel, of all nights. */
  price: Money
  agent: AgentId
}

export type Itinerary = {
  kind: 'itinerary'
  destination: string
  /** `YYYY-MM-DD`, of the first day. */
  starts: string
  days: number
  travellers: number
  budget: Money
  /** The sum of the prices; never above the budget. */
  total: Money
  /** In the order of days. */
  items: ItineraryItem[]
  /** What the traveller should know: who took over for whom, why the hotel was changed. */
  notes: string[]
}

/** A question for people. */
export type Form = {
  kind: 'form'
  /** Who wants to know. */
  agent: AgentId
  title: string
  schema: FormSchema
}

/** JSON Schema of an object with flat fields. */
export type FormSchema = {
  type: 'object'
  required: string[]
  properties: Record<string, FormField>
}

export type FormField =
  | { type: 'string', title: string, enum?: string[], format?: 'date', default?: string }
  | { type: 'number' | 'integer', title: string, minimum?: number, maximum?: number, default?: number }

/** An AI Catalog. */
export type AgentCatalogue = {
  specVersion: string
  entries: Array<{ identifier: AgentId, type: string, data: AgentCard, isHealthy: boolean }>
}
