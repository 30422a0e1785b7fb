/** The agent card as 0.3 clients read it. */
import type {
  AgentCard as V03Card, AgentInterface as V03Interface, AgentSkill as V03Skill, SecurityScheme as V03Scheme
} from '../../../schemas/v0_3/card.ts'
import type { AgentCard, AgentInterface, AgentSkill, SecurityScheme } from '../../../schemas/v1/card.ts'
import { parseVersion } from '../versions.ts'
import { pick } from './pick.ts'
import { toV03Scheme, toV03Security } from './security.ts'

/**
 * A pure 0.3 card; undefined when no interface of the card speaks 0.3. Without signatures: those of the
 * 1.0 card do not hold for another text.
 */
export function toV03Card (card: AgentCard): V03Card | undefined {
  const addresses = addressFields(card)
  if (addresses === undefined) return undefined
  const { capabilities, securitySchemes, securityRequirements, skills } = card
  return {
    ...addresses,
    ...pick(card, 'name', 'description', 'version', 'provider', 'documentationUrl', 'iconUrl', 'defaultInputModes', 'defaultOutputModes'),
    capabilities: pick(capabilities, 'streaming', 'pushNotifications', 'extensions'),
    ...securitySchemes !== undefined && { securitySchemes: mapSchemes(securitySchemes, scheme => scheme) },
    ...securityRequirements !== undefined && { security: toV03Security(securityRequirements) },
    skills: skills.map(skill => ({
      ...pick(skill, 'id', 'name', 'description', 'tags', 'examples', 'inputModes', 'outputModes'),
      ...securityOf(skill)
    }))
  }
}

/** What `{ ...card, ...v03Fields(card) }` needs to be a card of both versions. */
export type V03Fields = AddressFields & Pick<V03Card, 'security'> & {
  /** Each with the fields of both forms: their names differ. */
  securitySchemes?: Record<string, SecurityScheme & V03Scheme>
  skills: (AgentSkill & V03Skill)[]
}

/**
 * The 0.3 fields of a card that is to be read by clients of both versions; undefined when no interface
 * speaks 0.3. A signature must be made after they are merged.
 */
export function v03Fields (card: AgentCard): V03Fields | undefined {
  const addresses = addressFields(card)
  if (addresses === undefined) return undefined
  const { securitySchemes, securityRequirements, skills } = card
  return {
    ...addresses,
    ...securitySchemes !== undefined && {
      securitySchemes: mapSchemes(securitySchemes, (v03, v1) => ({ ...v1, ...v03 }))
    },
    ...securityRequirements !== undefined && { security: toV03Security(securityRequirements) },
    skills: skills.map(skill => ({ ...skill, ...securityOf(skill) }))
  }
}

/** Fields of the card itself that 1.0 does not have. */
type AddressFields = Pick<V03Card,
  'protocolVersion' | 'url' | 'preferredTransport' | 'additionalInterfaces' | 'supportsAuthenticatedExtendedCard'>

function addressFields ({ supportedInterfaces, capabilities }: AgentCard): AddressFields | undefined {
  const interfaces = supportedInterfaces.filter(({ protocolVersion }) => parseVersion(protocolVersion) === '0.3')
  const [main, ...others] = interfaces.map(toV03Interface)
  if (main === undefined) return undefined
  return {
    protocolVersion: '0.3.0',
    url: main.url,
    preferredTransport: main.transport,
    // The main one too: A2A 0.3 §5.6.2 wants the list to be complete.
    additionalInterfaces: [main, ...others],
    ...capabilities.extendedAgentCard !== undefined && {
      supportsAuthenticatedExtendedCard: capabilities.extendedAgentCard
    }
  }
}

/** gRPC has `host:port` in both: 0.3 asks for a URL (§5.5.5), but its official clients know no gRPC target in one. */
function toV03Interface ({ url, protocolBinding }: AgentInterface): V03Interface {
  return { url, transport: protocolBinding }
}

/** A scheme without a form in 0.3 is left out: a strict client would refuse the whole card. */
function mapSchemes<T> (
  schemes: Record<string, SecurityScheme>, combine: (v03: V03Scheme, v1: SecurityScheme) => T
): Record<string, T> {
  return Object.fromEntries(Object.entries(schemes).flatMap(([name, v1]) => {
    const v03 = toV03Scheme(v1)
    return v03 === undefined ? [] : [[name, combine(v03, v1)]]
  }))
}

function securityOf ({ securityRequirements }: AgentSkill): Pick<V03Skill, 'security'> {
  return securityRequirements === undefined ? {} : { security: toV03Security(securityRequirements) }
}
