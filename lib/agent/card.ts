import type { AgentCapabilities, AgentCard, AgentSkill } from '../../schemas/v1/card.ts'
import { interfacesOf, type Binding } from './interfaces.ts'
import type { ResolvedCard, ResolvedSkill } from './resolved-card.ts'
import type { Settings } from './settings.ts'
import { declaredExtensions } from '../extensions/extension.ts'

export type CardContext = {
  /** The URL under which clients reach the prefix. */
  baseUrl: string
  /** In preference order. Default: those of the settings, each in every enabled version. */
  bindings?: readonly Binding[]
  /** Default: whether the agent pushes. */
  pushNotifications?: boolean
}

/** The v1.0 agent card (A2A 1.0 §4.4.1). Fields that were not given are absent (§5.7). */
export function buildCard (settings: Settings, card: ResolvedCard, context: CardContext): AgentCard {
  const { securitySchemes, securityRequirements } = settings.security?.declared ?? {}
  const built: AgentCard = {
    name: card.name,
    description: card.description,
    supportedInterfaces: interfacesOf(settings, context.baseUrl, context.bindings),
    ...card.provider !== undefined && { provider: card.provider },
    version: card.version,
    ...card.documentationUrl !== undefined && { documentationUrl: card.documentationUrl },
    capabilities: capabilities(settings, card, context),
    ...securitySchemes !== undefined && { securitySchemes: { ...securitySchemes } },
    ...hasItems(securityRequirements) && { securityRequirements: [...securityRequirements] },
    defaultInputModes: [...card.defaultInputModes],
    defaultOutputModes: [...card.defaultOutputModes],
    skills: card.skills.map(publicSkill),
    ...card.iconUrl !== undefined && { iconUrl: card.iconUrl }
  }
  return settings.extensions.reduce((card, extension) => extension.onCard?.(card) ?? card, built)
}

/** A client may not use what the card does not declare (A2A 1.0 §3.3.4): what we lack is said, too. */
function capabilities (settings: Settings, card: ResolvedCard, { pushNotifications = settings.push !== undefined }: CardContext): AgentCapabilities {
  const extensions = declaredExtensions(card, settings.extensions)
  return {
    streaming: settings.capabilities.streaming,
    pushNotifications,
    ...hasItems(extensions) && { extensions },
    extendedAgentCard: settings.capabilities.extendedAgentCard
  }
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
