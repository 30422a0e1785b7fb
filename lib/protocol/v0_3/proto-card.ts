import type { AgentCard as V03Card, AgentSkill as V03Skill } from '../../../schemas/v0_3/card.ts'
import type { AgentCard, OAuthFlows, SecurityRequirement, SecurityScheme } from '../../../schemas/v1/card.ts'
import { toV03Card } from './card.ts'
import { pick } from './pick.ts'
import { toV03Scheme } from './security.ts'

/** The 0.3 card as its proto has it: security in the forms that 1.0 has kept. */
export type ProtoCard = Omit<V03Card, 'securitySchemes' | 'security' | 'skills' | 'signatures'> & {
  securitySchemes?: Record<string, SecurityScheme>
  security?: SecurityRequirement[]
  skills: Array<Omit<V03Skill, 'security'> & { security?: SecurityRequirement[] }>
}

/** Undefined when no interface of the card speaks 0.3. */
export function toProtoCard (card: AgentCard): ProtoCard | undefined {
  const v03 = toV03Card(card)
  if (v03 === undefined) return undefined
  const { securitySchemes, security, skills, signatures, ...rest } = v03
  return {
    ...rest,
    ...card.securitySchemes !== undefined && { securitySchemes: schemesOf(card.securitySchemes) },
    ...card.securityRequirements !== undefined && { security: [...card.securityRequirements] },
    skills: skills.map(({ security, ...skill }, index) => {
      const requirements = card.skills[index]?.securityRequirements
      return requirements === undefined ? skill : { ...skill, security: [...requirements] }
    })
  }
}

/** A scheme that 0.3 does not have is left out, and so is what it does not have of another one. */
function schemesOf (schemes: Record<string, SecurityScheme>): Record<string, SecurityScheme> {
  return Object.fromEntries(Object.entries(schemes).flatMap(([name, scheme]) => {
    if (toV03Scheme(scheme) === undefined) return []
    const { oauth2SecurityScheme: oauth2 } = scheme
    return [[name, oauth2 === undefined ? scheme : { oauth2SecurityScheme: { ...oauth2, flows: flowsOf(oauth2.flows) } }]]
  }))
}

function flowsOf ({ authorizationCode, ...flows }: OAuthFlows): OAuthFlows {
  return {
    ...authorizationCode !== undefined && { authorizationCode: pick(authorizationCode, 'authorizationUrl', 'tokenUrl', 'refreshUrl', 'scopes') },
    ...pick(flows, 'clientCredentials', 'implicit', 'password')
  }
}
