import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { Tool } from '@modelcontextprotocol/sdk/types.js'
import type { CardOptions, SkillOptions } from '../agent/options.ts'
import { isObject } from '../agent/content.ts'
import { nameAll } from '../tools/names.ts'
import { toToolError, toToolResult, type ResultLimits } from '../tools/result.ts'
import type { ExecuteOptions, RemoteTool, ToolResult } from '../tools/types.ts'
import { clean } from '../tools/words.ts'
import { callMcp, McpCallError, type McpCall } from './client/call.ts'
import { openConnection, type McpTarget } from './client/connection.ts'
import { toParts } from './client/parts.ts'
import { toSkill } from './client/skills.ts'

export type FromMcpOptions = {
  /** Which tools are taken. Default: all. */
  filter?: (tool: Pick<Tool, 'name' | 'title' | 'description' | 'annotations'>) => boolean
  /** Names the server where its tools say where they come from. Default: as it calls itself. */
  id?: string
  /** How long a call may take, in ms; 0 for no limit. Default: 300,000. */
  timeout?: number
  /** Characters of text, and of data as JSON, in a result for a model. Default: 65,536. */
  maxResult?: number
  /** Bytes of files in a result for a model. Default: 4 MiB. */
  maxFiles?: number
  /** Tools beyond so many are left out. Default: 1,000. */
  maxTools?: number
  /** Told when the tools can't be read again. */
  onError?: (error: unknown) => void
}

/** An MCP server, for the executors of an agent. */
export type McpTools = {
  /** Its tools now, for models: `toAiSdkTools(mcp.tools)` and its like make them those of a framework. */
  readonly tools: readonly RemoteTool[]
  /** Its tools now as skills, each with a handler that calls it. */
  readonly skills: readonly SkillOptions[]
  /** A card for an agent that is this server: its name and instructions, unless you say otherwise, and its tools as skills, as they come and go. */
  card (card?: Partial<Omit<CardOptions, 'skills'>>): () => CardOptions
  /**
   * Calls a tool by the name that the server gives it: for executors that are written by hand.
   * @returns also for a tool that fails, and a server that is away: a result with an `error`
   * @throws the reason of `signal`; MisuseError A2A_ERR_SHUTDOWN after `close`
   */
  callTool (name: string, input?: Record<string, unknown>, options?: ExecuteOptions): Promise<ToolResult>
  /** Reads the tools again; it is done by itself when the server says that they have changed. */
  refresh (): Promise<void>
  /** Ends the connection, unless it is that of a client of yours. */
  close (): Promise<void>
}

/**
 * Makes tools and skills out of an MCP server, by the official SDK: MCP inside of an agent, A2A outside.
 *
 * @param target a URL, a command, a transport, or a client that is connected. With the first two, a connection that was lost is made anew
 *   at the next call
 * @throws MisuseError A2A_ERR_OPTIONS where `@modelcontextprotocol/sdk` is not installed; what the SDK throws where the server can't be had
 * @example
 * const weather = await fromMcp({ command: 'weather-mcp' })
 * await app.register(a2a, { card, executor: fromAiSdk(new ToolLoopAgent({ model, tools: toAiSdkTools(weather.tools) })) })
 * @example
 * await app.register(a2a, { card: weather.card() })
 */
export async function fromMcp (target: McpTarget, options: FromMcpOptions = {}): Promise<McpTools> {
  const { timeout = 300_000, maxResult = 65_536, maxFiles = 4 * 1024 * 1024, maxTools = 1_000, filter, onError = () => {} } = options
  const connection = await openConnection(target, () => { void refresh().catch(onError) })
  let tools: readonly RemoteTool[] = []
  let skills: readonly SkillOptions[] = []

  async function call (name: string, input: Record<string, unknown>, call: Pick<McpCall, 'signal' | 'onProgress'>) {
    const result = await callMcp(connection, name, input, { ...call, timeout })
    return { parts: toParts(result), isError: result.isError === true }
  }

  async function callTool (name: string, input: Record<string, unknown> = {}, { signal, onProgress }: ExecuteOptions = {}): Promise<ToolResult> {
    try {
      const told = onProgress && ((message: string) => { void onProgress({ state: 'TASK_STATE_WORKING', taskId: undefined, text: '', message }) })
      return toResult(await call(name, input, { signal, onProgress: told }), { maxResult, maxFiles })
    } catch (error) {
      if (!(error instanceof McpCallError)) throw error
      return toToolError(error.code, error.message)
    }
  }

  async function refresh (): Promise<void> {
    const client = await connection.client()
    const listed = (await list(client, maxTools)).filter(tool => filter?.(tool) ?? true)
    const id = options.id ?? client.getServerVersion()?.name ?? 'mcp'
    const names = nameAll(listed.map(({ name }) => ({ wanted: name, identity: JSON.stringify([id, name]) })))
    tools = listed.map((tool, index) => toRemoteTool(tool, names[index] ?? tool.name, id, callTool))
    skills = listed.map(tool => toSkill(tool, call))
  }

  try {
    await refresh()
  } catch (error) {
    await connection.close()
    throw error
  }
  const client = await connection.client()

  return {
    get tools () { return tools },
    get skills () { return skills },
    card: given => {
      const { name = 'MCP server', version } = client.getServerVersion() ?? {}
      const described = { name, description: client.getInstructions() ?? `Offers the tools of ${name}`, ...version !== undefined && { version }, ...given }
      let made: { of: readonly SkillOptions[], card: CardOptions } | undefined
      return () => {
        if (made?.of !== skills) made = { of: skills, card: { ...described, skills: [...skills] } }
        return made.card
      }
    },
    callTool,
    refresh,
    close: connection.close
  }
}

/** Of all pages. */
async function list (client: Client, max: number): Promise<Tool[]> {
  const found: Tool[] = []
  let cursor: string | undefined
  do {
    const page = await client.listTools(cursor === undefined ? {} : { cursor })
    found.push(...page.tools)
    cursor = page.tools.length === 0 ? undefined : page.nextCursor
  } while (cursor !== undefined && found.length < max)
  return [...new Map(found.slice(0, max).map(tool => [tool.name, tool])).values()]
}

function toRemoteTool ({ name: given, title, description, inputSchema }: Tool, name: string, id: string, callTool: McpTools['callTool']): RemoteTool {
  return {
    name,
    title: clean(title ?? given, 128),
    description: clean(description ?? title ?? given, 4_096),
    inputSchema,
    source: { id, skill: given },
    execute: async (input, options) => isObject(input) ? await callTool(given, input, options) : toToolError('InvalidParamsError', 'The input must be an object')
  }
}

function toResult ({ parts, isError }: { parts: ToolParts, isError: boolean }, limits: ResultLimits): ToolResult {
  const result = toToolResult({ task: undefined, message: { messageId: '', role: 'ROLE_AGENT', parts } }, limits)
  if (!isError) return result
  return { ...result, text: '', error: { code: 'McpToolError', message: result.text === '' ? 'The tool has failed' : result.text } }
}

type ToolParts = ReturnType<typeof toParts>
