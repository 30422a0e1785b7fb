import { parseArgs } from 'node:util'
import { bearer, apiKey } from '../client/credentials/simple.ts'
import { discover } from '../client/discover.ts'
import { createRegistry } from '../client/registry/registry.ts'
import { createMcpServer, type McpSource } from '../mcp/server.ts'
import { loadStdioTransport } from '../mcp/sdk.ts'

export const usage = `fastify-a2a mcp <url>... [options]

An MCP server on standard input and output, whose tools are the skills of the agents at these URLs.

  --refresh <seconds>   how often the cards of several agents are looked at again; 300
  --timeout <seconds>   how long a call may take; 300
  --no-elicit           questions of agents go to the model, and not to the user

A2A_TOKEN in the environment is sent as a bearer token, A2A_API_KEY as an API key, where the card asks for them.
`

/** @returns the exit code, once the client has gone: 0, or 2 for a wrong call */
export async function command (args: readonly string[], complain: (text: string) => void): Promise<number> {
  const { values, positionals: urls } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { refresh: { type: 'string', default: '300' }, timeout: { type: 'string', default: '300' }, 'no-elicit': { type: 'boolean', default: false } }
  })
  const [refresh, timeout] = [values.refresh, values.timeout].map(Number)
  if (urls.length === 0 || !isTime(refresh) || !isTime(timeout)) {
    complain(usage)
    return 2
  }
  const { source, close } = await open(urls, refresh * 1000, complain)
  const { StdioServerTransport } = await loadStdioTransport()
  const server = await createMcpServer(source, { timeout: timeout * 1000, elicit: !values['no-elicit'] })
  await server.connect(new StdioServerTransport())
  await ended()
  await server.close()
  await close()
  return 0
}

async function open (urls: readonly string[], refresh: number, complain: (text: string) => void): Promise<{ source: McpSource, close: () => Promise<void> }> {
  const { A2A_TOKEN: token, A2A_API_KEY: key } = process.env
  const credentials = [...token === undefined ? [] : [bearer(token)], ...key === undefined ? [] : [apiKey(key)]]
  const [url, ...more] = urls
  if (url !== undefined && more.length === 0) {
    const agent = await discover(url, { credentials })
    return { source: agent, close: agent.close }
  }
  const registry = await createRegistry({
    agents: urls,
    refresh,
    client: { credentials },
    onError: (error, id) => complain(`fastify-a2a: ${id}: ${error instanceof Error ? error.message : String(error)}\n`)
  })
  return { source: registry, close: registry.close }
}

/** The client closes the input, or ends this process. */
async function ended (): Promise<void> {
  await new Promise<void>(resolve => {
    for (const event of ['end', 'close', 'error']) process.stdin.once(event, () => resolve())
    process.stdout.once('error', () => resolve())
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}

function isTime (value: number | undefined): value is number {
  return value !== undefined && value >= 0 && value < Infinity
}
