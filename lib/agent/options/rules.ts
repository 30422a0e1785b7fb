/** What a schema can't say: rules between options. They take options that their schema allows. */
import type { AgentOptions, CardOptions, JsonSchema, SkillOptions } from '../options.ts'
import { compileSchema } from '../schema.ts'
import type { Path, Problem } from './problem.ts'

/** Whether an agent can work with these options. A config file alone need not fulfil it. */
export function completenessProblems (options: AgentOptions): Problem[] {
  const { card, executor } = options
  if (card === undefined) return [{ path: ['card'], text: 'is missing' }]
  // The skills of a function are only known when it is asked.
  if (executor !== undefined || typeof card === 'function') return []
  const skills = card.skills ?? []
  if (skills.every(skill => skill.handler === undefined)) {
    return [{ path: ['executor'], text: 'is missing: give one, or a handler to every skill' }]
  }
  return skills.flatMap((skill, index) => skill.handler !== undefined
    ? []
    : [{ path: ['card', 'skills', index, 'handler'], text: 'is missing, and there is no executor that would serve the skill' }])
}

/** Rules that hold for all options that are there. */
export function optionProblems (options: AgentOptions): Problem[] {
  return [
    ...(['card', 'extendedCard'] as const).flatMap(name => {
      const card = options[name]
      return typeof card === 'object' ? cardProblems(card, [name]) : []
    }),
    ...options.paths?.card !== undefined && options.paths.card === options.paths.legacyCard
      ? [{ path: ['paths', 'legacyCard'], text: 'must not be the path of the card' }]
      : []
  ]
}

/** @param at where the card stands */
export function cardProblems (card: CardOptions, at: Path): Problem[] {
  const skills = card.skills ?? []
  return [
    ...skills.flatMap((skill, index) => {
      const path = [...at, 'skills', index]
      const first = skills.findIndex(({ id }) => id === skill.id)
      const twice = first === index ? [] : [{ path: [...path, 'id'], text: `must be unique: skill ${first} has the id "${skill.id}" too` }]
      return [...twice, ...schemaProblems(skill, path)]
    }),
    ...(card.extensions ?? []).flatMap(({ params }, index) => jsonProblems(params, [...at, 'extensions', index, 'params']))
  ]
}

function schemaProblems (skill: SkillOptions, at: Path): Problem[] {
  return (['inputSchema', 'outputSchema'] as const).flatMap(name => {
    const schema = skill[name]
    if (schema === undefined) return []
    const path = [...at, name]
    const notJson = jsonProblems(schema, path)
    return notJson.length > 0 ? notJson : invalidSchemaProblems(schema, path)
  })
}

function invalidSchemaProblems (schema: JsonSchema, path: Path): Problem[] {
  try {
    compileSchema(schema)
    return []
  } catch (error) {
    return [{ path, text: `is wrong: ${textOf(error)}` }]
  }
}

/** It is published: cycles and big integers would fail then. */
function jsonProblems (value: unknown, path: Path): Problem[] {
  try {
    JSON.stringify(value)
    return []
  } catch (error) {
    return [{ path, text: `must be JSON: ${textOf(error).split('\n')[0]}` }]
  }
}

function textOf (error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
