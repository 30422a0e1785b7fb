/** Who serves a turn: one of the declared skills, or the agent's own executor. */
import type { Message, Struct } from '../../schemas/v1/common.ts'
import { A2AError, invalidParams } from '../protocol/errors.ts'
import { MisuseError } from './errors.ts'
import type { Executor } from './executor.ts'
import type { Deadlines, RecoveryOptions, Route, RouteInput } from './options.ts'
import type { ResolvedCard, ResolvedSkill } from './resolved-card.ts'
import type { Settings } from './settings.ts'
import { takes } from './skill-content.ts'

export { checkInput, checkOutput } from './skill-content.ts'

export type SkillRequest = RouteInput & {
  /** The task that the message goes to: it stays with its skill. Absent for a new task. */
  task?: { readonly skillId: string | undefined } | undefined
}

/** Who serves a turn, and for how long. */
export type SkillChoice = {
  readonly card: ResolvedCard
  /** Undefined when the agent's own executor serves without a skill. */
  readonly skillId: string | undefined
  readonly skill: ResolvedSkill | undefined
  /** As it was given. */
  readonly executor: Executor
  /** In ms, 0 for none. */
  readonly deadlines: Readonly<Required<Deadlines>>
  readonly recovery: Readonly<Required<RecoveryOptions>>
}

/**
 * Chooses who serves a turn. In this order: the skill of the task; the skill that `metadata.skillId` of the
 * message names, or that of the request; the one that `route` answers; the only one there is; the only one
 * that takes the media types and data of the message; the agent's own executor.
 *
 * @throws A2AError InvalidParamsError when the message names a skill that does not exist or that nobody serves,
 *   or must name one and does not; InternalError when `route` answers an id that does not exist
 */
export function chooseSkill (settings: Settings, card: ResolvedCard, request: SkillRequest): SkillChoice | Promise<SkillChoice> {
  const named = namedSkill(request, card)
  if (request.task !== undefined) return taskChoice(settings, card, request.task, named)
  if (named !== undefined) return choice(settings, card, named.skill) ?? refuse(named.field, 'names a skill that nobody serves', servedSkills(settings, card))
  if (settings.route !== undefined) return routedChoice(settings, settings.route, card, request)
  return impliedChoice(settings, card, request)
}

async function routedChoice (settings: Settings, route: Route, card: ResolvedCard, request: SkillRequest): Promise<SkillChoice> {
  const skill = await routedSkill(route, card, request)
  return skill === undefined ? impliedChoice(settings, card, request) : choice(settings, card, skill) ?? nobody(settings, card)
}

function impliedChoice (settings: Settings, card: ResolvedCard, { message }: SkillRequest): SkillChoice {
  return choice(settings, card, impliedSkill(settings, card, message)) ?? nobody(settings, card)
}

function nobody (settings: Settings, card: ResolvedCard): never {
  return refuse(messageField, 'is required', servedSkills(settings, card))
}

type NamedSkill = { skill: ResolvedSkill, field: string }

const messageField = 'message.metadata.skillId'

/** The skill that the caller asks for. */
function namedSkill ({ message, metadata }: RouteInput, card: ResolvedCard): NamedSkill | undefined {
  return lookUp(message.metadata, messageField, card) ?? lookUp(metadata, 'metadata.skillId', card)
}

function lookUp (metadata: Readonly<Struct> | undefined, field: string, card: ResolvedCard): NamedSkill | undefined {
  const id = metadata?.skillId
  if (id === undefined) return undefined
  if (typeof id !== 'string') throw invalidParams({ field, description: 'must be a string' })
  const skill = card.skills.find(skill => skill.id === id)
  return skill === undefined ? refuse(field, 'names no skill of this agent', card.skills) : { skill, field }
}

/** A later message can't move a task to another skill. */
function taskChoice (settings: Settings, card: ResolvedCard, { skillId }: { readonly skillId: string | undefined }, named: NamedSkill | undefined): SkillChoice {
  if (named !== undefined && named.skill.id !== skillId) {
    const skill = skillId === undefined ? 'no particular skill' : `the skill ${JSON.stringify(skillId)}`
    throw invalidParams({ field: named.field, description: `can't change: the task is served by ${skill}` })
  }
  const skill = card.skills.find(skill => skill.id === skillId)
  const gone = skill === undefined && skillId !== undefined
  const found = gone ? undefined : choice(settings, card, skill)
  if (found !== undefined) return found
  throw new A2AError('UnsupportedOperationError', 'The skill that serves this task is not offered any more')
}

async function routedSkill (route: Route, card: ResolvedCard, { message, metadata, principal, tenant }: RouteInput): Promise<ResolvedSkill | undefined> {
  const id = await route({ message, metadata, principal, tenant })
  if (id === undefined) return undefined
  const skill = card.skills.find(skill => skill.id === id)
  if (skill !== undefined) return skill
  const cause = new MisuseError('A2A_ERR_OPTIONS', `a2a options: route answered ${JSON.stringify(id)}, which is no skill of the card; there are ${list(card.skills)}`)
  throw new A2AError('InternalError', undefined, { cause })
}

function impliedSkill (settings: Settings, card: ResolvedCard, message: Message): ResolvedSkill | undefined {
  if (card.skills.length === 1) return card.skills[0]
  const fitting = servedSkills(settings, card).filter(skill => takes(skill, message, card))
  return fitting.length === 1 ? fitting[0] : undefined
}

/** Undefined when there is neither a handler nor an executor. */
function choice ({ executor, deadlines, recovery }: Settings, card: ResolvedCard, skill: ResolvedSkill | undefined): SkillChoice | undefined {
  const chosen = skill?.handler ?? executor
  if (chosen === undefined) return undefined
  return {
    card,
    skillId: skill?.id,
    skill,
    executor: chosen,
    deadlines: {
      timeout: skill?.timeout ?? deadlines.timeout,
      idleTimeout: skill?.idleTimeout ?? deadlines.idleTimeout
    },
    recovery: skill?.onCrash === undefined && skill?.maxAttempts === undefined
      ? recovery
      : { onCrash: skill.onCrash ?? recovery.onCrash, maxAttempts: skill.maxAttempts ?? recovery.maxAttempts }
  }
}

function servedSkills ({ executor }: Settings, { skills }: ResolvedCard): readonly ResolvedSkill[] {
  return executor !== undefined ? skills : skills.filter(skill => skill.handler !== undefined)
}

function refuse (field: string, what: string, known: readonly ResolvedSkill[]): never {
  throw invalidParams({ field, description: known.length === 0 ? what : `${what}; there are ${list(known)}` })
}

function list (skills: readonly ResolvedSkill[]): string {
  return skills.map(skill => skill.id).join(', ')
}
