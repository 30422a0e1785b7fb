/** The options of the plugin, in code and in a config file. Closed: an unknown option is a mistake. */
import Type, { type TSchema } from 'typebox'
import { networkOptions, rateLimitOptions } from './abuse-options.ts'
import { auditOptions } from './audit-options.ts'
import { cardOptions, closed, filled, maxAttempts, milliseconds, onCrash } from './card-options.ts'
import { defaults } from './option-defaults.ts'
import { pushOptions } from './push-options.ts'
import { securityOptions } from './security-options.ts'
import { signingOptions } from './signing-options.ts'

/**
 * Two keywords say what JSON Schema can't: `instance` names a check of something that is not JSON,
 * and `expects` is how an error continues after "must be". Both are read by the validator of the options.
 */
export type InstanceKind = 'executor' | 'extension' | 'function' | 'redis' | 'remote-key' | 'stream' | 'store' | 'url'

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

const count = (description: string, fallback: number, minimum = 1) => Type.Optional(Type.Integer({
  description, minimum, default: fallback, expects: `a whole number, at least ${minimum}`
}))

const path = { pattern: '^/[^?#\\s]*$', expects: 'a path that starts with /' } as const

const Limits = Type.Object({
  bodySize: count('Bytes of a request body. Default: 10 MiB.', defaults.limits.bodySize),
  jsonDepth: count('Nesting of a request body. Default: 100.', defaults.limits.jsonDepth),
  parts: count('Parts of one message. Default: 1,000.', defaults.limits.parts),
  history: count('Messages kept in the history of a task; the oldest leave first. Default: 1,000.', defaults.limits.history),
  artifactSize: count('Bytes of one artifact, all chunks together. Default: 64 MiB.', defaults.limits.artifactSize),
  events: count('Events of one task. Default: 100,000.', defaults.limits.events),
  turns: count('Turns that run at once, over all tasks of the agent. Default: 1,000.', defaults.limits.turns),
  turnsPerClient: count('Turns that run or wait, of one client: of a principal, else of an address. Default: 500.', defaults.limits.turnsPerClient),
  requestTime: milliseconds('How long the body of a request may take to come, in ms; 0 for no limit. Default: 60,000.', defaults.limits.requestTime),
  queuedTurns: count('Messages that wait for the running turn of one task. Default: 16.', defaults.limits.queuedTurns, 0),
  streams: count('Open streams of one client: of a principal, else of an address. Default: 1,000.', defaults.limits.streams),
  tenants: count('Agents of tenants that are kept at hand, where `agents` is a function; those that work are kept in any case. Default: 1,000.', defaults.limits.tenants)
}, { ...closed, description: 'Bounds on what a caller or an executor can make large.' })

const Stream = Type.Object({
  heartbeat: milliseconds('Between heartbeat comments, in ms; 0 for none. Default: 15,000.', defaults.stream.heartbeat),
  buffer: count('Bytes that may wait in the buffer of one stream before it pauses. Default: 1 MiB.', defaults.stream.buffer),
  stall: milliseconds('How long a reader may leave a full buffer unread before it is cut off, in ms. Default: 30,000.', defaults.stream.stall)
}, { ...closed, description: 'How streams are written.' })

const Grpc = Type.Object({
  port: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535, expects: 'a port, 0 to 65535', description: 'A listener of gRPC\'s own, which starts and stops with the server; 0 for any free port. Default: none, the server\'s own port, which must speak HTTP/2.' })),
  host: Type.Optional(Type.String({ ...filled, description: 'What the listener binds to. Default: `127.0.0.1`.', default: defaults.grpc.host })),
  tls: Type.Optional(Type.Object({}, { description: 'TLS of the listener, as for `node:tls`: `key` and `cert`, and what else there is. Default: none.' })),
  address: Type.Optional(Type.String({ pattern: '^[^/\\s]+:\\d{1,5}$', expects: 'host:port', description: '`host:port` under which clients reach it. Default: the host of the card\'s other URLs, and the port.' })),
  reflection: Type.Optional(Type.Boolean({ description: 'Whether tools may ask for the protos. Default: true.', default: defaults.grpc.reflection })),
  maxConcurrentStreams: count('Calls that one connection of the listener may have open at once. Default: 1,000.', defaults.grpc.maxConcurrentStreams),
  maxHeaderSize: count('Bytes of the metadata of a call to the listener. Default: 16 KiB.', defaults.grpc.maxHeaderSize)
}, { ...closed, description: 'How gRPC is served.' })

