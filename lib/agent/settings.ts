import { defaults } from '../../schemas/option-defaults.ts'
import type { TaskStore } from '../task/store.ts'
import { resolvePush, type PushSettings } from '../push/options.ts'
import { resolveSecurity, type SecuritySettings } from '../security/options.ts'
import { MisuseError } from './errors.ts'
import { resolveGrpc, type GrpcSettings } from './grpc.ts'
import { limitsExtension } from '../extensions/limits.ts'
import type { NetworkOptions } from '../security/network.ts'
import type { Executor, Principal } from './executor.ts'
import type { RateLimitOptions } from './rate-limit-options.ts'
import type { Extension } from '../extensions/extension.ts'
import { resolveAudit, type AuditSettings } from '../audit/options.ts'
import { resolveSigning, type SigningSettings } from '../security/cards/options.ts'
import { skillSchema } from '../extensions/skill-schema.ts'
import { A2AError } from '../protocol/errors.ts'
import type { AgentOptions, Authorize, BindingName, Deadlines, FindOwner, Limits, Paths, PresetName, PreviewOptions, ProtocolVersion, RecoveryOptions, Route, StreamOptions, TenantAgentOptions } from './options.ts'
import { checkAgentOptions, checkTenantAgent } from './options/check.ts'
import { given } from './options/given.ts'
import { formatProblem, type Path, type Problem } from './options/problem.ts'
import { cardsProblems, completenessProblems, optionProblems, tenantProblems } from './options/rules.ts'
import { resolveCard, type ResolvedCard } from './resolved-card.ts'

/** The options, checked, with every default applied. Frozen. */
export type Settings = {
  readonly id: string
  /** Whose agent this is; `''` for the one that requests without a tenant reach. */
  readonly tenant: string
  /** The card of now. A card that was given as an object is always the same one. */
  readonly card: () => ResolvedCard | Promise<ResolvedCard>
  /** The card for this caller; undefined when there is none. */
  readonly extendedCard: ((principal: Principal | undefined) => ResolvedCard | Promise<ResolvedCard>) | undefined
  readonly executor: Executor | undefined
  readonly route: Route | undefined
  /** In ms, 0 for none; a skill's own win. */
  readonly deadlines: Readonly<Required<Deadlines>>
  /** Those of the options, and ours. */
  readonly extensions: readonly Extension[]
  /** Those that clients must declare. */
  readonly requiredExtensions: readonly Extension[]
  /** The preferred first. */
  readonly versions: readonly ProtocolVersion[]
  readonly preset: PresetName | undefined
  /** The preferred first. */
  readonly bindings: readonly BindingName[]
  /** Undefined where `bindings` does not name it. */
  readonly grpc: GrpcSettings | undefined
  /** Without a slash at its end. Undefined: from the request. */
  readonly publicUrl: string | undefined
  readonly capabilities: { readonly streaming: boolean, readonly extendedAgentCard: boolean }
  /** In seconds. */
  readonly cardMaxAge: number
  readonly cardCors: boolean | readonly string[]
  readonly allowAnonymous: boolean | undefined
  /** Undefined where only hooks of the host authenticate. */
  readonly security: SecuritySettings | undefined
  /** Undefined: each caller has its own tasks. */
  readonly owner: FindOwner | undefined
  /** Undefined: who owns a task may do everything with it. */
  readonly authorize: Authorize | undefined
  readonly store: TaskStore | undefined
  readonly cancelGrace: number
  readonly shutdownGrace: number
  /** A skill's own wins. */
  readonly recovery: Readonly<Required<RecoveryOptions>>
  readonly leaseTtl: number
  /** Where turns run: in this process, or on workers. */
  readonly execution: 'process' | 'queue'
  readonly replyWindow: number
  /** Undefined for an agent that does not push. */
  readonly push: PushSettings | undefined
  /** Undefined for an agent that does not sign its cards. */
  readonly signing: SigningSettings | undefined
  /** Undefined where everybody may call as often as it likes. */
  readonly rateLimit: RateLimitOptions | undefined
  /** Undefined where everybody may call. */
  readonly network: NetworkOptions | undefined
  /** Undefined where nothing is recorded. */
  readonly audit: AuditSettings | undefined
  readonly idempotency: false | { readonly ttl: number }
  readonly limits: Readonly<Required<Limits>>
  readonly stream: Readonly<Required<StreamOptions>>
  readonly preview: Readonly<Required<PreviewOptions>>
  readonly paths: Readonly<Required<Paths>>
  /** `''` for none. */
  readonly prefix: string
  readonly logLevel: AgentOptions['logLevel'] | undefined
}

/**
 * Checks the options, once, and applies every default. The options themselves are left as they are;
 * `config` is not read here (see `readOptions` in config.ts).
 *
 * @throws MisuseError `A2A_ERR_OPTIONS`, with the path of everything that is wrong
 */
export function resolveOptions (options: AgentOptions): Settings {
  refuse(findProblems(options))
  return applyDefaults(options)
}

/**
 * The settings of the agent of one tenant.
 * @param shared the options beside `agents`, checked already
 * @throws MisuseError `A2A_ERR_OPTIONS`, with the path of everything that is wrong
 */
