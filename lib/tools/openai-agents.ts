/** Tools for OpenAI Agents (`@openai/agents`), declared structurally: nothing of it is needed here. */
import { isObject } from '../agent/content.ts'
import type { JsonSchema } from '../agent/options.ts'
import { callTool } from './call-tool.ts'
import { toModelText } from './model-text.ts'
import type { RemoteTool, ToolProgress, ToolResult } from './types.ts'

/** Its `FunctionTool`. */
export type OpenAiAgentsTool = {
  type: 'function'
  name: string
  description: string
  parameters: { type: 'object', properties: Record<string, JsonSchema>, required: string[], additionalProperties: true }
  strict: false
  invoke: (runContext: unknown, input: string, details?: { signal?: AbortSignal | undefined }) => Promise<string>
  needsApproval: () => Promise<boolean>
  isEnabled: () => Promise<boolean>
}

export type OpenAiAgentsOptions = {
  /** Told what an agent says while it works: the SDK has no events for that. */
  onProgress?: (progress: ToolProgress, tool: RemoteTool) => void | Promise<void>
  /** Told what a call has come to, with data and files; the model reads a text of it. */
  onResult?: (result: ToolResult, tool: RemoteTool) => void | Promise<void>
  /** Which calls a person has to approve. Default: none. */
  needsApproval?: (tool: RemoteTool) => boolean
}

/**
 * As the `tools` of an `Agent`. The `signal` of a run cancels the task.
 * @example
 * new Agent({ name: 'Planner', tools: toOpenAiAgentsTools(asTools(agent)) })
 */
export function toOpenAiAgentsTools (tools: readonly RemoteTool[], { onProgress, onResult, needsApproval }: OpenAiAgentsOptions = {}): OpenAiAgentsTool[] {
  return tools.map(tool => ({
    type: 'function',
    name: tool.name,
    description: tool.description,
    parameters: toParameters(tool.inputSchema),
    strict: false,
    invoke: async (_runContext, input, details) => {
      const result = await callTool([tool], tool.name, input, {
        signal: details?.signal,
        onProgress: onProgress && (async progress => await onProgress(progress, tool))
      })
      await onResult?.(result, tool)
      return toModelText(result)
    },
    needsApproval: async () => needsApproval?.(tool) ?? false,
    isEnabled: async () => true
  }))
}

function toParameters (schema: JsonSchema): OpenAiAgentsTool['parameters'] {
  const properties = isObject(schema.properties) ? Object.entries(schema.properties) : []
  const required: unknown[] = Array.isArray(schema.required) ? schema.required : []
  return {
    ...schema,
    type: 'object',
    properties: Object.fromEntries(properties.map(([name, property]) => [name, isObject(property) ? property : {}])),
    required: required.filter(name => typeof name === 'string'),
    // The SDK's types know no other for schemas that are not strict.
    additionalProperties: true
  }
}
