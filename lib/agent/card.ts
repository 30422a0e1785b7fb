import type { AgentCapabilities, AgentCard, AgentExtension, AgentInterface, AgentSkill } from '../../schemas/v1/card.ts'
import type { ProtocolVersion } from './options.ts'
import type { ResolvedCard, ResolvedSkill } from './resolved-card.ts'
import type { Settings } from './settings.ts'
import { skillSchemaExtension } from './skill-schema-extension.ts'

/** One way to reach the agent, in one or more protocol versions. */
export type Binding = {
  /** `JSONRPC`, `HTTP+JSON`, `GRPC`, or the URI of another one (A2A 1.0 §5.8). */
  readonly protocolBinding: string
  readonly versions: readonly ProtocolVersion[]
  readonly tenant?: string
} & (
  /** Goes after the base URL. */
  | { readonly path: string }
  /** Stands as it is: gRPC has `host:port`. */
  | { readonly url: string }
)

export type CardContext = {
  /** The URL under which clients reach the prefix. */
  baseUrl: string
  /** In preference order. Default: JSON-RPC in every enabled version. */
  bindings?: readonly Binding[]
  /** Default: false. */
  pushNotifications?: boolean
  securitySchemes?: AgentCard['securitySchemes']
  securityRequirements?: AgentCard['securityRequirements']
}

/** The v1.0 agent card (A2A 1.0 §4.4.1). Fields that were not given are absent (§5.7). */
export function buildCard (settings: Settings, card: ResolvedCard, context: CardContext): AgentCard {
  const { securitySchemes, securityRequirements } = context
  return {
    name: card.name,
    description: card.description,
    supportedInterfaces: interfaces(settings, context),
    ...card.provider !== undefined && { provider: card.provider },
    version: card.version,
    ...card.documentationUrl !== undefined && { documentationUrl: card.documentationUrl },
    capabilities: capabilities(settings, card, context),
    ...securitySchemes !== undefined && Object.keys(securitySchemes).length > 0 && { securitySchemes },
    ...hasItems(securityRequirements) && { securityRequirements },
    defaultInputModes: [...card.defaultInputModes],
    defaultOutputModes: [...card.defaultOutputModes],
    skills: card.skills.map(publicSkill),
    ...card.iconUrl !== undefined && { iconUrl: card.iconUrl }
  }
}

/** JSON-RPC in every enabled version, at one URL. */
export function jsonRpcBinding ({ paths, versions }: Settings): Binding {
  return { protocolBinding: 'JSONRPC', path: paths.rpc, versions }
}

/** The preferred version first, and within it the preferred binding (A2A 1.0 §8.3.1). */
function interfaces (settings: Settings, { baseUrl, bindings = [jsonRpcBinding(settings)] }: CardContext): AgentInterface[] {
  const base = baseUrl.replace(/\/$/, '')
  return settings.versions.flatMap(protocolVersion => bindings
    .filter(binding => binding.versions.includes(protocolVersion))
    .map(binding => ({
      url: 'url' in binding ? binding.url : `${base}${binding.path}`,
      protocolBinding: binding.protocolBinding,
      ...binding.tenant !== undefined && { tenant: binding.tenant },
      protocolVersion
    })))
}

/** A client may not use what the card does not declare (A2A 1.0 §3.3.4): what we lack is said, too. */
function capabilities (settings: Settings, card: ResolvedCard, { pushNotifications = false }: CardContext): AgentCapabilities {
  const extensions = declaredExtensions(card)
  return {
    streaming: settings.capabilities.streaming,
    pushNotifications,
    ...hasItems(extensions) && { extensions },
    extendedAgentCard: settings.capabilities.extendedAgentCard
  }
}

/** Those of the author, then ours. Who declares one of ours has the last word on it. */
function declaredExtensions (card: ResolvedCard): AgentExtension[] {
  const ours = skillSchemaExtension(card.skills)
  const declared = ours !== undefined && card.extensions.every(({ uri }) => uri !== ours.uri)
  return declared ? [...card.extensions, ours] : [...card.extensions]
}

/** Without how the skill is served. */
function publicSkill (skill: ResolvedSkill): AgentSkill {
  return {
    id: skill.id,
    name: skill.name,
    description: skill.description,
    tags: [...skill.tags],
    ...hasItems(skill.examples) && { examples: [...skill.examples] },
    ...hasItems(skill.inputModes) && { inputModes: [...skill.inputModes] },
    ...hasItems(skill.outputModes) && { outputModes: [...skill.outputModes] },
    ...hasItems(skill.securityRequirements) && { securityRequirements: [...skill.securityRequirements] }
  }
}

function hasItems<T> (list: readonly T[] | undefined): list is readonly T[] {
  return list !== undefined && list.length > 0
}
