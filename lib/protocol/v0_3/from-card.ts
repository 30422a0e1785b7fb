/** A card of 0.3 in the form of 1.0. What neither knows stays in it. */
import type { AgentCard as V03Card, SecurityScheme as V03Scheme, Security } from '../../../schemas/v0_3/card.ts'
import type { AgentCard, AgentInterface, SecurityRequirement, SecurityScheme } from '../../../schemas/v1/card.ts'
import { pick } from './pick.ts'

/** A card as other people write it: with the least that makes one. */
export type LooseV03Card = Partial<V03Card> & Pick<V03Card, 'name' | 'url'>

/** Without signatures: those of the 0.3 card do not hold for another text. */
export function fromV03Card (card: LooseV03Card): AgentCard {
  const {
    protocolVersion, url, preferredTransport, additionalInterfaces, securitySchemes, security, signatures, supportsAuthenticatedExtendedCard, capabilities, skills,
    ...rest
  } = card
  return {
    ...rest,
    description: card.description ?? '',
    version: card.version ?? '',
    supportedInterfaces: interfacesOf(card),
    capabilities: { ...capabilities, ...supportsAuthenticatedExtendedCard !== undefined && { extendedAgentCard: supportsAuthenticatedExtendedCard } },
    ...securitySchemes !== undefined && { securitySchemes: schemesOf(securitySchemes) },
    ...security !== undefined && { securityRequirements: security.map(fromV03Security) },
    defaultInputModes: card.defaultInputModes ?? [],
    defaultOutputModes: card.defaultOutputModes ?? [],
    skills: (skills ?? []).map(({ security, ...skill }) => ({
      ...skill,
      tags: skill.tags ?? [],
      ...security !== undefined && { securityRequirements: security.map(fromV03Security) }
    }))
  }
}

/** The main one first (A2A 0.3 §5.6.2): `additionalInterfaces` may name it again. */
function interfacesOf ({ protocolVersion = '0.3.0', url, preferredTransport = 'JSONRPC', additionalInterfaces = [] }: LooseV03Card): AgentInterface[] {
  const [major = '0', minor = '3'] = protocolVersion.split('.')
  const others = additionalInterfaces.filter(other => other.url !== url || other.transport !== preferredTransport)
  return [{ url, transport: preferredTransport }, ...others].map(({ url, transport }) => ({ url, protocolBinding: transport, protocolVersion: `${major}.${minor}` }))
}

function fromV03Security (security: Security): SecurityRequirement {
  return { schemes: Object.fromEntries(Object.entries(security).map(([name, list]) => [name, { list: Array.isArray(list) ? list : [] }])) }
}

/** A scheme of an unknown type is left out: nobody could use it. Some agents write the form of 1.0 already. */
function schemesOf (schemes: Record<string, V03Scheme>): Record<string, SecurityScheme> {
  return Object.fromEntries(Object.entries(schemes).flatMap(([name, scheme]) => {
    const found = fromV03Scheme(scheme)
    return found === undefined ? [] : [[name, found]]
  }))
}

function fromV03Scheme (scheme: V03Scheme): SecurityScheme | undefined {
  switch (scheme.type) {
    case 'apiKey': return { apiKeySecurityScheme: { location: scheme.in, ...pick(scheme, 'name', 'description') } }
    case 'http': return { httpAuthSecurityScheme: pick(scheme, 'scheme', 'bearerFormat', 'description') }
    case 'oauth2': return { oauth2SecurityScheme: pick(scheme, 'flows', 'oauth2MetadataUrl', 'description') }
    case 'openIdConnect': return { openIdConnectSecurityScheme: pick(scheme, 'openIdConnectUrl', 'description') }
    case 'mutualTLS': return { mtlsSecurityScheme: pick(scheme, 'description') }
    default: return undefined
  }
}
