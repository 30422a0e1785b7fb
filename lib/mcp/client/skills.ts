/** Tools of an MCP server as skills of an agent. */
import type { Tool } from '@modelcontextprotocol/sdk/types.js'
import type { Part } from '../../../schemas/v1/common.ts'
import { isObject } from '../../agent/content.ts'
import type { TaskContext } from '../../agent/executor.ts'
import type { JsonSchema, SkillOptions } from '../../agent/options.ts'
import { compileSchema } from '../../agent/schema.ts'
import { clean } from '../../tools/words.ts'
import { McpCallError, type McpCall } from './call.ts'

/** @throws McpCallError; the reason of the signal */
export type CallTool = (name: string, input: Record<string, unknown>, options: Pick<McpCall, 'signal' | 'onProgress'>) => Promise<{ parts: Part[], isError: boolean }>

/** Data goes to the tool as it is; text as JSON, or as the one text that the tool takes. */
export function toSkill ({ name, title, description, inputSchema, outputSchema }: Tool, call: CallTool): SkillOptions {
  const says = clean(description ?? '', 4_096)
  return {
    id: name.slice(0, 256),
    name: clean(title ?? name, 256) || name,
    ...says !== '' && { description: says },
    tags: ['mcp'],
    ...isValid(inputSchema) && { inputSchema },
    ...outputSchema !== undefined && isValid(outputSchema) && { outputSchema },
    handler: async task => {
      const input = inputOf(task, inputSchema)
      if (input === undefined) return await task.requireInput([{ text: `${name} takes data, by the schema that is given here` }, { data: { inputSchema } }])
      await serve(task, async () => await call(name, input, { signal: task.signal, onProgress: message => { void task.working(message).catch(() => {}) } }))
    }
  }
}

async function serve (task: TaskContext, call: () => ReturnType<CallTool>): Promise<void> {
  try {
    const { parts, isError } = await call()
    if (isError) return await task.fail(parts.length === 0 ? undefined : parts)
    if (parts.length > 0) await task.artifact({ name: 'result', parts })
  } catch (error) {
    if (!(error instanceof McpCallError)) throw error
    task.log.warn({ err: error.cause, taskId: task.taskId }, 'a call of an MCP server failed')
    await task.fail(error.message)
  }
}

/** Undefined where the message can't be what the tool takes. */
function inputOf ({ data, text }: TaskContext, schema: JsonSchema): Record<string, unknown> | undefined {
  if (isObject(data)) return data
  if (data !== undefined) return undefined
  const parsed = parse(text)
  if (isObject(parsed)) return parsed
  const properties = isObject(schema.properties) ? Object.entries(schema.properties) : []
  const required: unknown[] = Array.isArray(schema.required) ? schema.required : []
  const wanted = required.length > 0 ? properties.filter(([name]) => required.includes(name)) : properties
  const [only, ...more] = wanted
  if (only !== undefined && more.length === 0 && isObject(only[1]) && only[1].type === 'string') return { [only[0]]: text }
  return required.length === 0 && properties.length === 0 ? {} : undefined
}

function parse (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** One tool with a schema that is none should not take the others with it: its server checks what it gets. */
function isValid (schema: JsonSchema): boolean {
  try {
    compileSchema(schema)
    return true
  } catch {
    return false
  }
}