const Paths = Type.Object({
  card: Type.Optional(Type.String({ ...path, description: 'The agent card. Default: `/.well-known/agent-card.json`.', default: defaults.paths.card })),
  legacyCard: Type.Optional(Type.Union([Type.Literal(false), Type.String(path)], {
    description: 'The card for clients of 0.2 and older; false for none. Default: `/.well-known/agent.json`.',
    default: defaults.paths.legacyCard,
    expects: 'a path that starts with /, or false'
  })),
  rpc: Type.Optional(Type.String({ ...path, description: 'The base of the bindings: JSON-RPC at the path itself, HTTP+JSON below it. Default: `/a2a`.', default: defaults.paths.rpc }))
}, { ...closed, description: 'Where the plugin answers, under its prefix.' })

const Capabilities = Type.Object({
  streaming: Type.Optional(Type.Boolean({ description: 'Whether streams are served. Default: true.', default: true })),
  extendedAgentCard: Type.Optional(Type.Boolean({ description: 'Whether there is a card for authenticated callers. Default: whether `extendedCard` is given.' }))
}, { ...closed, description: 'What the card declares beyond what is derived. Default: streaming on.' })

const Preview = Type.Object({
  generation: Type.Optional(Type.Boolean({
    description: 'Counts the changes of a task in `generation` of tasks and events, takes `ifGenerationMatch`, and lets `currentGeneration` wait. Default: false.',
    default: defaults.preview.generation
  })),
  longPoll: milliseconds('How long a `currentGeneration` may wait, in ms. Default: 30,000.', defaults.preview.longPoll)
}, { ...closed, description: 'What is drafted for A2A 1.1, and may change. Default: nothing of it.' })

/** What the agent of a tenant may say, too, in both forms. */
const ofTenant = {
  id: Type.Optional(Type.String({ ...filled, maxLength: 256, description: 'Names the agent in the store; tasks are found again under the same id. Default: the prefix, or `default`.' })),
  capabilities: Type.Optional(Capabilities),
  cancelGrace: milliseconds('How long a canceled executor may take to stop, in ms. Default: 3,000.', defaults.cancelGrace),
  onCrash: Type.Optional(onCrash('What becomes of a turn whose process dies: `fail`, or `retry` on another replica. Default: `fail`.', defaults.onCrash)),
  maxAttempts: Type.Optional(maxAttempts('How often a turn is begun at most before it is given up, with `retry`. Default: 3.', defaults.maxAttempts)),
  leaseTtl: Type.Optional(Type.Integer({
    minimum: 100,
    maximum: 3_600_000,
    expects: 'a whole number of milliseconds, 100 to 3600000',
    description: 'How long a replica may be silent before its tasks are taken from it, in ms. Default: 15,000.',
    default: defaults.leaseTtl
  })),
  replyWindow: milliseconds('How long a new exchange may stay without a task, in ms. An executor that replies within it answers with a bare message; one that is slower gets a task, and its reply completes it. Default: 1,000.', defaults.replyWindow),
  idempotency: Type.Optional(Type.Union([
    Type.Boolean(),
    Type.Object({
      ttl: Type.Integer({ minimum: 1, expects: 'a whole number of milliseconds, at least 1', description: 'How long a message is remembered, in ms.', default: defaults.idempotencyTtl })
    }, closed)
  ], { description: 'Same owner, messageId and body: the first result is given again. Default: false. `ttl` in ms, default one day.', default: false })),
  limits: Type.Optional(Limits),
  timeout: milliseconds('How long a turn may take, in ms; 0 for no limit. Default: 3,600,000, one hour.', defaults.timeout),
  idleTimeout: milliseconds('How long a turn may stay silent between two events, in ms; 0 for no limit. Default: 0.', defaults.idleTimeout)
}