export function resolveTenant (shared: AgentOptions, tenant: string, agent: TenantAgentOptions): Settings {
  const at: Path = ['agents', tenant]
  const misfits = checkTenantAgent(agent).map(({ path, text }) => ({ path: [...at, ...path], text }))
  refuse(misfits.length > 0 ? misfits : [...tenantProblems(shared, tenant, agent), ...cardsProblems(agent, at)])
  const { card, extendedCard, agents, capabilities, ...rest } = shared
  return applyDefaults({
    ...rest,
    ...given(agent),
    capabilities: { ...capabilities?.streaming !== undefined && { streaming: capabilities.streaming }, ...given(agent.capabilities) },
    limits: { ...rest.limits, ...given(agent.limits) }
  }, tenant)
}

function refuse (problems: readonly Problem[]): void {
  if (problems.length === 0) return
  throw new MisuseError('A2A_ERR_OPTIONS', `a2a options: ${problems.map(problem => formatProblem(problem, 'the options')).join('; ')}`)
}

function findProblems (options: AgentOptions): Problem[] {
  const misfits = checkAgentOptions(options)
  // The rules between options take for granted that each of them has the right form.
  return misfits.length > 0 ? misfits : [...completenessProblems(options), ...optionProblems(options)]
}

function applyDefaults (options: AgentOptions, tenant = ''): Settings {
  const prefix = withoutSlash(options.prefix ?? '')
  const bindings = bindingsOf(options)
  const publicUrl = options.publicUrl === undefined ? undefined : withoutSlash(options.publicUrl)
  const limits = filled<Required<Limits>>(defaults.limits, options.limits)
  return Object.freeze({
    id: options.id ?? (prefix === '' ? 'default' : prefix),
    tenant,
    card: cardSource(options),
    extendedCard: extendedCardSource(options),
    executor: options.executor,
    route: options.route,
    deadlines: Object.freeze({
      timeout: options.timeout ?? defaults.timeout,
      idleTimeout: options.idleTimeout ?? defaults.idleTimeout
    }),
    extensions: Object.freeze([...options.extensions ?? [], skillSchema, ...options.publishLimits === true ? [limitsExtension(limits, options.rateLimit)] : []]),
    requiredExtensions: Object.freeze((options.extensions ?? []).filter(({ required }) => required === true)),
    preset: options.preset,
    versions: Object.freeze([...options.versions ?? defaults.versions]),
    bindings: Object.freeze(bindings),
    grpc: bindings.includes('GRPC') ? resolveGrpc(options.grpc) : undefined,
    publicUrl,
    capabilities: Object.freeze({
      streaming: options.capabilities?.streaming ?? true,
      extendedAgentCard: options.capabilities?.extendedAgentCard ?? options.extendedCard !== undefined
    }),
    cardMaxAge: options.cardMaxAge ?? defaults.cardMaxAge,
    cardCors: Array.isArray(options.cardCors) ? Object.freeze([...options.cardCors]) : options.cardCors ?? defaults.cardCors,
    allowAnonymous: options.allowAnonymous ?? (options.security === undefined ? undefined : false),
    security: resolveSecurity(options.security, options.allowAnonymous === true),
    owner: options.owner,
    authorize: options.authorize,
    store: options.store,
    cancelGrace: options.cancelGrace ?? defaults.cancelGrace,
    shutdownGrace: options.shutdownGrace ?? defaults.shutdownGrace,
    recovery: Object.freeze({
      onCrash: options.onCrash ?? defaults.onCrash,
      maxAttempts: options.maxAttempts ?? defaults.maxAttempts
    }),
    leaseTtl: options.leaseTtl ?? defaults.leaseTtl,
    execution: options.execution ?? defaults.execution,
    replyWindow: options.replyWindow ?? defaults.replyWindow,
    push: resolvePush(options.push),
    rateLimit: options.rateLimit,
    network: options.network,
    audit: resolveAudit(options.audit),
    signing: resolveSigning(options.signing, publicUrl),
    idempotency: idempotencyOf(options.idempotency),
    limits,
    stream: filled<Required<StreamOptions>>(defaults.stream, options.stream),
    preview: filled<Required<PreviewOptions>>(defaults.preview, options.preview),
    paths: filled<Required<Paths>>(defaults.paths, options.paths),
    prefix,
    logLevel: options.logLevel
  })
}

/** gRPC is served where it is named, and where there is a word of how. */
function bindingsOf ({ bindings = [...defaults.bindings], grpc }: AgentOptions): BindingName[] {
  const others = bindings.filter(name => name !== 'GRPC')
  if (grpc === false) return others
  return grpc === undefined || bindings.includes('GRPC') ? bindings : [...others, 'GRPC']
}

function cardSource ({ card }: AgentOptions): Settings['card'] {
  if (typeof card === 'function') return async () => resolveCard(await card())
  // Where there are agents of tenants, there need be no other.
  if (card === undefined) return () => { throw new A2AError('NotFoundError') }
  const resolved = resolveCard(card)
  return () => resolved
}

function extendedCardSource ({ extendedCard }: AgentOptions): Settings['extendedCard'] {
  if (extendedCard === undefined) return undefined
  if (typeof extendedCard === 'function') return async principal => resolveCard(await extendedCard(principal), 'extendedCard')
  const resolved = resolveCard(extendedCard, 'extendedCard')
  return () => resolved
}

function idempotencyOf (option: AgentOptions['idempotency'] = false): Settings['idempotency'] {
  if (option === false) return false
  return Object.freeze({ ttl: option === true ? defaults.idempotencyTtl : option.ttl })
}

/** The given options over their defaults; an option that is undefined was not given. */
function filled<T extends object> (fallback: T, options: Partial<T> = {}): Readonly<T> {
  return Object.freeze({ ...fallback, ...given(options) })
}

function withoutSlash (text: string): string {
  return text.endsWith('/') ? text.slice(0, -1) : text
}
