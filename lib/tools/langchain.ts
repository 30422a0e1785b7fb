import type { DynamicStructuredTool } from '@langchain/core/tools'
import { isObject } from '../agent/content.ts'
import type { JsonSchema } from '../agent/options.ts'
import { loadPeer } from './load-peer.ts'
import { toModelText } from './model-text.ts'
import type { RemoteTool, ToolResult } from './types.ts'

/** The name of the custom event by which callbacks, and `streamEvents`, hear of progress. */
export const progressEvent = 'a2a_progress'

/**
 * As tools of LangChain and LangGraph (`@langchain/core` 1). The `signal` of the config cancels the task; progress is a custom event, `a2a_progress`.
 * The content of the tool message is a text, its `artifact` the whole result.
 * @throws MisuseError A2A_ERR_OPTIONS where `@langchain/core` is not installed
 * @example
 * const agent = createAgent({ model, tools: await toLangChainTools(asTools(agent)) })
 */
export async function toLangChainTools (tools: readonly RemoteTool[]): Promise<Array<DynamicStructuredTool<JsonSchema>>> {
  const { DynamicStructuredTool } = await loadPeer('@langchain/core', () => import('@langchain/core/tools'))
  return tools.map(tool => new DynamicStructuredTool<JsonSchema>({
    name: tool.name,
    description: tool.description,
    schema: withoutPatterns(tool.inputSchema),
    responseFormat: 'content_and_artifact',
    metadata: { ...tool.source },
    func: async (input: unknown, runManager, config): Promise<[string, ToolResult]> => {
      const result = await tool.execute(input, {
        signal: config?.signal,
        onProgress: async progress => { await runManager?.handleCustomEvent(progressEvent, progress) }
      })
      return [toModelText(result), result]
    }
  }))
}

/**
 * LangChain checks what the model writes by the schema, and runs its patterns: one that an agent has chosen to be slow would hold up this
 * process. The agent checks them itself.
 */
function withoutPatterns (schema: JsonSchema): JsonSchema {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk)
    return isObject(value) ? withoutPatterns(value) : value
  }
  const isPattern = (name: string, value: unknown) => (name === 'pattern' && typeof value === 'string') || name === 'patternProperties'
  return Object.fromEntries(Object.entries(schema).flatMap(([name, value]) => isPattern(name, value) ? [] : [[name, walk(value)]]))
}
