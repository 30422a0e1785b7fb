import type { AgentExtension, AgentProvider } from '../../schemas/v1/card.ts'
import type { Message, Struct, Task } from '../../schemas/v1/common.ts'
import type { Extension } from '../extensions/extension.ts'
import type { OperationName } from '../operations/operation.ts'
import type { PushOptions } from '../push/options.ts'
import type { RequirementOptions, SecurityOptions } from '../security/options.ts'
import type { SigningOptions } from '../security/cards/options.ts'
import type { TaskStore } from '../task/store.ts'
import type { AuditOptions } from '../audit/options.ts'
import type { NetworkOptions } from '../security/network.ts'
import type { Executor, Principal } from './executor.ts'
import type { GrpcOptions } from './grpc.ts'
import type { RateLimitOptions } from './rate-limit-options.ts'

export type ProtocolVersion = '1.0' | '0.3'

/** A protocol binding, by its name in the card. */
export type BindingName = 'JSONRPC' | 'HTTP+JSON' | 'GRPC'

/** A place to run in. */
export type PresetName = 'agentcore'

/** A JSON Schema (draft 2020-12). */
export type JsonSchema = Record<string, unknown>

/** Deadlines of a turn. When one passes, `task.signal` fires and the task fails with a message that says so. */
export type Deadlines = {
  /** How long a turn may take, in ms; 0 for no limit. Default: 3,600,000, one hour. */
  timeout?: number
  /** How long a turn may stay silent between two events, in ms; 0 for no limit. Default: 0. */
  idleTimeout?: number
}

/** What becomes of a turn whose process dies or is restarted, where the store is shared or outlives the process. */
export type RecoveryOptions = {
  /**
   * `fail`: the task becomes FAILED, with a message that says why. `retry`: the turn runs again on another replica, with
   * `task.attempt` counted up and what is stored in `task.task` and `task.memory`; its executor must be able to bear that.
   * Default: `fail`.
   */
  onCrash?: 'fail' | 'retry'
  /** How often a turn is begun at most before it is given up, with `retry`. Default: 3. */
  maxAttempts?: number
}

/** A skill as it stands in the card, and how it is served. Its deadlines and recovery win over the agent's. */
export type SkillOptions = Deadlines & RecoveryOptions & {
  /** Unique within the card; what `metadata.skillId` of a message names. */
  id: string
  /** Default: the id. */
  name?: string
  /** Default: the name. */
  description?: string
  /** Default: the id alone. */
  tags?: string[]
  /** Prompts that this skill can handle. */
  examples?: string[]
  /** Media types or ranges (`image/*`) that this skill takes. Default: the card's `defaultInputModes`. */
  inputModes?: string[]
  /** Media types that this skill answers with. Default: the card's `defaultOutputModes`. */
  outputModes?: string[]
  /** Security schemes, with their scopes, that callers of this skill need; one of the list is enough. */
  securityRequirements?: RequirementOptions[]
  /** Serves this skill instead of the agent's executor. */
  handler?: Executor
  /** What a data part of a message to this skill must look like; published in the card. */
  inputSchema?: JsonSchema
  /** What the data parts of this skill's artifacts look like; checked and published in the card. */
  outputSchema?: JsonSchema
}

/** The agent card (A2A 1.0 §4.4.1), as far as it can't be derived. */
export type CardOptions = {
  name: string
  /** What the agent does, for people and for the agents that choose among agents. */
  description: string
  /** The agent's own version. Default: `1.0.0`. */
  version?: string
  /** The organization behind the agent. */
  provider?: AgentProvider
  /** An absolute URL. */
  documentationUrl?: string
  /** An absolute URL. */
  iconUrl?: string
  /** Default: `text/plain` and `application/json`. */
  defaultInputModes?: string[]
  /** Default: `text/plain` and `application/json`. */
  defaultOutputModes?: string[]
  /** Default, also for an empty list: one skill that is the agent, with the id `agent`. */
  skills?: SkillOptions[]
  /** Protocol extensions that the agent supports, beside those of this library. */
  extensions?: AgentExtension[]
}

