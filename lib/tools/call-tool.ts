import { toToolError } from './result.ts'
import type { ExecuteOptions, RemoteTool, ToolResult } from './types.ts'

/**
 * Calls a tool by its name, as a model has asked for it.
 * @param input an object, or its JSON as models write it
 * @returns also for a name that there is not, and for what is no JSON: a result with an `error` for the model
 * @throws what `execute` of the tool throws
 */
export async function callTool (tools: readonly RemoteTool[], name: string, input: unknown, options?: ExecuteOptions): Promise<ToolResult> {
  const tool = tools.find(tool => tool.name === name)
  if (tool === undefined) return toToolError('MethodNotFoundError', `There is no tool ${JSON.stringify(name.slice(0, 64))}`)
  if (typeof input !== 'string') return await tool.execute(input, options)
  const parsed = parse(input)
  return parsed === undefined ? toToolError('JSONParseError', 'The input is not JSON') : await tool.execute(parsed.value, options)
}

function parse (json: string): { value: unknown } | undefined {
  try {
    return { value: json.trim() === '' ? {} : JSON.parse(json) }
  } catch {
    return undefined
  }
}
