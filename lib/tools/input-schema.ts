/** What a tool takes, and how that becomes a message. */
import type { AgentCard } from '../../schemas/v1/card.ts'
import { isObject } from '../agent/content.ts'
import type { JsonSchema } from '../agent/options.ts'
import type { MessageContent } from '../client/content.ts'
import { skillSchemaUri } from '../extensions/skill-schema.ts'
import { clean } from './words.ts'

export type ToolInput = {
  readonly schema: JsonSchema
  /** Whether the model writes the data that the skill declares, and not a message. */
  readonly isStructured: boolean
  /** @throws Error that tells the model what is missing */
  read (input: unknown): { content: MessageContent, taskId?: string, contextId?: string }
}

const contextId = { type: 'string', description: 'Only to go on with the conversation of an earlier result' }

const maxSize = 65_536
const maxDepth = 48

/** By the schema that the card declares for the skill, where that is one to show to a model; else a message. */
export function inputOf (card: AgentCard, skillId: string): ToolInput {
  const declared = declaredSchema(card, skillId)
  const schema = declared === undefined || !isUsable(declared) ? undefined : cleaned(declared)
  if (schema === undefined) return messageInput('What you want of it, with everything that it has to know. It does not see this conversation')
  return schema.type === 'object' ? objectInput(schema) : wrappedInput(schema)
}

/** The answer to what an agent asks. */
export function replyInput (): ToolInput {
  const { schema, ...input } = messageInput('The answer')
  return { ...input, schema: { ...schema, required: ['message', 'taskId'] } }
}

function messageInput (description: string): ToolInput {
  return {
    isStructured: false,
    schema: {
      type: 'object',
      properties: {
        message: { type: 'string', description },
        taskId: { type: 'string', description: 'Only to answer a question of the task with this id' },
        contextId
      },
      required: ['message'],
      additionalProperties: false
    },
    read: input => {
      const { message, taskId, contextId } = asObject(input)
      if (typeof message !== 'string' || message === '') throw new Error('message is required, and must be a text')
      return { content: message, ...isId(taskId) && { taskId }, ...isId(contextId) && { contextId } }
    }
  }
}

/** As it was declared, with the conversation beside the data, unless that has a field of this name. */
function objectInput (schema: JsonSchema): ToolInput {
  const properties = isObject(schema.properties) ? schema.properties : {}
  const isTaken = Object.hasOwn(properties, 'contextId')
  return {
    isStructured: true,
    schema: { ...schema, properties: isTaken ? properties : { ...properties, contextId } },
    read: input => {
      if (isTaken) return { content: [{ data: asObject(input) }] }
      const { contextId, ...data } = asObject(input)
      return { content: [{ data }], ...isId(contextId) && { contextId } }
    }
  }
}

/** A tool takes an object: what a skill takes else is its `input`. */
function wrappedInput (schema: JsonSchema): ToolInput {
  return {
    isStructured: true,
    schema: { type: 'object', properties: { input: rebased(schema, 'input'), contextId }, required: ['input'], additionalProperties: false },
    read: input => {
      const { input: data, contextId } = asObject(input)
      if (data === undefined) throw new Error('input is required')
      return { content: [{ data }], ...isId(contextId) && { contextId } }
    }
  }
}

function declaredSchema ({ capabilities: { extensions = [] } }: AgentCard, skillId: string): JsonSchema | undefined {
  const params = extensions.find(({ uri }) => uri === skillSchemaUri)?.params
  const skills = isObject(params?.skills) ? params.skills : {}
  const skill = Object.hasOwn(skills, skillId) ? skills[skillId] : undefined
  return isObject(skill) && isObject(skill.inputSchema) ? skill.inputSchema : undefined
}

/** A foreign schema is shown and not compiled here; one that is huge, deep, or in pieces elsewhere is not worth showing. */
function isUsable (schema: JsonSchema): boolean {
  return isShallow(schema, 0) && JSON.stringify(schema).length <= maxSize
}

function isShallow (value: unknown, depth: number): boolean {
  if (depth > maxDepth) return false
  if (Array.isArray(value)) return value.every(item => isShallow(item, depth + 1))
  if (!isObject(value)) return true
  if (typeof value.$ref === 'string' && !value.$ref.startsWith('#')) return false
  return Object.values(value).every(item => isShallow(item, depth + 1))
}

/** Its words for the model are foreign, too. */
function cleaned (schema: JsonSchema): JsonSchema {
  return mapStrings(schema, (text, key) => key === 'description' || key === 'title' ? clean(text, 1_024) : text)
}

/** At its new place, for references that begin at the root. */
function rebased (schema: JsonSchema, property: string): JsonSchema {
  return mapStrings(schema, (text, key) => key === '$ref' ? `#/properties/${property}${text.slice(1)}` : text)
}

function mapStrings (schema: JsonSchema, map: (text: string, key: string) => string): JsonSchema {
  const walk = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return map(value, key)
    if (Array.isArray(value)) return value.map(item => walk(item, ''))
    return isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, walk(item, name)])) : value
  }
  return Object.fromEntries(Object.entries(schema).map(([name, item]) => [name, walk(item, name)]))
}

function asObject (input: unknown): Record<string, unknown> {
  if (!isObject(input)) throw new Error('The input must be an object')
  return input
}

/** Models like to fill in what they don't know with nothing. */
function isId (value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