/** What `route` decides on. `metadata` is that of the request. */
export type RouteInput = { message: Message, metadata: Readonly<Struct>, principal: Principal | undefined, tenant: string | undefined }

/** Answers the id of a declared skill, or undefined to leave the choice open. */
export type Route = (input: RouteInput) => string | undefined | Promise<string | undefined>

/** Where the plugin answers, under its prefix. */
export type Paths = {
  /** The agent card. Default: `/.well-known/agent-card.json`. */
  card?: string
  /** The card for clients of 0.2 and older; false for none. Default: `/.well-known/agent.json`. */
  legacyCard?: string | false
  /** The base of the bindings: JSON-RPC at the path itself, HTTP+JSON below it. Default: `/a2a`. */
  rpc?: string
}

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
  /** Turns that run or wait, of one client: of a principal, else of an address. Default: 500. */
  turnsPerClient?: number
  /** How long the body of a request may take to come, in ms; 0 for no limit. Default: 60,000. */
  requestTime?: number
  /** Messages that wait for the running turn of one task. Default: 16. */
  queuedTurns?: number
  /** Open streams of one client: of a principal, else of an address. Default: 1,000. */
  streams?: number
  /** Agents of tenants that are kept at hand, where `agents` is a function; those that work are kept in any case. Default: 1,000. */
  tenants?: number
}

export type StreamOptions = {
  /** Between heartbeat comments, in ms; 0 for none. Default: 15,000. */
  heartbeat?: number
  /** Bytes that may wait in the buffer of one stream before it pauses. Default: 1 MiB. */
  buffer?: number
  /** How long a reader may leave a full buffer unread before it is cut off, in ms. Default: 30,000. */
  stall?: number
}

/** What is drafted for A2A 1.1, in its branch `dev-1.1`: it may change. */
export type PreviewOptions = {
  /**
   * Counts the changes of a task in `generation` of tasks and events, takes `ifGenerationMatch` of a send, and lets
   * `currentGeneration` of GetTask wait. Default: false.
   */
  generation?: boolean
  /** How long a `currentGeneration` may wait, in ms. Default: 30,000. */
  longPoll?: number
}

/** What of a request may matter to whom its tasks belong. */
export type OwnerRequest = {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly tenant: string | undefined
  readonly operation: OperationName
}

/** Answers whom the tasks of a caller belong to: callers of the same owner share theirs. */
export type FindOwner = (principal: Principal, request: OwnerRequest) => string | Promise<string>

/**
 * Whether a caller may do this. The task is there for operations on one: a caller who may not is told that there is none.
 * ListTasks asks about each of the tasks, as `GetTask`. An A2AError that it throws is answered instead.
 */
export type Authorize = (principal: Principal | undefined, operation: OperationName, task: Task | undefined) => boolean | Promise<boolean>

/** The agent of one tenant. What it does not say, the options beside `agents` say for it; but for the cards, which are its own. */
export type TenantAgentOptions = { card: NonNullable<AgentOptions['card']> } & Pick<
  AgentOptions,
  'executor' | 'route' | 'extensions' | 'id' | 'capabilities' | 'extendedCard' | 'timeout' | 'idleTimeout' | 'onCrash' | 'maxAttempts' | 'cancelGrace' | 'replyWindow' | 'idempotency' | 'limits'
>

/**
 * Answers the agent of a tenant, the same object while nothing has changed; undefined for a tenant that there is not,
 * or not for this caller.
 */
export type FindTenantAgent = (tenant: string, principal: Principal | undefined) => TenantAgentOptions | undefined | Promise<TenantAgentOptions | undefined>

