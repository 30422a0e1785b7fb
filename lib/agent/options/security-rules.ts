/** What the schema of `security` can't say. No text repeats a value: it may be a secret. */
import { toRequirement } from '../../security/requirements.ts'
import type { RequirementOptions, SchemeOptions } from '../../security/options.ts'
import type { AgentOptions, CardOptions } from '../options.ts'
import type { Path, Problem } from './problem.ts'

export function securityProblems ({ security, card, extendedCard, agents = {} }: AgentOptions): Problem[] {
  const schemes = security?.schemes ?? {}
  const names = Object.keys(schemes)
  const cards = [{ card, extendedCard, at: [] as Path }, ...Object.entries(agents).map(([tenant, agent]) => ({ ...agent, at: ['agents', tenant] as Path }))]
  return [
    ...Object.entries(schemes).flatMap(([name, scheme]) => schemeProblems(scheme, ['security', 'schemes', name])),
    ...(security?.requirements ?? []).flatMap((requirement, index) => requirementProblems(requirement, names, ['security', 'requirements', index])),
    ...cards.flatMap(({ card, extendedCard, at }) => [...skillProblems(card, names, [...at, 'card']), ...skillProblems(extendedCard, names, [...at, 'extendedCard'])])
  ]
}

function schemeProblems (scheme: SchemeOptions, at: Path): Problem[] {
  if (scheme.type === 'jwt' && (scheme.keys === undefined) === (scheme.jwksUrl === undefined)) return [{ path: at, text: 'must have either keys or jwksUrl' }]
  if (scheme.type !== 'oauth2') return []
  const { issuer, audience, introspection, keys, jwksUrl, metadataUrl } = scheme
  if (introspection !== undefined) return keys === undefined && jwksUrl === undefined ? [] : [{ path: at, text: 'must have either introspection or keys' }]
  return [
    ...issuer === undefined ? [{ path: [...at, 'issuer'], text: 'is missing: tokens are checked by issuer and audience, or by introspection' }] : [],
    ...issuer !== undefined && keys === undefined && jwksUrl === undefined && metadataUrl === undefined && !/^https?:/.test(issuer)
      ? [{ path: [...at, 'issuer'], text: 'must be a URL, or keys, jwksUrl or metadataUrl must be given' }]
      : [],
    ...audience === undefined ? [{ path: [...at, 'audience'], text: 'is missing: tokens are checked by issuer and audience, or by introspection' }] : []
  ]
}

function skillProblems (card: AgentOptions['card'], names: readonly string[], at: Path): Problem[] {
  const { skills = [] }: Partial<CardOptions> = typeof card === 'object' ? card : {}
  return skills.flatMap(({ securityRequirements = [] }, skill) =>
    securityRequirements.flatMap((requirement, index) => requirementProblems(requirement, names, [...at, 'skills', skill, 'securityRequirements', index])))
}

function requirementProblems (requirement: RequirementOptions, names: readonly string[], at: Path): Problem[] {
  const asked = Object.keys(toRequirement(requirement))
  if (asked.length === 0) return [{ path: at, text: 'must name a scheme; allowAnonymous serves callers who show nothing' }]
  const unknown = asked.filter(name => !names.includes(name))
  return unknown.map(name => ({ path: [...at, name], text: `is not one of the security.schemes${names.length === 0 ? ': there are none' : `; there are ${names.join(', ')}`}` }))
}
