/** gRPC, in both versions (A2A 1.0 §10), by ConnectRPC. Loaded only where an agent is spoken to in it. */
import type { DescMethod, Message } from '@bufbuild/protobuf'
import { createGrpcTransport } from '@connectrpc/connect-node'
import type { ProtocolVersion } from '../../../agent/options.ts'
import { jsonOf, messageOf, messagesPerLevel } from '../../../grpc/codec.ts'
import { A2AError } from '../../../protocol/errors.ts'
import { ClientError, invalidAnswer } from '../../errors.ts'
import type { Received, Requests, Responses, UnaryName } from '../../operations.ts'
import { maxDepth } from '../http-call.ts'
import type { Transport, TransportContext, TransportSettings } from '../transport.ts'
import { Connections } from './connections.ts'
import { fromConnectError } from './errors.ts'
import type { Method, Methods, StreamMethod, StreamMethods, UnaryMethod, UnaryMethods } from './methods.ts'
import { v03Methods } from './v0_3.ts'
import { v1Methods } from './v1.ts'

const methodsOf: Readonly<Record<ProtocolVersion, Methods>> = { '1.0': v1Methods, 0.3: v03Methods }

/** Eight digits, as `grpc-timeout` has them. */
const longestTimeout = 99_999_999

export function createGrpc ({ choice: { agentInterface: { tenant = '' }, version, place }, tls, idle, maxSize }: TransportSettings): Transport {
  const unary: UnaryMethods = methodsOf[version]
  const streams: StreamMethods = methodsOf[version]
  const connections = new Connections(place, tls, idle)
  const grpc = createGrpcTransport({
    baseUrl: place.origin,
    sessionManager: connections.sessions,
    readMaxBytes: maxSize,
    binaryOptions: { readUnknownFields: false, recursionLimit: maxDepth * messagesPerLevel }
  })

  function read<Request, Result> ({ desc, result }: Method<DescMethod, Request, Result>, message: Message, request: Request): Result {
    let json: unknown
    try {
      json = jsonOf(desc.output, message)
    } catch (cause) {
      throw invalidAnswer('The agent answers what can not be read', cause)
    }
    return result(json, request)
  }

  function write<Request> ({ desc, message }: Pick<Method<DescMethod, Request, unknown>, 'desc' | 'message'>, request: Request): Message {
    const json = message(request)
    try {
      return messageOf(desc.input, version === '1.0' && tenant !== '' ? { tenant, ...json } : json)
    } catch (cause) {
      throw new A2AError('InvalidParamsError', `The request can't be sent over gRPC: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    }
  }

  function headersOf ({ headers, query }: TransportContext): Record<string, string> {
    const [name] = Object.keys(query)
    if (name !== undefined) throw new ClientError('A2A_ERR_CREDENTIALS', `${name} belongs into the query of a URL, which gRPC does not have: take another transport`)
    return { 'a2a-version': version, 'user-agent': 'fastify-a2a', ...headers }
  }

  return {
    async call<N extends UnaryName> (operation: N, request: Requests[N], context: TransportContext) {
      const method: UnaryMethod<Requests[N], Responses[N]> | undefined = unary[operation]
      if (method === undefined) throw new A2AError('UnsupportedOperationError', `${operation} is not there over gRPC in ${version}`)
      const { signal, ms } = context.deadline
      const timeout = ms > 0 && ms <= longestTimeout ? Math.ceil(ms) : undefined
      const done = connections.begin()
      try {
        const { message } = await grpc.unary(method.desc, signal, timeout, headersOf(context), write(method, request))
        return read(method, message, request)
      } catch (error) {
        throw translated(error, signal)
      } finally {
        done()
      }
    },

    async stream (operation, request, { idle, ...context }) {
      const method: StreamMethod<typeof request> = streams[operation]
      const { deadline } = context
      const leaving = new AbortController()
      const signal = AbortSignal.any([deadline.signal, leaving.signal])
      const done = connections.begin()
      try {
        const { message: messages } = await grpc.stream(method.desc, signal, undefined, headersOf(context), once(write(method, request)))
        deadline.set(idle, 'The silence of a stream')
        return items(messages)
      } catch (error) {
        done()
        throw translated(error, signal)
      }

      async function * items (messages: AsyncIterable<Message>): AsyncGenerator<Received[]> {
        try {
          for await (const message of messages) {
            deadline.touch()
            yield [{ event: read(method, message, request), id: undefined }]
          }
        } catch (error) {
          throw translated(error, signal)
        } finally {
          // Who leaves early ends the stream.
          leaving.abort()
          done()
        }
      }
    },

    close: () => connections.close()
  }

  function translated (error: unknown, signal: AbortSignal): unknown {
    return error instanceof A2AError || error instanceof ClientError ? error : fromConnectError(error, place, maxSize, signal)
  }
}

async function * once (message: Message): AsyncGenerator<Message> {
  yield message
}