export type AgentOptions = Deadlines & RecoveryOptions & {
  /**
   * The agent's card, in the options or in the `config` file. A function is asked at every use, for agents and
   * skills that come and go: it returns a new object when something has changed, else the one before.
   */
  card?: CardOptions | (() => CardOptions | Promise<CardOptions>)
  /** Serves what no skill's own handler serves. */
  executor?: Executor
  /**
   * Agents by tenant, behind one base URL (A2A 1.0 §4.4.6): by name, or a function that is asked at every request.
   * `card` then describes the agent of requests that name no tenant; without it there is none.
   * Default: one agent, which keeps the tasks of tenants apart.
   */
  agents?: Readonly<Record<string, TenantAgentOptions>> | FindTenantAgent
  /** A YAML or JSON file that says all of this; a path is relative to the working directory. Options given beside it win. */
  config?: string | URL
  /** Chooses the skill of a new task where the message does not name one; undefined leaves it open. */
  route?: Route
  /** Extensions of the protocol that are at work in the agent (A2A 1.0 §4.6); the card declares them. Default: none. */
  extensions?: Extension[]
  /** Names the agent in the store; tasks are found again under the same id. Default: the prefix, or `default`. */
  id?: string
  /** Defaults for a place to run in: `agentcore` for Amazon Bedrock AgentCore Runtime. What is given beside it wins. Default: none. */
  preset?: PresetName
  /** Protocol versions that are served, the preferred first. Default: `1.0` and `0.3`. */
  versions?: ProtocolVersion[]
  /** Protocol bindings that are served, the preferred first. Default: `JSONRPC` and `HTTP+JSON`. */
  bindings?: BindingName[]
  /** Serves gRPC, too, and says how: `true` on the port of the server, which must speak HTTP/2. Default: only where `bindings` names it. */
  grpc?: boolean | GrpcOptions
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
  /** How callers are authenticated, and what they need; the card declares it. Default: by hooks of the host alone. */
  security?: SecurityOptions
  /** Whom the tasks of a caller belong to. Default: the caller itself, by issuer and id. */
  owner?: FindOwner
  /** What a caller may do, beyond what it owns. Default: everything. */
  authorize?: Authorize
  /**
   * Whether callers without a principal are served. Unset: not where there is `security`; else they are, with a warning
   * at start, except under NODE_ENV=production, where the plugin refuses to start.
   */
  allowAnonymous?: boolean
  /** Default: the decorator `fastify.a2aStore`, else tasks are kept in memory. */
  store?: TaskStore
  /** How long a canceled executor may take to stop, in ms. Default: 3,000. */
  cancelGrace?: number
  /** How long running turns may take to end when the server closes, in ms. Default: 10,000. */
  shutdownGrace?: number
  /**
   * How long a replica may be silent before its tasks are taken from it, in ms: they are found within a third more.
   * Longer than any pause of the event loop. Default: 15,000.
   */
  leaseTtl?: number
  /** Where turns run: in this process, or by a job queue on workers (`fastify.a2aQueue`). Default: `process`. */
  execution?: 'process' | 'queue'
  /**
   * How long a new exchange may stay without a task, in ms. An executor that replies within it answers with
   * a bare message; one that is slower gets a task, and its reply completes it. Default: 1,000.
   */
  replyWindow?: number
  /** Same owner, messageId and body: the first result is given again. Default: false. `ttl` in ms, default one day. */
  idempotency?: boolean | { ttl: number }
  /** Push notifications: `true`, or how they are delivered. Declares the capability. Default: false. */
  push?: boolean | PushOptions
  /** Signs the cards (A2A 1.0 §8.4), and publishes the keys. Needs `publicUrl`. Default: not at all. */
  signing?: SigningOptions
  /** How often a principal, else an address, may call. Needs `@fastify/rate-limit`. Default: as often as it likes. */
  rateLimit?: RateLimitOptions
  /** Who may call at all. Default: everybody. */
  network?: NetworkOptions
  /** Whether the card says what applies to callers: rates, concurrency, sizes. Default: false. */
  publishLimits?: boolean
  /** One record for each operation, and for each decision on who somebody is: `true`, or where they go. Default: false. */
  audit?: boolean | AuditOptions
  limits?: Limits
  stream?: StreamOptions
  /** What is drafted for A2A 1.1. Default: nothing of it. */
  preview?: PreviewOptions
  paths?: Paths
  /** Goes before every path of the plugin, as in Fastify's `register`. */
  prefix?: string
  /** The log level of the plugin's routes, as in Fastify's `register`. */
  logLevel?: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
}

export { resolveOptions, type Settings } from './settings.ts'
