/** The card as an agent's author writes it: A2A 1.0 §4.4, without what can be derived, and with how skills are served. */
import Type, { type TSchema } from 'typebox'
import { AgentExtension, AgentProvider } from './v1/card.ts'
import type { Struct } from './v1/common.ts'
import { closed, filled, milliseconds } from './option-forms.ts'
import { defaults } from './option-defaults.ts'
import { RequirementOptions } from './requirement-options.ts'

export { closed, filled, milliseconds }

/** What becomes of a turn whose process dies. */
export function onCrash (description: string, fallback?: string) {
  return Type.Enum(['fail', 'retry'], { description, ...fallback !== undefined && { default: fallback } })
}

export function maxAttempts (description: string, fallback?: number) {
  return Type.Integer({ description, minimum: 1, expects: 'a whole number, at least 1', ...fallback !== undefined && { default: fallback } })
}

const text = (description: string) => Type.String({ ...filled, description })
const url = (description: string) => Type.String({ format: 'absolute-uri', expects: 'an absolute URL', description })

const mediaTypes = (description: string, fallback?: readonly string[]) => Type.Optional(Type.Array(
  Type.String({ maxLength: 256, pattern: '^[^/;\\s]+/[^/;\\s]+(\\s*;.*)?$', expects: 'a media type such as text/plain' }),
  { description, minItems: 1, ...fallback !== undefined && { default: fallback } }
))

const jsonSchema = (description: string) => Type.Optional(Type.Unsafe<Struct>({ type: 'object', description }))

const Provider = Type.Object({
  url: url('The website of the organization.'),
  organization: text('The name of the organization.')
} satisfies Record<keyof typeof AgentProvider.properties, TSchema>, { ...closed, description: 'The organization behind the agent.' })

const Extension = Type.Object({
  uri: url('Identifies the extension and its version.'),
  description: Type.Optional(text('How this agent uses the extension.')),
  required: Type.Optional(Type.Boolean({ description: 'Whether clients must support the extension. Default: false.' })),
  params: Type.Optional(Type.Unsafe<Struct>({ type: 'object', description: 'What the extension itself defines.' }))
} satisfies Record<keyof typeof AgentExtension.properties, TSchema>, { ...closed, description: 'A protocol extension that the agent supports.' })

/** @param handler what stands for an executor: the executor itself, or the path of its module */
export function skillOptions<Handler extends TSchema> (handler: Handler) {
  return Type.Object({
    id: Type.String({ ...filled, maxLength: 256, description: 'Unique within the card; what `metadata.skillId` of a message names.' }),
    name: Type.Optional(text('For people. Default: the id.')),
    description: Type.Optional(text('What the skill does. Default: the name.')),
    tags: Type.Optional(Type.Array(Type.String(filled), { description: 'Keywords. Default: the id alone.' })),
    examples: Type.Optional(Type.Array(Type.String(filled), { description: 'Prompts that this skill can handle.' })),
    inputModes: mediaTypes('Media types or ranges (`image/*`) that this skill takes. Default: `defaultInputModes` of the card.'),
    outputModes: mediaTypes('Media types that this skill answers with. Default: `defaultOutputModes` of the card.'),
    securityRequirements: Type.Optional(Type.Array(RequirementOptions, { description: 'What a caller of this skill needs; one of the list is enough.' })),
    handler: Type.Optional(handler),
    inputSchema: jsonSchema('JSON Schema (draft 2020-12) of the data parts of messages to this skill; published in the card.'),
    outputSchema: jsonSchema('JSON Schema (draft 2020-12) of the data parts of its artifacts; checked, and published in the card.'),
    timeout: milliseconds('How long a turn may take, in ms; 0 for no limit. Default: the agent\'s `timeout`.'),
    idleTimeout: milliseconds('How long a turn may stay silent between two events, in ms; 0 for no limit. Default: the agent\'s `idleTimeout`.'),
    onCrash: Type.Optional(onCrash('What becomes of a turn whose process dies. Default: the agent\'s `onCrash`.')),
    maxAttempts: Type.Optional(maxAttempts('How often a turn is begun at most, with `retry`. Default: the agent\'s `maxAttempts`.'))
  }, { ...closed, description: 'A skill as it stands in the card, and how it is served.' })
}

/** @param handler what stands for an executor */
export function cardOptions<Handler extends TSchema> (handler: Handler) {
  return Type.Object({
    name: text('The name of the agent, for people.'),
    description: text('What the agent does, for people and for the agents that choose among agents.'),
    version: Type.Optional(Type.String({ ...filled, description: 'The agent\'s own version. Default: `1.0.0`.', default: defaults.cardVersion })),
    provider: Type.Optional(Provider),
    documentationUrl: Type.Optional(url('Where the agent is documented.')),
    iconUrl: Type.Optional(url('An icon of the agent.')),
    defaultInputModes: mediaTypes('Media types that the agent takes. Default: `text/plain` and `application/json`.', defaults.modes),
    defaultOutputModes: mediaTypes('Media types that the agent answers with. Default: `text/plain` and `application/json`.', defaults.modes),
    skills: Type.Optional(Type.Array(skillOptions(handler), { description: 'Default, also for an empty list: one skill that is the agent, with the id `agent`.' })),
    extensions: Type.Optional(Type.Array(Extension, { description: 'Protocol extensions that the agent supports.' }))
  }, { ...closed, description: 'The agent card (A2A 1.0 §4.4.1), as far as it can\'t be derived.' })
}
