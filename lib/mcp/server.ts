import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js'
import type { ServerNotification, ServerRequest } from '@modelcontextprotocol/sdk/types.js'
import { asTools } from '../tools/as-tools.ts'
import { isRegistry, placesOf, type ToolSource } from '../tools/places.ts'
import { toToolError } from '../tools/result.ts'
import type { AsToolsOptions, RemoteTool } from '../tools/types.ts'
import { toCallToolResult } from './content.ts'
import { elicitor } from './elicitation.ts'
import { loadServerSdk } from './sdk.ts'
import { progressTeller } from './progress.ts'

/** What came with a request. */
export type McpRequest = RequestHandlerExtra<ServerRequest, ServerNotification>

/** Tools of an agent, of agents, of a registry; or a function that answers tools for whoever asks. */
export type McpSource = ToolSource | ((request: McpRequest) => readonly RemoteTool[] | Promise<readonly RemoteTool[]>)

export type McpServerOptions = AsToolsOptions & {
  /** How the server calls itself. Default: as the agent does, where there is one. */
  serverName?: string
  /** Default: the agent's, where there is one. */
  serverVersion?: string
  /** What a client may tell its model about the tools as a whole. Default: none. */
  instructions?: string
  /** Whether the user is asked what an agent asks, where the client can do that; else the model reads the question. Default: true. */
  elicit?: boolean
  /** How long the user has for an answer, in ms. Default: 120,000. */
  elicitTimeout?: number
  /** Between two progress notifications about the text of an answer, in ms. Default: 250. */
  progressInterval?: number
  /** Calls of a client at a time; more are refused. Default: 64. */
  maxCalls?: number
  /** Headers of the requests that an MCP request leads to: for the caller's own credentials. Default: none. */
  headersFor?: (request: McpRequest) => Readonly<Record<string, string>>
}

/**
 * An MCP server that offers skills of agents as its tools. It is the official SDK's: connect it to a transport.
 *
 * Progress of an agent becomes progress notifications, a cancelled request cancels the task, and what an agent asks is asked of the user
 * by elicitation, or told to the model. When a registry changes, clients are told that the tools have.
 *
 * @throws MisuseError A2A_ERR_OPTIONS where `@modelcontextprotocol/sdk` is not installed
 * @example
 * const server = await createMcpServer(await discover('https://api.skyroute.com'))
 * await server.connect(new StdioServerTransport())
 */
export async function createMcpServer (source: McpSource, options: McpServerOptions = {}): Promise<Server> {
  const { Server, CallToolRequestSchema, ListToolsRequestSchema, ErrorCode, McpError } = await loadServerSdk()
  const { elicit = true, elicitTimeout = 120_000, progressInterval = 250, maxCalls = 64, headersFor, instructions } = options
  const server = new Server(infoOf(source, options), {
    capabilities: { tools: isRegistry(source) ? { listChanged: true } : {} },
    ...instructions !== undefined && { instructions }
  })
  const toolsFor = async (request: McpRequest) => typeof source === 'function' ? await source(request) : asTools(source, options)

  server.setRequestHandler(ListToolsRequestSchema, async (_request, extra) => {
    const tools = await toolsFor(extra)
    return {
      tools: tools.map(({ name, title, description, inputSchema }) => ({
        name, title, description, inputSchema: { ...inputSchema, type: 'object' as const }, annotations: { title, openWorldHint: true }
      }))
    }
  })

  let running = 0
  server.setRequestHandler(CallToolRequestSchema, async ({ params: { name, arguments: input = {} } }, extra) => {
    if (running >= maxCalls) return toCallToolResult(toToolError('ResourceExhaustedError', `${maxCalls} calls are running already`))
    running++
    try {
      const tool = (await toolsFor(extra)).find(tool => tool.name === name)
      if (tool === undefined) throw new McpError(ErrorCode.InvalidParams, `Unknown tool: ${name.slice(0, 64)}`)
      const ask = elicit ? elicitor(server, extra, tool, elicitTimeout) : undefined
      return toCallToolResult(await tool.execute(input, {
        signal: extra.signal,
        onProgress: progressTeller(extra, progressInterval),
        ...ask !== undefined && { onInputRequired: ask },
        ...headersFor !== undefined && { headers: headersFor(extra) }
      }))
    } finally {
      running--
    }
  })

  if (isRegistry(source)) {
    // Nobody is there to be told before a transport is.
    server.onclose = source.onChange(() => { void server.sendToolListChanged().catch(() => {}) })
  }
  return server
}

function infoOf (source: McpSource, { serverName, serverVersion }: McpServerOptions): { name: string, version: string } {
  const places = typeof source === 'function' || isRegistry(source) ? [] : placesOf(source)
  const card = places.length === 1 ? places[0]?.card : undefined
  return { name: serverName ?? card?.name.slice(0, 100) ?? 'fastify-a2a', version: serverVersion ?? card?.version.slice(0, 100) ?? '1.0.0' }
}
