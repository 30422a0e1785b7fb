import type { AgentExtension, AgentProvider, SecurityRequirement } from '../../schemas/v1/card.ts'
import type { Message, Struct } from '../../schemas/v1/common.ts'
import type { TaskStore } from '../task/store.ts'
import type { Executor, Principal } from './executor.ts'

export type ProtocolVersion = '1.0' | '0.3'

/** A JSON Schema (draft 2020-12). */
export type JsonSchema = Record<string, unknown>

/** Deadlines of a turn, in ms. When one passes, `task.signal` fires and the task fails with a message that says so. */
export type Deadlines = {
  /** How long a turn may take. Default: no limit. */
  timeout?: number
  /** How long a turn may stay silent between two events. Default: no limit. */
  idleTimeout?: number
}

/** A skill as it stands in the card, and how it is served. */
export type SkillOptions = Deadlines & {
  id: string
  /** Default: the id. */
  name?: string
  /** Default: the name. */
  description?: string
  /** Default: the id alone. */
  tags?: string[]
  examples?: string[]
  inputModes?: string[]
  outputModes?: string[]
  securityRequirements?: SecurityRequirement[]
  /** Serves this skill instead of the agent's executor. */
  handler?: Executor
  /** What a data part of a message to this skill must look like; published in the card. */
  inputSchema?: JsonSchema
  /** What the data parts of this skill's artifacts look like; checked and published in the card. */
  outputSchema?: JsonSchema
}

export type CardOptions = {
  name: string
  description: string
  /** The agent's own version. Default: `1.0.0`. */
  version?: string
  provider?: AgentProvider
  documentationUrl?: string
  iconUrl?: string
  /** Default: `text/plain` and `application/json`. */
  defaultInputModes?: string[]
  /** Default: `text/plain` and `application/json`. */
  defaultOutputModes?: string[]
  /** Default: one skill that is the agent. */
  skills?: SkillOptions[]
  extensions?: AgentExtension[]
}

/** What `route` decides on. */
export type RouteInput = { message: Message, metadata: Readonly<Struct>, principal: Principal | undefined, tenant: string | undefined }

/** Bounds on what a caller or an executor can make large. Reaching one gives an error that names it. */
export type Limits = {
  /** Bytes of a request body. Default: 10 MiB. */
  bodySize?: number
  /** Nesting of a request body. Default: 100. */
  jsonDepth?: number
  /** Parts of one message. Default: 1,000. */
  parts?: number
  /** Messages kept in the history of a task; the oldest leave first. Default: 1,000. */
  history?: number
  /** Bytes of one artifact, all chunks together. Default: 64 MiB. */
  artifactSize?: number
  /** Events of one task. Default: 100,000. */
  events?: number
  /** Turns that run at once, over all tasks of the agent. Default: 1,000. */
  turns?: number
  /** Messages that wait for the running turn of one task. Default: 16. */
  queuedTurns?: number
  /** Open streams of one client: of a principal, else of an address. Default: 1,000. */
  streams?: number
}

export type StreamOptions = {
  /** Between heartbeat comments, in ms; 0 for none. Default: 15,000. */
  heartbeat?: number
  /** Bytes that may wait in the buffer of one stream before it pauses. Default: 1 MiB. */
  buffer?: number
  /** How long a reader may leave a full buffer unread before it is cut off, in ms. Default: 30,000. */
  stall?: number
}

export type AgentOptions = Deadlines & {
  /** The agent's card; a function is asked at every use, for agents and skills that come and go. */
  card?: CardOptions | (() => CardOptions | Promise<CardOptions>)
  /** Serves what no skill's own handler serves. */
  executor?: Executor
  /** A YAML or JSON file that says all of this. Options given beside it win. */
  config?: string
  /** Chooses the skill of a new task where the message does not name one; undefined leaves it open. */
  route?: (input: RouteInput) => string | undefined | Promise<string | undefined>
  /** Names the agent in the store; tasks are found again under the same id. Default: the prefix, or `default`. */
  id?: string
  /** Protocol versions that are served, the preferred first. Default: `1.0` and `0.3`. */
  versions?: ProtocolVersion[]
  /** The URL under which clients reach the prefix. Default: from the request. */
  publicUrl?: string
  /** Default: streaming on. */
  capabilities?: { streaming?: boolean, extendedAgentCard?: boolean }
  /** The card for authenticated callers (A2A 1.0 §3.1.11). Declares the capability. */
  extendedCard?: CardOptions | ((principal: Principal | undefined) => CardOptions | Promise<CardOptions>)
  /** `max-age` of the public card, in seconds. Default: 300. */
  cardMaxAge?: number
  /** Sends the public card with CORS headers: `true` for any origin, or a list. Default: false. */
  cardCors?: boolean | string[]
  /**
   * Whether callers without a principal are served. Unset: they are, with a warning at start, except
   * under NODE_ENV=production, where the plugin refuses to start.
   */
  allowAnonymous?: boolean
  /** Default: the decorator `fastify.a2aStore`, else tasks are kept in memory. */
  store?: TaskStore
  /** How long a canceled executor may take to stop, in ms. Default: 3,000. */
  cancelGrace?: number
  /** How long running turns may take to end when the server closes, in ms. Default: 10,000. */
  shutdownGrace?: number
  /**
   * How long a new exchange may stay without a task, in ms. An executor that replies within it answers with
   * a bare message; one that is slower gets a task, and its reply completes it. Default: 1,000.
   */
  replyWindow?: number
  /** Same owner, messageId and body: the first result is given again. Default: false. `ttl` in ms, default one day. */
  idempotency?: boolean | { ttl: number }
  limits?: Limits
  stream?: StreamOptions
}