/** What is the same in both forms. */
const common = {
  ...ofTenant,
  preset: Type.Optional(Type.Enum(['agentcore'], {
    description: 'Defaults for a place to run in: `agentcore` for Amazon Bedrock AgentCore Runtime. What is given beside it wins. Default: none.'
  })),
  versions: Type.Optional(Type.Array(Type.Enum(['1.0', '0.3']), {
    description: 'Protocol versions that are served, the preferred first. Default: `1.0` and `0.3`.', minItems: 1, uniqueItems: true, default: defaults.versions
  })),
  bindings: Type.Optional(Type.Array(Type.Enum(['JSONRPC', 'HTTP+JSON', 'GRPC']), {
    description: 'Protocol bindings that are served, the preferred first. Default: `JSONRPC` and `HTTP+JSON`.', minItems: 1, uniqueItems: true, default: defaults.bindings
  })),
  grpc: Type.Optional(Type.Union([Type.Boolean(), Grpc], { description: 'Serves gRPC, too, and says how: `true` on the port of the server, which must speak HTTP/2. Default: only where `bindings` names it.' })),
  publicUrl: Type.Optional(Type.String({
    format: 'http-url', expects: 'an absolute http(s) URL without query and fragment', description: 'The URL under which clients reach the prefix. Default: from the request.'
  })),
  cardMaxAge: Type.Optional(Type.Integer({
    minimum: 0, expects: 'a whole number of seconds', description: '`max-age` of the public card, in seconds. Default: 300.', default: defaults.cardMaxAge
  })),
  cardCors: Type.Optional(Type.Union([
    Type.Boolean(), Type.Array(Type.String({ pattern: '^https?://[^/\\s]+$', expects: 'an origin such as https://example.com' }))
  ], { description: 'Sends the public card with CORS headers: `true` for any origin, or a list of origins. Default: false.', default: defaults.cardCors })),
  allowAnonymous: Type.Optional(Type.Boolean({
    description: 'Whether callers without a principal are served. Unset: not where there is `security`; else they are, with a warning at start, except under NODE_ENV=production, where the plugin refuses to start.'
  })),
  execution: Type.Optional(Type.Enum(['process', 'queue'], { description: 'Where turns run: in this process, or by a job queue on workers. Default: `process`.', default: defaults.execution })),
  network: networkOptions,
  publishLimits: Type.Optional(Type.Boolean({ description: 'Whether the card says what applies to callers: rates, concurrency, sizes. Default: false.', default: false })),
  shutdownGrace: milliseconds('How long running turns may take to end when the server closes, in ms. Default: 10,000.', defaults.shutdownGrace),
  stream: Type.Optional(Stream),
  preview: Type.Optional(Preview),
  paths: Type.Optional(Paths),
  prefix: Type.Optional(Type.String({
    pattern: '^(/[^?#\\s]*)?$', expects: 'a path that starts with /', description: 'Goes before every path of the plugin, as in Fastify\'s `register`. Default: none.'
  })),
  logLevel: Type.Optional(Type.Enum(logLevels, { description: 'The log level of the plugin\'s routes, as in Fastify\'s `register`.' }))
}

const instance = (kind: InstanceKind, expects: string) => Type.Unsafe<unknown>({ instance: kind, expects })
const remoteKey = instance('remote-key', 'a key with alg, publicKey and sign')
const executor = instance('executor', 'a function, or an object with the function execute')

const extensions = Type.Optional(Type.Array(instance('extension', 'an extension, as defineExtension makes it')))

/** A card in code. */
export const CardOptionsSchema = cardOptions(executor)

const cardOrFunction = (description: string) => Type.Optional(Type.Union([CardOptionsSchema, instance('function', 'a function')], { description }))

/** Names of tenants: what a request may hold, and something. */
const tenants = (agent: TSchema) => Type.Record(Type.String({ pattern: '^.{1,256}$' }), agent, closed)

/** The agent of one tenant, in code. */
export const TenantAgentSchema = Type.Object({
  card: cardOrFunction('The agent\'s card, or a function that is asked for it at every use.'),
  executor: Type.Optional(executor),
  route: Type.Optional(instance('function', 'a function')),
  extensions,
  extendedCard: cardOrFunction('The card for authenticated callers, or a function of the principal.'),
  ...ofTenant
}, closed)

