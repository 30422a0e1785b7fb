import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { MisuseError } from '../../agent/errors.ts'
import type { ExecuteOptions } from '../../tools/types.ts'
import { loadTypes } from '../sdk.ts'
import type { Connection } from './connection.ts'

export type McpCall = Pick<ExecuteOptions, 'signal'> & {
  onProgress?: ((message: string) => void) | undefined
  /** In ms; 0 for none. */
  timeout: number
}

/** No call of the SDK's is without a deadline: the longest that a timer takes. */
const never = 2_147_483_647

/**
 * Calls a tool. A session that the server has forgotten is begun anew: it has not taken the call.
 * @throws McpCallError; the reason of `signal`; MisuseError A2A_ERR_SHUTDOWN once the connection was closed
 */
export async function callMcp (connection: Connection, name: string, input: Record<string, unknown>, options: McpCall): Promise<CallToolResult> {
  for (let attempt = 1; ; attempt++) {
    options.signal?.throwIfAborted()
    let client: Client | undefined
    try {
      client = await connection.client()
      return await request(client, name, input, options)
    } catch (error) {
      options.signal?.throwIfAborted()
      const isForgotten = hasCode(error, 404)
      if (isForgotten && client !== undefined) connection.drop(client)
      if (!isForgotten || attempt > 1) throw error instanceof MisuseError ? error : await toCallError(error)
    }
  }
}

async function request (client: Client, name: string, input: Record<string, unknown>, { signal, onProgress, timeout }: McpCall): Promise<CallToolResult> {
  const { CallToolResultSchema } = await loadTypes()
  return await client.request({ method: 'tools/call', params: { name, arguments: input } }, CallToolResultSchema, {
    ...signal !== undefined && { signal },
    timeout: timeout === 0 ? never : Math.min(timeout, never),
    ...onProgress !== undefined && { onprogress: ({ message }) => { if (message !== undefined) onProgress(message) } }
  })
}

/** Why there is no result, in words that tell nothing of what lies beneath. */
export class McpCallError extends Error {
  override readonly name = 'McpCallError'
  readonly code: 'A2A_ERR_TIMEOUT' | 'A2A_ERR_NETWORK' | 'McpError'

  constructor (code: McpCallError['code'], message: string, options: { cause: unknown }) {
    super(message, options)
    this.code = code
  }
}

async function toCallError (cause: unknown): Promise<McpCallError> {
  const { ErrorCode, McpError } = await loadTypes()
  if (!(cause instanceof McpError)) return new McpCallError('A2A_ERR_NETWORK', 'The MCP server can\'t be reached, or the connection broke', { cause })
  const code: number = cause.code // beside those that are named, a server has its own
  if (code === ErrorCode.RequestTimeout) return new McpCallError('A2A_ERR_TIMEOUT', 'The MCP server did not answer in time', { cause })
  if (code === ErrorCode.ConnectionClosed) return new McpCallError('A2A_ERR_NETWORK', 'The MCP server has gone away. It may have done the work all the same', { cause })
  return new McpCallError('McpError', `The MCP server answered with an error: ${cause.message.slice(0, 1_000)}`, { cause })
}

function hasCode (error: unknown, code: number): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code
}
