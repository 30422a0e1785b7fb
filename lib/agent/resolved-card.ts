import { defaults } from '../../schemas/option-defaults.ts'
import type { AgentExtension, AgentProvider, SecurityRequirement } from '../../schemas/v1/card.ts'
import { toCardRequirement, toRequirement } from '../security/requirements.ts'
import { MisuseError } from './errors.ts'
import type { Executor } from './executor.ts'
import type { CardOptions, Deadlines, RecoveryOptions, SkillOptions } from './options.ts'
import { checkCardOptions } from './options/check.ts'
import { formatProblem } from './options/problem.ts'
import { cardProblems } from './options/rules.ts'
import { compileSchema, snapshot, type CompiledSchema } from './schema.ts'

/** A skill with its defaults applied. Fields that are optional in the protocol stay absent when they were not given. */
export type ResolvedSkill = Readonly<Deadlines & RecoveryOptions> & {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly tags: readonly string[]
  readonly examples?: readonly string[]
  readonly inputModes?: readonly string[]
  readonly outputModes?: readonly string[]
  readonly securityRequirements?: readonly SecurityRequirement[]
  readonly handler?: Executor
  readonly input?: CompiledSchema
  readonly output?: CompiledSchema
}

/** A card with its defaults applied and its schemas compiled. */
export type ResolvedCard = {
  readonly name: string
  readonly description: string
  readonly version: string
  readonly provider?: AgentProvider
  readonly documentationUrl?: string
  readonly iconUrl?: string
  readonly defaultInputModes: readonly string[]
  readonly defaultOutputModes: readonly string[]
  /** At least one, each under its own id. */
  readonly skills: readonly ResolvedSkill[]
  readonly extensions: readonly AgentExtension[]
}

/** The id of the one skill of a card that declares none. It stays when the agent is renamed: tasks remember it. */
const impliedSkillId = 'agent'

const resolved = new WeakMap<CardOptions, ResolvedCard>()

/**
 * Checks a card and applies its defaults; the same object is only worked on once.
 * @param at where the card stands in the options, for errors
 * @throws MisuseError `A2A_ERR_OPTIONS`
 */
export function resolveCard (card: CardOptions, at: 'card' | 'extendedCard' = 'card'): ResolvedCard {
  const known = resolved.get(card)
  if (known !== undefined) return known
  const misfits = checkCardOptions(card)
  const problems = misfits.length > 0 ? misfits : cardProblems(card, [])
  if (problems.length > 0) {
    const lines = problems.map(({ path, text }) => formatProblem({ path: [at, ...path], text }, at))
    throw new MisuseError('A2A_ERR_OPTIONS', `a2a options: ${lines.join('; ')}`)
  }
  const result = applyDefaults(card)
  resolved.set(card, result)
  return result
}

function applyDefaults (card: CardOptions): ResolvedCard {
  const { skills = [], name, description, extensions = [], ...rest } = card
  const declared = skills.length > 0 ? skills : [{ id: impliedSkillId, name, description }]
  return Object.freeze({
    name,
    description,
    version: defaults.cardVersion,
    defaultInputModes: defaults.modes,
    defaultOutputModes: defaults.modes,
    ...snapshot(rest),
    extensions: snapshot(extensions),
    skills: Object.freeze(declared.map(resolveSkill))
  })
}

function resolveSkill ({ handler, inputSchema, outputSchema, securityRequirements, ...rest }: SkillOptions): ResolvedSkill {
  return Object.freeze({
    name: rest.id,
    description: rest.name ?? rest.id,
    tags: Object.freeze([rest.id]),
    ...snapshot(rest),
    ...securityRequirements !== undefined && { securityRequirements: snapshot(securityRequirements.map(given => toCardRequirement(toRequirement(given)))) },
    ...handler !== undefined && { handler },
    ...inputSchema !== undefined && { input: compileSchema(inputSchema) },
    ...outputSchema !== undefined && { output: compileSchema(outputSchema) }
  })
}
