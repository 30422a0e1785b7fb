/** Tools for the AI SDK (`ai` 5, 6 and 7), declared structurally: nothing of it is needed here. */
import { isObject } from '../agent/content.ts'
import type { JsonSchema } from '../agent/options.ts'
import { toModelText } from './model-text.ts'
import { toToolError } from './result.ts'
import type { RemoteTool, ToolProgress, ToolResult } from './types.ts'

/** What the program sees of a call: preliminary outputs while the agent works, then the result. */
export type AiToolOutput = ToolResult & { readonly isPreliminary?: true, readonly progress?: string }

export type AiSdkTool = {
  description: string
  title: string
  inputSchema: AiSchema
  execute: (input: unknown, options: { abortSignal?: AbortSignal | undefined }) => AsyncGenerator<AiToolOutput, void>
  /** `ai` 5 hands over the output itself. */
  toModelOutput: (options: { output: AiToolOutput } | AiToolOutput) => { type: 'text' | 'error-text', value: string }
}

/** A Standard Schema with its JSON Schema. */
export type AiSchema = {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: 'fastify-a2a'
    readonly validate: (value: unknown) => { readonly value: unknown }
    readonly jsonSchema: { readonly input: () => JsonSchema, readonly output: () => JsonSchema }
  }
}

/**
 * As the `tools` of `streamText`, `generateText` and agents. The agent's progress comes as preliminary tool results; `abortSignal` cancels
 * the task. The model reads text, or an error text.
 * @example
 * streamText({ model, prompt, tools: { ...toAiSdkTools(asTools(agent)), another } })
 */
export function toAiSdkTools (tools: readonly RemoteTool[]): Record<string, AiSdkTool> {
  return Object.fromEntries(tools.map(tool => [tool.name, toAiSdkTool(tool)]))
}

function toAiSdkTool (tool: RemoteTool): AiSdkTool {
  const { description, title, inputSchema } = tool
  return {
    description,
    title,
    inputSchema: toAiSchema(inputSchema),
    execute: (input, { abortSignal } = {}) => run(tool, input, abortSignal),
    toModelOutput: options => {
      const output = isOutput(options) ? options : options.output
      return { type: output.error === undefined ? 'text' : 'error-text', value: toModelText(output) }
    }
  }
}

function isOutput (options: { output: AiToolOutput } | AiToolOutput): options is AiToolOutput {
  return 'isTruncated' in options
}

/** By the mark that the SDK knows its own schemas by, in all versions; the types of 6 and 7 see a Standard Schema. */
function toAiSchema (jsonSchema: JsonSchema): AiSchema {
  // The agent checks what it gets: a foreign schema is not run here.
  const own = { [Symbol.for('vercel.ai.schema')]: true, [Symbol.for('vercel.ai.validator')]: true, jsonSchema, validate: (value: unknown) => ({ success: isObject(value), value }) }
  return {
    ...own,
    '~standard': {
      version: 1, vendor: 'fastify-a2a', validate: value => ({ value }), jsonSchema: { input: () => jsonSchema, output: () => jsonSchema }
    }
  }
}

/** Progress that nobody has taken yet gives way to newer. The agent goes on at the pace of the reader, and stops when it leaves. */
async function * run (tool: RemoteTool, input: unknown, abortSignal: AbortSignal | undefined): AsyncGenerator<AiToolOutput, void> {
  const left = new AbortController()
  const signal = abortSignal === undefined ? left.signal : AbortSignal.any([abortSignal, left.signal])
  let latest: ToolProgress | undefined
  let wake = () => {}
  const work = tool.execute(input, {
    signal,
    onProgress: progress => {
      latest = progress
      wake()
    }
  })
  const ended = work.then(() => true, () => true)
  try {
    for (;;) {
      const news = new Promise<false>(resolve => { wake = () => resolve(false) })
      if (latest === undefined && await Promise.race([ended, news])) break
      const progress = latest
      latest = undefined
      if (progress !== undefined) yield toPreliminary(progress)
    }
    yield await work
  } finally {
    left.abort(new Error('Nobody reads the result any more'))
  }
}

function toPreliminary ({ state, taskId, text, message }: ToolProgress): AiToolOutput {
  return {
    ...toToolError('', ''),
    error: undefined,
    ...state !== undefined && { state },
    ...taskId !== undefined && { taskId },
    text,
    isPreliminary: true,
    ...message !== undefined && { progress: message }
  }
}
