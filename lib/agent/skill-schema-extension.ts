import type { AgentExtension } from '../../schemas/v1/card.ts'
import type { ResolvedSkill } from './resolved-card.ts'

/**
 * The extension by which a card says what data its skills take and answer (A2A 1.0 §4.6): its params are
 * `{ skills: { [skillId]: { inputSchema?, outputSchema? } } }`, JSON Schemas of draft 2020-12 for the data
 * parts of messages and of artifacts. It changes nothing on the wire, so clients need not activate it.
 */
export const skillSchemaExtensionUri = 'https://fastify-a2a.dev/extensions/skill-schema/v1'

/** Undefined when no skill has a schema. */
export function skillSchemaExtension (skills: readonly ResolvedSkill[]): AgentExtension | undefined {
  const described = skills.filter(({ input, output }) => input !== undefined || output !== undefined)
  if (described.length === 0) return undefined
  return {
    uri: skillSchemaExtensionUri,
    description: 'JSON Schemas of the data that skills take and answer',
    params: {
      skills: Object.fromEntries(described.map(({ id, input, output }) => [id, {
        ...input !== undefined && { inputSchema: input.schema },
        ...output !== undefined && { outputSchema: output.schema }
      }]))
    }
  }
}