/** The options in code. */
export const AgentOptionsSchema = Type.Object({
  card: cardOrFunction('The agent\'s card, or a function that is asked for it at every use.'),
  executor: Type.Optional(executor),
  route: Type.Optional(instance('function', 'a function')),
  extensions,
  extendedCard: cardOrFunction('The card for authenticated callers, or a function of the principal.'),
  agents: Type.Optional(Type.Union([tenants(TenantAgentSchema), instance('function', 'a function')], { description: 'Agents by tenant, or a function that is asked for them.' })),
  store: Type.Optional(instance('store', 'a TaskStore')),
  config: Type.Optional(Type.Union([Type.String(filled), instance('url', 'a URL')], { description: 'A YAML or JSON file.' })),
  security: securityOptions({ lookup: instance('function', 'a function'), custom: instance('function', 'a function') }),
  owner: Type.Optional(instance('function', 'a function')),
  authorize: Type.Optional(instance('function', 'a function')),
  push: pushOptions({ events: instance('function', 'a function'), keys: instance('function', 'a function'), key: remoteKey }),
  rateLimit: rateLimitOptions({ redis: instance('redis', 'a client of ioredis') }),
  audit: auditOptions({ stream: instance('stream', 'an object with the function write') }),
  signing: signingOptions({ key: remoteKey, keys: instance('function', 'a function') }),
  ...common
}, closed)

/** A module beside the config file; `#name` takes a named export instead of the default one. */
const modulePath = (description: string) => Type.String({
  pattern: '^(\\.{1,2}/|/|file:)', expects: 'the path of a module, such as ./agent.ts or ./agents.ts#name', description
})

const configured = (handler: TSchema) => cardOptions(handler)
const cardOrModule = (description: string) => Type.Optional(Type.Union([
  configured(modulePath('The module of the executor that serves this skill, relative to this file: `./search.ts`, or `./skills.ts#search` for a named export. Default: the agent\'s executor.')),
  modulePath('The module of a card, or of a function that answers one.')
], { description }))

/** What both a config file and an agent in it say by modules. */
const served = {
  card: cardOrModule('The agent card (A2A 1.0 §4.4.1), or the module that exports it.'),
  executor: Type.Optional(modulePath('The module of the executor, relative to this file: `./agent.ts`, or `./agents.ts#name` for a named export. Serves what no skill\'s own handler serves.')),
  route: Type.Optional(modulePath('The module of a function that chooses the skill of a new task where the message does not name one.')),
  extensions: Type.Optional(modulePath('The module of a list of extensions that are at work in the agent (A2A 1.0 §4.6).')),
  extendedCard: cardOrModule('The card for authenticated callers (A2A 1.0 §3.1.11), or the module that exports it. Declares the capability.')
}

/** The options in a config file: functions are paths of modules. */
export const AgentConfigSchema = Type.Object({
  $schema: Type.Optional(Type.String({ description: 'Where this schema is, for editors.' })),
  ...served,
  agents: Type.Optional(Type.Union([
    tenants(Type.Object({ ...served, ...ofTenant }, { ...closed, description: 'The agent of one tenant. What it does not say, the options beside `agents` say for it.' })),
    modulePath('The module of agents by tenant, or of a function that answers them.')
  ], { description: 'Agents by tenant, behind one base URL (A2A 1.0 §4.4.6).' })),
  store: Type.Optional(modulePath('The module of a task store. Default: the decorator `fastify.a2aStore`, else tasks are kept in memory.')),
  push: pushOptions(),
  security: securityOptions(),
  owner: Type.Optional(modulePath('The module of a function that says whom the tasks of a caller belong to.')),
  authorize: Type.Optional(modulePath('The module of a function that says what a caller may do.')),
  signing: signingOptions(),
  rateLimit: rateLimitOptions(),
  audit: auditOptions(),
  ...common
}, { ...closed, title: 'fastify-a2a agent', description: 'An agent, hosted by fastify-a2a.' })
