import { CardAnswer, V03CardAnswer } from '../../../schemas/v1/answers.ts'
import type { AgentCard } from '../../../schemas/v1/card.ts'
import { fromV03Card, type LooseV03Card } from '../../protocol/v0_3/from-card.ts'
import { reader } from '../answers.ts'

/**
 * A card of either version in the form of 1.0, with the lists that ProtoJSON leaves out. Unknown fields stay.
 * @throws A2AError InvalidAgentResponseError
 */
export function readCard (value: unknown): AgentCard {
  const isV03 = typeof value === 'object' && value !== null && !('supportedInterfaces' in value) && !('supported_interfaces' in value) && 'url' in value
  return isV03 ? fromV03Card(readV03(value)) : readV1(value)
}

const readV03 = reader<LooseV03Card>(V03CardAnswer)

const readV1 = reader<AgentCard>(CardAnswer, card => ({
  ...card,
  description: card.description ?? '',
  version: card.version ?? '',
  supportedInterfaces: card.supportedInterfaces.map(each => ({ ...each, protocolVersion: each.protocolVersion ?? '1.0' })),
  capabilities: card.capabilities ?? {},
  ...card.securityRequirements !== undefined && {
    securityRequirements: card.securityRequirements.map(requirement => ({ ...requirement, schemes: requirement.schemes ?? {} }))
  },
  defaultInputModes: card.defaultInputModes ?? [],
  defaultOutputModes: card.defaultOutputModes ?? [],
  skills: (card.skills ?? []).map(skill => ({ ...skill, name: skill.name ?? skill.id, description: skill.description ?? '', tags: skill.tags ?? [] }))
}))
