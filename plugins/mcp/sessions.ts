import { randomUUID } from 'node:crypto'
import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type { HandleRequestOptions, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import { loadHttpTransport, loadTypes } from '../../lib/mcp/sdk.ts'
import type { Caller } from './caller.ts'

type Session = {
  readonly owner: string
  readonly server: Server
  readonly transport: WebStandardStreamableHTTPServerTransport
  /** Requests whose responses are not over. */
  open: number
  idle: NodeJS.Timeout | undefined
}

/** Has one request answered. */
export type SessionAccess = { handle (request: Request, options: HandleRequestOptions): Promise<Response> }

export type Refusal = { readonly status: number, readonly message: string }

export type Sessions = {
  /** The session of a request, or a new one for a client that begins. */
  find (request: FastifyRequest, caller: Caller): Promise<SessionAccess | Refusal>
  close (): Promise<void>
}

export type SessionsOptions = {
  readonly server: () => Promise<Server>
  readonly maxSessions: number
  /** In ms. */
  readonly sessionIdle: number
  readonly log: FastifyBaseLogger
}

/** The sessions of MCP clients, in memory: each has a server of its own, and belongs to whoever has begun it. */
export async function createSessions ({ server: createServer, maxSessions, sessionIdle, log }: SessionsOptions): Promise<Sessions> {
  const { WebStandardStreamableHTTPServerTransport } = await loadHttpTransport()
  const { isInitializeRequest } = await loadTypes()
  /** Those used last stand last. */
  const sessions = new Map<string, Session>()
  let isClosed = false

  async function begin ({ owner }: Caller): Promise<Session> {
    const server = await createServer()
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: id => { sessions.set(id, session) },
      onsessionclosed: end
    })
    const session: Session = { owner, server, transport, open: 0, idle: undefined }
    // The SDK's own types don't agree on optional fields.
    await server.connect(transport as Transport)
    return session
  }

  async function end (id: string): Promise<void> {
    const session = sessions.get(id)
    sessions.delete(id)
    clearTimeout(session?.idle)
    // Aborts what it has begun.
    await session?.server.close().catch((error: unknown) => log.warn({ err: error }, 'an MCP session did not end as it should'))
  }

  /** @returns whether there is room for one more */
  async function makeRoom (): Promise<boolean> {
    if (sessions.size < maxSessions) return true
    const idle = [...sessions].find(([, { open }]) => open === 0)
    if (idle === undefined) return false
    await end(idle[0])
    return true
  }

  function accessTo (session: Session): SessionAccess {
    const release = () => {
      session.open--
      const { sessionId } = session.transport
      // It has not begun as it should.
      if (sessionId === undefined) void session.server.close()
      if (session.open > 0 || sessionId === undefined || sessions.get(sessionId) !== session) return
      sessions.delete(sessionId)
      sessions.set(sessionId, session)
      session.idle = setTimeout(() => { void end(sessionId) }, sessionIdle).unref()
    }
    return {
      handle: async (request, options) => {
        session.open++
        clearTimeout(session.idle)
        try {
          return whenOver(await session.transport.handleRequest(request, options), release)
        } catch (error) {
          release()
          throw error
        }
      }
    }
  }

  return {
    find: async ({ headers, method, body }, caller) => {
      if (isClosed) return { status: 503, message: 'The server is closing' }
      const id = headers['mcp-session-id']
      if (id !== undefined) {
        const session = typeof id === 'string' ? sessions.get(id) : undefined
        // Nobody learns of sessions of others.
        return session === undefined || session.owner !== caller.owner ? { status: 404, message: 'Session not found' } : accessTo(session)
      }
      if (method !== 'POST' || !isInitializeRequest(body)) return { status: 400, message: 'Bad Request: Mcp-Session-Id header is required, or an initialize request' }
      if (!(await makeRoom())) return { status: 503, message: 'Too many sessions' }
      return accessTo(await begin(caller))
    },
    close: async () => {
      isClosed = true
      await Promise.all([...sessions.keys()].map(end))
    }
  }
}

/** Calls back once the body has been sent, or nobody reads it any more. */
function whenOver (response: Response, over: () => void): Response {
  const { body, status, headers } = response
  if (body === null) {
    over()
    return response
  }
  const reader = body.getReader()
  const watched = new ReadableStream<Uint8Array>({
    pull: async controller => {
      const { done, value } = await reader.read().catch((error: unknown) => {
        over()
        throw error
      })
      if (value !== undefined) controller.enqueue(value)
      if (!done) return
      controller.close()
      over()
    },
    cancel: async reason => {
      over()
      await reader.cancel(reason)
    }
  })
  return new Response(watched, { status, headers })
}
