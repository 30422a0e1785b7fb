/** What a schema can't say: rules between options. They take options that their schema allows. */
import type { Executor } from '../executor.ts'
import type { AgentOptions, CardOptions, JsonSchema, SkillOptions, TenantAgentOptions } from '../options.ts'
import { compileSchema } from '../schema.ts'
import { securityProblems } from './security-rules.ts'
import type { Path, Problem } from './problem.ts'

/** Whether an agent can work with these options. A config file alone need not fulfil it. */
export function completenessProblems (options: AgentOptions): Problem[] {
  const { agents } = options
  if (agents === undefined) return servedProblems(options, [])
  const problems = Object.entries(agents).flatMap(([tenant, agent]) => tenantProblems(options, tenant, agent))
  if (typeof agents !== 'function' && Object.keys(agents).length === 0) return [{ path: ['agents'], text: 'must not be empty' }]
  return options.card === undefined ? problems : [...servedProblems(options, []), ...problems]
}

/** Whether the agent of a tenant can work with what it says, and what stands beside `agents`. */
export function tenantProblems ({ executor }: Pick<AgentOptions, 'executor'>, tenant: string, agent: TenantAgentOptions): Problem[] {
  return servedProblems({ executor, ...agent }, ['agents', tenant])
}

/** @param at where the card stands */
function servedProblems ({ card, executor }: { card?: AgentOptions['card'] | undefined, executor?: Executor | undefined }, at: Path): Problem[] {
  if (card === undefined) return [{ path: [...at, 'card'], text: 'is missing' }]
  // The skills of a function are only known when it is asked.
  if (executor !== undefined || typeof card === 'function') return []
  const skills = card.skills ?? []
  if (skills.every(skill => skill.handler === undefined)) {
    return [{ path: [...at, 'executor'], text: 'is missing: give one, or a handler to every skill' }]
  }
  return skills.flatMap((skill, index) => skill.handler !== undefined
    ? []
    : [{ path: [...at, 'card', 'skills', index, 'handler'], text: 'is missing, and there is no executor that would serve the skill' }])
}

/** Rules that hold for all options that are there. */
export function optionProblems (options: AgentOptions): Problem[] {
  const { agents = {} } = options
  return [
    ...cardsProblems(options, []),
    ...Object.entries(agents).flatMap(([tenant, agent]) => cardsProblems(agent, ['agents', tenant])),
    ...securityProblems(options),
    ...extensionProblems(options, []),
    ...Object.entries(agents).flatMap(([tenant, agent]) => extensionProblems(agent, ['agents', tenant])),
    ...options.paths?.card !== undefined && options.paths.card === options.paths.legacyCard
      ? [{ path: ['paths', 'legacyCard'], text: 'must not be the path of the card' }]
      : [],
    // Else whoever sends a Host header could have a card signed that leads to his own server.
    ...options.signing !== undefined && options.publicUrl === undefined
      ? [{ path: ['publicUrl'], text: 'is missing: a card that is signed must not take its URLs from the request' }]
      : [],
    ...auditProblems(options)
  ]
}

function auditProblems ({ audit }: AgentOptions): Problem[] {
  if (typeof audit !== 'object') return []
  const { file, stream, chain = false } = audit
  if (file !== undefined && stream !== undefined) return [{ path: ['audit', 'stream'], text: 'must not be given beside audit.file' }]
  const isOwn = file !== undefined || stream !== undefined
  return chain === false || isOwn ? [] : [{ path: ['audit', 'chain'], text: 'needs audit.file or audit.stream: the log of the server has other lines between' }]
}

function extensionProblems ({ extensions = [] }: Pick<AgentOptions, 'extensions'>, at: Path): Problem[] {
  return extensions.flatMap(({ uri, params }, index) => {
    const path = [...at, 'extensions', index]
    const first = extensions.findIndex(extension => extension.uri === uri)
    const twice = first === index ? [] : [{ path: [...path, 'uri'], text: `must be unique: extension ${first} has the uri ${uri} too` }]
    return [...twice, ...jsonProblems(params, [...path, 'params'])]
  })
}

/** @param at where the agent stands */
export function cardsProblems (agent: Pick<AgentOptions, 'card' | 'extendedCard'>, at: Path): Problem[] {
  return (['card', 'extendedCard'] as const).flatMap(name => {
    const card = agent[name]
    return typeof card === 'object' ? cardProblems(card, [...at, name]) : []
  })
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
