import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { MisuseError } from '../../lib/agent/errors.ts'
import { createMcpServer, type McpServerOptions } from '../../lib/mcp/server.ts'
import type { ToolSource } from '../../lib/tools/places.ts'
import '../types.ts'
import { callerOf } from './caller.ts'
import { hostedTools, type OffersAgent } from './hosted.ts'
import { refuse } from './refuse.ts'
import { createSessions } from './sessions.ts'
import { toWebRequest, withOpening } from './web.ts'

export { createMcpServer, type McpRequest, type McpServerOptions, type McpSource } from '../../lib/mcp/server.ts'

export { fromMcp, type FromMcpOptions, type McpTools } from '../../lib/mcp/from-mcp.ts'
export type { McpTarget, McpUrl } from '../../lib/mcp/client/connection.ts'

export type McpPluginOptions = McpServerOptions & {
  /** Agents elsewhere whose skills are offered. Default: those that this server hosts. */
  agents?: ToolSource
  /** Which of the hosted agents are offered to this caller. Default: all. */
  hosted?: OffersAgent
  /** Default: `/mcp`. */
  path?: string
  /** Origins of pages whose scripts may call, such as `https://app.example.com`. Default: none; requests of other programs have no origin. */
  allowedOrigins?: readonly string[]
  /** Hosts, with their ports, that requests may be for, such as `localhost:3000`. Default: all. */
  allowedHosts?: readonly string[]
  /** Sessions at a time; another one ends the one that has been idle longest, or is refused. Default: 1,000. */
  maxSessions?: number
  /** How long a session may be without a request, and without a stream, in ms. Default: 1,800,000. */
  sessionIdle?: number
  /** Bytes of a request. Default: 1 MiB. */
  bodyLimit?: number
}

/**
 * An MCP server over streamable HTTP, whose tools are skills of agents: of those hosted here, or of others. Who may call is for hooks of
 * the host, registered before; a session belongs to the principal that has begun it. Hosted agents get the headers of the MCP request, and so
 * authenticate its caller themselves.
 * @throws MisuseError A2A_ERR_OPTIONS where `@modelcontextprotocol/sdk` is not installed, or a bound is none
 */
const plugin: FastifyPluginAsync<McpPluginOptions> = async (fastify, options) => {
  const { agents, hosted, path = '/mcp', allowedOrigins = [], allowedHosts, maxSessions = 1_000, sessionIdle = 1_800_000, bodyLimit = 1_048_576, ...given } = options
  for (const [name, value] of Object.entries({ maxSessions, sessionIdle, bodyLimit })) {
    if (!Number.isInteger(value) || value < 1) throw new MisuseError('A2A_ERR_OPTIONS', `mcp options: ${name} must be a whole number from 1`)
  }
  const local = agents === undefined ? hostedTools(fastify, hosted ?? (() => true), given) : undefined
  const server = local === undefined
    ? async () => await createMcpServer(agents ?? [], given)
    : async () => await createMcpServer(local.tools, { headersFor: local.headersFor, ...given })
  const sessions = await createSessions({ server, maxSessions, sessionIdle, log: fastify.log })
  fastify.addHook('preClose', async () => { await sessions.close() })

  async function handle (request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    // Scripts of a page reach what its reader reaches: also this server, by a name that leads here (DNS rebinding).
    const { origin, host } = request.headers
    if (origin !== undefined && !allowedOrigins.includes(origin)) return await refuse(reply, 403, 'Origin not allowed')
    if (allowedHosts !== undefined && !allowedHosts.includes(host ?? '')) return await refuse(reply, 403, 'Host not allowed')
    const caller = callerOf(request)
    const session = await sessions.find(request, caller)
    if ('status' in session) return await refuse(reply, session.status, session.message)
    const response = await session.handle(toWebRequest(request), { parsedBody: request.body, authInfo: caller.authInfo })
    return await reply.send(withOpening(response))
  }

  fastify.route({ method: ['POST', 'GET', 'DELETE'], url: path, bodyLimit, exposeHeadRoute: false, handler: handle })
}

export default plugin
