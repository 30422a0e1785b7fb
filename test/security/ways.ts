/** Every way to an agent, and what becomes of a caller who takes it with some credentials. */
import { fromJson, toBinary, type JsonValue } from '@bufbuild/protobuf'
import { Code, ConnectError, type Transport } from '@connectrpc/connect'
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import { credentials, status } from '@grpc/grpc-js'
import type { Test } from 'tap'
import { Agent, request } from 'undici'
import { SendMessageRequestSchema as V03SendSchema } from '../../schemas/proto/gen/a2a/v1/a2a_pb.ts'
import { ErrorInfoSchema } from '../../schemas/proto/gen/google/rpc/error_details_pb.ts'
import { A2AService, SendMessageRequestSchema } from '../../schemas/proto/gen/lf/a2a/v1/a2a_pb.ts'
import { GrpcClient, type GrpcError } from '../helpers/grpc.ts'
import { message03, sendParams } from '../helpers/rpc.ts'

/** What a request shows; for a connection, a certificate. */
export type Shown = { headers?: Record<string, string>, query?: string, tls?: { key: string, cert: string } }

export type Address = { base: string, grpc: string, ca: string }

export type Answer = {
  outcome: 'let in' | 'unauthenticated' | 'denied' | 'something else'
  /** Of `www-authenticate`. */
  challenge: string
  /** For people. */
  text: string
}

/** A request that needs a caller, and can be sent again. */
export type Knock = {
  /** As it goes over the wire. */
  body: string | Buffer
  send (shown: Shown): Promise<Answer>
}

export type Way = {
  name: string
  /** Whether it has a query; whether schemes see its body. */
  hasQuery: boolean
  showsBody: boolean
  knock (t: Test, address: Address): Knock
}

const message03Proto = { message: { messageId: '1', role: 'ROLE_USER', content: [{ text: 'Hello' }] } }

export const ways: readonly Way[] = [
  http('JSON-RPC 1.0', '/a2a', () => rpc('SendMessage', sendParams('Hello')), { 'a2a-version': '1.0' }),
  http('JSON-RPC 0.3', '/a2a', () => rpc('message/send', { message: message03('Hello') })),
  http('HTTP+JSON 1.0', '/a2a/message:send', () => JSON.stringify(sendParams('Hello'))),
  http('HTTP+JSON 0.3', '/a2a/v1/message:send', () => JSON.stringify(message03Proto)),
  http('HTTP+JSON, a stream', '/a2a/message:stream', () => JSON.stringify(sendParams('Hello'))),
  grpc('gRPC 1.0', '1.0', 'SendMessage'),
  grpc('gRPC 0.3', '0.3', 'SendMessage'),
  grpc('gRPC, a stream', '1.0', 'SendStreamingMessage'),
  connect('Connect', ({ base }, nodeOptions) => createConnectTransport({ baseUrl: base, httpVersion: '1.1', nodeOptions })),
  connect('gRPC-Web', ({ grpc }, nodeOptions) => createGrpcWebTransport({ baseUrl: `https://${grpc}`, httpVersion: '2', nodeOptions })),
  connect('Connect, a stream', ({ base }, nodeOptions) => createConnectTransport({ baseUrl: base, httpVersion: '1.1', nodeOptions }), true)
]

function rpc (method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
}

function http (name: string, path: string, bodyOf: () => string, more: Record<string, string> = {}): Way {
  const form = name.startsWith('JSON-RPC') ? /"code":-3205[23]/ : /"status":"(UNAUTHENTICATED|PERMISSION_DENIED)"/
  const knock = (_t: Test, { base, ca }: Address): Knock => {
    const body = bodyOf()
    return {
      body,
      send: async ({ headers, query = '', tls }) => {
        // A connection of its own: one that is reused has shown its certificate before.
        const dispatcher = new Agent({ connect: { ca, ...tls } })
        const { statusCode, headers: answered, body: answer } = await request(`${base}${path}${query}`, { method: 'POST', dispatcher, body, headers: { 'content-type': 'application/json', ...more, ...headers } })
        const text = await answer.text()
        await dispatcher.destroy()
        const challenge = [answered['www-authenticate'] ?? ''].flat().join(', ')
        if (statusCode === 200) return { outcome: 'let in', challenge, text }
        const outcome = statusCode === 401 ? 'unauthenticated' : statusCode === 403 ? 'denied' : 'something else'
        return { outcome: form.test(text) ? outcome : 'something else', challenge, text: `${statusCode} ${text}` }
      }
    }
  }
  return { name, hasQuery: true, showsBody: true, knock }
}

