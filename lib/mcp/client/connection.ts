import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { StdioServerParameters } from '@modelcontextprotocol/sdk/client/stdio.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { MisuseError } from '../../agent/errors.ts'
import { loadClientSdk, loadTypes } from '../sdk.ts'

/** A server at a URL, with headers of its own. */
export type McpUrl = { readonly url: string | URL, readonly headers?: Readonly<Record<string, string>> }

/** An MCP server: where it is, how it is started, a transport to it, or a client that is connected to it. */
export type McpTarget = McpUrl | StdioServerParameters | Transport | Client

export type Connection = {
  /** The client that is connected now; a connection that was lost is made anew, where it is known how. */
  client (): Promise<Client>
  /** This client has lost its server. */
  drop (client: Client): void
  close (): Promise<void>
}

/** @param onListChanged the server says that its tools have changed, or it is another one now */
export async function openConnection (target: McpTarget, onListChanged: () => void): Promise<Connection> {
  if (isClient(target)) return givenClient(target)
  const { Client } = await loadClientSdk()
  const { ToolListChangedNotificationSchema } = await loadTypes()
  let current: Promise<Client> | undefined
  let isClosed = false

  // As an expression: what stands above is known of the target.
  const connect = async (): Promise<Client> => {
    const client = new Client({ name: 'fastify-a2a', version: '1.0.0' })
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => onListChanged())
    client.onclose = () => { if (!isTransport(target)) current = undefined }
    await client.connect(await transportTo(target))
    return client
  }

  return {
    client: async () => {
      if (isClosed) throw new MisuseError('A2A_ERR_SHUTDOWN', 'fromMcp: it was closed')
      current ??= connect().catch((error: unknown) => {
        current = undefined
        throw error
      })
      return await current
    },
    drop: client => {
      if (isTransport(target)) return
      current = undefined
      void client.close().catch(() => {})
    },
    close: async () => {
      isClosed = true
      const client = await current?.catch(() => undefined)
      await client?.close()
    }
  }
}

/** Whose connection is its owner's matter. */
function givenClient (client: Client): Connection {
  return { client: async () => client, drop: () => {}, close: async () => {} }
}

async function transportTo (target: McpUrl | StdioServerParameters | Transport): Promise<Transport> {
  if (isTransport(target)) return target
  const { StdioClientTransport, StreamableHTTPClientTransport } = await loadClientSdk()
  if ('command' in target) return new StdioClientTransport(target)
  const transport = new StreamableHTTPClientTransport(new URL(target.url), { requestInit: { redirect: 'error', headers: { ...target.headers } } })
  return transport as Transport // the SDK's own types don't agree on optional fields
}

function isClient (target: McpTarget): target is Client {
  return 'listTools' in target
}

function isTransport (target: McpTarget): target is Transport {
  return 'start' in target && 'send' in target
}
