import type { AgentCard } from '../../../schemas/v1/card.ts'
import type { RemoteAgent } from '../agent.ts'
import type { CardInHand } from '../discover.ts'
import type { ClientOptions } from '../options.ts'
import type { AgentSource, Target } from './sources.ts'
import type { TrustOptions } from './trust.ts'

export type RegistryEntry = {
  readonly agent: string | CardInHand
  /** Default: its URL, or its name. */
  readonly id?: string
  /** Those with a higher one are asked first. Default: 0. */
  readonly priority?: number
  /** In place of the registry's. */
  readonly client?: ClientOptions
}

export type RegistryOptions = {
  /** URLs, cards, or either with options of its own. */
  agents?: ReadonlyArray<Target | RegistryEntry>
  /** Where to hear of more: `fromUrl`, `fromFile`, or a function of yours. */
  sources?: readonly AgentSource[]
  /** How often cards and lists are looked at again, in ms; 0 for never. What is fresh by its `max-age` is not asked for. Default: 300,000. */
  refresh?: number
  /** Of the clients of all agents. */
  client?: ClientOptions
  trust?: TrustOptions
  /** When an agent is left alone. Default: for 30 s, after 5 failures in a row. */
  circuit?: { failures?: number, pause?: number }
  /** Told of agents and lists that can't be had; they are tried again at the next refresh. */
  onError?: (error: unknown, id: string) => void
}

export type Health = {
  /** Whether it may be asked now: it was found, and its circuit is closed. */
  readonly isHealthy: boolean
  /** In a row. */
  readonly failures: number
  readonly lastError: unknown
  /** When it last answered as it should, in ms since the epoch. */
  readonly lastSeen: number | undefined
}

export type RegisteredAgent = {
  readonly id: string
  readonly priority: number
  readonly card: AgentCard
  readonly agent: RemoteAgent
  readonly health: Health
}

/** What an agent should have; all that is given must fit. */
export type AgentQuery = {
  /** Of a skill. */
  skill?: string
  tag?: string
  /** Words that stand in the name, the description, the tags or the examples of the agent or of one of its skills. */
  text?: string
  /** Media types that the skill, or else the agent, takes and makes: `image/*` fits `image/png`. */
  inputMode?: string
  outputMode?: string
}
