import type { AgentCard, AgentSkill } from '../../../schemas/v1/card.ts'
import type { AgentQuery } from './options.ts'

/** The skills of an agent that fit; of an agent that declares none, as `undefined`, where the query does not ask for one. */
export function skillsThatFit (card: AgentCard, query: AgentQuery): Array<AgentSkill | undefined> {
  const candidates: Array<AgentSkill | undefined> = card.skills.length > 0 ? card.skills : [undefined]
  return candidates.filter(skill => fits(card, skill, query))
}

function fits (card: AgentCard, skill: AgentSkill | undefined, { skill: id, tag, text, inputMode, outputMode }: AgentQuery): boolean {
  if (id !== undefined && skill?.id !== id) return false
  if (tag !== undefined && skill?.tags.some(own => own.toLowerCase() === tag.toLowerCase()) !== true) return false
  if (text !== undefined && !hasWords(card, skill, text)) return false
  return hasMode(skill?.inputModes ?? card.defaultInputModes, inputMode) && hasMode(skill?.outputModes ?? card.defaultOutputModes, outputMode)
}

function hasWords (card: AgentCard, skill: AgentSkill | undefined, text: string): boolean {
  const all = [card.name, card.description, ...skill === undefined ? [] : [skill.id, skill.name, skill.description, ...skill.tags, ...skill.examples ?? []]]
  const words = all.join(' ').toLowerCase()
  return text.toLowerCase().split(/\s+/).every(word => words.includes(word))
}

function hasMode (modes: readonly string[], wanted: string | undefined): boolean {
  if (wanted === undefined || modes.length === 0) return true
  return modes.some(mode => mode === '*/*' || wanted === '*/*' || mode === wanted || isWithin(wanted, mode) || isWithin(mode, wanted))
}

function isWithin (type: string, range: string): boolean {
  return range.endsWith('/*') && type.startsWith(range.slice(0, -1))
}
