/** Tools as the APIs of model providers take them: what they are. Calls of them go through `callTool`. */
import type { JsonSchema } from '../agent/options.ts'
import type { RemoteTool } from './types.ts'

type Forms = {
  plain: { name: string, description: string, inputSchema: JsonSchema }
  /** Messages API of Anthropic. */
  anthropic: { name: string, description: string, input_schema: JsonSchema & { type: 'object' } }
  /** Responses API of OpenAI. */
  'openai-responses': { type: 'function', name: string, description: string, parameters: JsonSchema, strict: false }
  /** Chat Completions API of OpenAI, and of the many that speak like it. */
  'openai-chat': { type: 'function', function: { name: string, description: string, parameters: JsonSchema } }
}

export type JsonSchemaForm = keyof Forms
export type JsonSchemaTool<Form extends JsonSchemaForm = 'plain'> = Forms[Form]

const forms: { [Form in JsonSchemaForm]: (tool: RemoteTool) => Forms[Form] } = {
  plain: ({ name, description, inputSchema }) => ({ name, description, inputSchema }),
  anthropic: ({ name, description, inputSchema }) => ({ name, description, input_schema: { ...inputSchema, type: 'object' } }),
  'openai-responses': ({ name, description, inputSchema }) => ({ type: 'function', name, description, parameters: inputSchema, strict: false }),
  'openai-chat': ({ name, description, inputSchema }) => ({ type: 'function', function: { name, description, parameters: inputSchema } })
}

/**
 * @param form whose API they are for
 * @example
 * const response = await anthropic.messages.create({ model, messages, tools: toJsonSchemaTools(tools, 'anthropic') })
 */
export function toJsonSchemaTools<Form extends JsonSchemaForm = 'plain'> (tools: readonly RemoteTool[], form?: Form): Array<JsonSchemaTool<Form>>
export function toJsonSchemaTools (tools: readonly RemoteTool[], form: JsonSchemaForm = 'plain'): Array<JsonSchemaTool<JsonSchemaForm>> {
  return tools.map(tool => forms[form](tool))
}
