/** Agents of this server as tools, without a socket: their requests go through all hooks of the host. */
import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { discover, type RemoteAgent } from '../../lib/client/index.ts'
import type { McpRequest } from '../../lib/mcp/server.ts'
import { asTools } from '../../lib/tools/as-tools.ts'
import type { AsToolsOptions, RemoteTool } from '../../lib/tools/types.ts'
import type { Principal } from '../../lib/agent/executor.ts'
import type { HostedAgent } from '../types.ts'
import { principalIn } from './caller.ts'

/** On the way from the MCP request to the one that it leads to; it never comes from outside. */
const addressHeader = 'fastify-a2a-remote-address'

/** What belongs to the one request, and not to its caller. */
const ownHeaders = new Set([
  'accept', 'accept-encoding', 'connection', 'content-encoding', 'content-length', 'content-type', 'expect', 'host', 'keep-alive', 'last-event-id',
  'mcp-protocol-version', 'mcp-session-id', 'origin', 'te', 'trailer', 'transfer-encoding', 'upgrade', addressHeader
])

export type HostedTools = {
  tools (request: McpRequest): Promise<RemoteTool[]>
  headersFor (request: McpRequest): Record<string, string>
}

export type OffersAgent = (agent: HostedAgent, principal: Principal | undefined) => boolean

export function hostedTools (fastify: FastifyInstance, offers: OffersAgent, options: AsToolsOptions): HostedTools {
  const fetch = fetchBy(fastify)

  async function remote (agent: HostedAgent): Promise<RemoteAgent[]> {
    try {
      return [await discover(await agent.card(`http://localhost${agent.prefix}`), { fetch, retry: { retries: 0 } })]
    } catch (error) {
      fastify.log.warn({ err: error, agent: agent.id, tenant: agent.tenant }, 'an agent can\'t be offered over MCP')
      return []
    }
  }

  return {
    tools: async ({ authInfo }) => {
      const principal = principalIn(authInfo)
      const agents = fastify.hasDecorator('a2a') ? fastify.a2a.agents.filter(agent => agent.isFixed && offers(agent, principal)) : []
      return asTools((await Promise.all(agents.map(remote))).flat(), options)
    },
    headersFor: ({ requestInfo, authInfo }) => {
      const given = Object.entries(requestInfo?.headers ?? {}).filter(([name]) => !ownHeaders.has(name))
      const address = authInfo?.extra?.remoteAddress
      return {
        ...Object.fromEntries(given.map(([name, value = '']) => [name, [value].flat().join(', ')])),
        ...typeof address === 'string' && { [addressHeader]: address }
      }
    }
  }
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>

function fetchBy (fastify: FastifyInstance): Fetch {
  return async (url, { method = 'GET', headers, body, signal }) => {
    const { pathname, search } = new URL(url)
    const { [addressHeader]: remoteAddress, ...rest } = Object.fromEntries(new Headers(headers))
    const response = await fastify.inject({
      method: method === 'POST' || method === 'DELETE' ? method : 'GET',
      url: `${pathname}${search}`,
      headers: rest,
      payloadAsStream: true,
      ...typeof body === 'string' && { payload: body },
      ...remoteAddress !== undefined && { remoteAddress },
      ...signal && { signal }
    })
    const pairs = Object.entries(response.headers).flatMap(([name, value]) => value === undefined ? [] : [value].flat().map((value): [string, string] => [name, String(value)]))
    const hasBody = ![204, 205, 304].includes(response.statusCode)
    return new Response(hasBody ? bodyOf(response.stream()) : null, { status: response.statusCode, headers: pairs })
  }
}

/** Node's own types of a web stream, for `fetch`: the same class. */
function bodyOf (stream: Readable): ReadableStream<Uint8Array> {
  return Readable.toWeb(stream) as ReadableStream<Uint8Array>
}