const outcomes: Readonly<Record<number, Answer['outcome']>> = { [status.UNAUTHENTICATED]: 'unauthenticated', [status.PERMISSION_DENIED]: 'denied' }

/** By the official client. */
function grpc (name: string, version: '1.0' | '0.3', method: string): Way {
  const knock = (t: Test, { grpc, ca }: Address): Knock => {
    const message = Buffer.from(version === '1.0' ? toBinary(SendMessageRequestSchema, fromJson(SendMessageRequestSchema, sendParams('Hello') as JsonValue)) : toBinary(V03SendSchema, fromJson(V03SendSchema, message03Proto)))
    const prefix = Buffer.alloc(5)
    prefix.writeUInt32BE(message.length, 1)
    return {
      body: Buffer.concat([prefix, message]),
      send: async ({ headers = {}, tls }) => {
        const channel = credentials.createSsl(Buffer.from(ca), ...tls === undefined ? [] : [Buffer.from(tls.key), Buffer.from(tls.cert)])
        const client = new GrpcClient(t, grpc, { version, tls: channel, channel: { 'grpc.use_local_subchannel_pool': 1 } })
        const call = method === 'SendMessage' ? client.error(method, message, { metadata: headers }) : client.streamError(method, message, { metadata: headers })
        const error = await call.catch((error: Error) => error)
        if (error instanceof Error) return { outcome: error.message.includes('should have failed') ? 'let in' : 'something else', challenge: '', text: error.message }
        return { outcome: isExplained(error) ? outcomes[error.code] ?? 'something else' : 'something else', challenge: error.challenge ?? '', text: JSON.stringify(error) }
      }
    }
  }
  return { name, hasQuery: false, showsBody: true, knock }
}

/** ErrorInfo names the reason. */
function isExplained ({ details }: Pick<GrpcError, 'details'>): boolean {
  return details.some(({ reason = '', domain }) => domain === 'a2a-protocol.org' && ['UNAUTHENTICATED', 'PERMISSION_DENIED'].includes(reason))
}

type NodeOptions = { ca: string, key?: string, cert?: string }

/** By the client of ConnectRPC. */
function connect (name: string, transportOf: (address: Address, nodeOptions: NodeOptions) => Transport, isStream = false): Way {
  const knock = (_t: Test, address: Address): Knock => {
    const message = fromJson(SendMessageRequestSchema, sendParams('Hello') as JsonValue)
    return {
      body: Buffer.from(toBinary(SendMessageRequestSchema, message)),
      send: async ({ headers = {}, tls }) => {
        const transport = transportOf(address, { ca: address.ca, ...tls })
        try {
          if (isStream) {
            const { message: events } = await transport.stream(A2AService.method.sendStreamingMessage, undefined, undefined, headers, (async function * () { yield message })())
            const reader = events[Symbol.asyncIterator]()
            while ((await reader.next()).done !== true);
          } else {
            await transport.unary(A2AService.method.sendMessage, undefined, undefined, headers, message)
          }
          return { outcome: 'let in', challenge: '', text: 'let in' }
        } catch (error) {
          const { code, metadata, message, ...known } = ConnectError.from(error)
          const details = ConnectError.from(error).findDetails(ErrorInfoSchema)
          const outcome = code === Code.Unauthenticated ? 'unauthenticated' : code === Code.PermissionDenied ? 'denied' : 'something else'
          return { outcome: isExplained({ details: details.map(({ reason, domain }) => ({ '@type': '', reason, domain })) }) ? outcome : 'something else', challenge: metadata.get('www-authenticate') ?? '', text: `${message} ${known.name}` }
        }
      }
    }
  }
  return { name, hasQuery: false, showsBody: false, knock }
}
