import type { ResolvedCard } from '../agent/resolved-card.ts'
import { defineExtension } from './extension.ts'

export const skillSchemaUri = 'https://fastify-a2a.dev/extensions/skill-schema/v1'

/**
 * The extension by which a card says what data its skills take and answer (A2A 1.0 §4.6): its params are
 * `{ skills: { [skillId]: { inputSchema?, outputSchema? } } }`, JSON Schemas of draft 2020-12 for the data
 * parts of messages and of artifacts. It changes nothing on the wire, so clients need not activate it. Every agent has it
 * whose skills have a schema.
 */
export const skillSchema = defineExtension({
  uri: skillSchemaUri,
  description: 'JSON Schemas of the data that skills take and answer',
  params: ({ skills }: ResolvedCard) => {
    const described = skills.filter(({ input, output }) => input !== undefined || output !== undefined)
    if (described.length === 0) return undefined
    return {
      skills: Object.fromEntries(described.map(({ id, input, output }) => [id, {
        ...input !== undefined && { inputSchema: input.schema },
        ...output !== undefined && { outputSchema: output.schema }
      }]))
    }
  }
})
