/** The official MCP client. */
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport, type StreamableHTTPClientTransportOptions } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { CallToolResultSchema, ElicitRequestSchema, type CallToolResult, type ElicitResult } from '@modelcontextprotocol/sdk/types.js'
import type { RequestOptions } from '@modelcontextprotocol/sdk/shared/protocol.js'
import type { Test } from 'tap'

/** @param elicit answers what the user is asked; without it, the client can't ask */
export async function connectTo (t: Test, transport: Transport, elicit?: (message: string) => ElicitResult): Promise<Client> {
  const client = new Client({ name: 'test', version: '1.0.0' }, { capabilities: elicit === undefined ? {} : { elicitation: {} } })
  if (elicit !== undefined) client.setRequestHandler(ElicitRequestSchema, ({ params }) => elicit(params.message))
  await client.connect(transport)
  t.teardown(async () => { await client.close() })
  return client
}

export async function call (client: Client, name: string, input: Record<string, unknown>, options?: RequestOptions): Promise<CallToolResult> {
  return CallToolResultSchema.parse(await client.callTool({ name, arguments: input }, undefined, options))
}

/** Without what is said of the conversation. */
export function textIn ({ content }: CallToolResult): string {
  return content.map(block => block.type === 'text' ? block.text : block.type).join('|').replace(/\n\[contextId: "[\w-]+"\]/g, '')
}

export function overHttp (url: string, options?: StreamableHTTPClientTransportOptions): Transport {
  // The SDK's own types don't agree on optional fields.
  return new StreamableHTTPClientTransport(new URL(url), options) as Transport
}

const command = fileURLToPath(new URL('../../lib/cli/main.ts', import.meta.url))

/** `fastify-a2a mcp`, as a child process. */
export function overStdio (args: string[], env: Record<string, string> = {}): StdioClientTransport {
  return new StdioClientTransport({ command: process.execPath, args: ['--import=tsx', command, 'mcp', ...args], env: { PATH: process.env.PATH ?? '', ...env }, stderr: 'pipe' })
}

export function inMemory (): [Transport, Transport] {
  return InMemoryTransport.createLinkedPair()
}
