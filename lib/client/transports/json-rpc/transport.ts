/** JSON-RPC over HTTP, in both versions (A2A 1.0 §9). */
import { randomUUID } from 'node:crypto'
import type { EventSourceMessage } from 'eventsource-parser'
import type { ProtocolVersion } from '../../../agent/options.ts'
import { fromRpcError, fromStatus, invalidAnswer } from '../../errors.ts'
import { readText, type HttpResponse } from '../../http/exchange.ts'
import { readEvents } from '../../http/events.ts'
import type { Received } from '../../operations.ts'
import { mapBatch } from '../../stream/batch.ts'
import { exchangeWith, isEventStream, isOk, readFailure, readJson, tryJson } from '../http-call.ts'
import type { Transport, TransportContext, TransportSettings } from '../transport.ts'
import type { Method, Methods, StreamMethods, UnaryMethods } from './methods.ts'
import { v03Methods } from './v0_3.ts'
import { v1Methods } from './v1.ts'

const methodsOf: Readonly<Record<ProtocolVersion, Methods>> = { '1.0': v1Methods, 0.3: v03Methods }

export function createJsonRpc ({ choice: { agentInterface: { url, tenant = '' }, version }, exchange, maxSize }: TransportSettings): Transport {
  const unary: UnaryMethods = methodsOf[version]
  const streams: StreamMethods = methodsOf[version]

  async function post<Request> (method: Method<Request, unknown>, request: Request, accept: string, headers: Record<string, string>, context: TransportContext) {
    const id = randomUUID()
    const params = method.params(request)
    const withTenant = version === '1.0' && tenant !== '' ? { tenant, ...asObject(params) } : params
    const sent = await exchangeWith(exchange, {
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', accept, 'a2a-version': version, ...headers },
      body: JSON.stringify({ jsonrpc: '2.0', id, method: method.name, params: withTenant })
    }, context)
    return { ...sent, id }
  }

  return {
    async call (operation, request, context) {
      const method = unary[operation]
      const { request: sent, response, id } = await post(method, request, 'application/json', {}, context)
      if (!isOk(response)) throw failure(await readFailure(sent, response, maxSize), response)
      return method.result(resultOf(readJson(await readText(sent, response, maxSize)), id, response))
    },

    async stream (operation, request, { lastEventId, idle, ...context }) {
      const method: Method<typeof request, Received['event']> = streams[operation]
      const resume: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': lastEventId }
      const { request: sent, response, id } = await post(method, request, 'text/event-stream', resume, context)
      if (!isOk(response)) throw failure(await readFailure(sent, response, maxSize), response)
      if (!isEventStream(response)) return once(method.result(resultOf(readJson(await readText(sent, response, maxSize)), id, response)))
      context.deadline.set(idle, 'The silence of a stream')
      return items()

      async function * items (): AsyncGenerator<Received[]> {
        for await (const events of readEvents(sent, response, maxSize, context.deadline.touch)) {
          yield * mapBatch<EventSourceMessage, Received>(events, ({ data, id: eventId }, received) => {
            if (data !== '') received.push({ event: method.result(resultOf(readJson(data), id, response)), id: eventId })
          })
        }
      }
    }
  }
}

/** An agent that answers a stream with one response has all of its events in it. */
async function * once (event: Received['event']): AsyncGenerator<Received[]> {
  yield [{ event, id: undefined }]
}

/** @returns undefined for none, as some agents answer what has none @throws RemoteError; A2AError InvalidAgentResponseError for what is no response to the request */
function resultOf (body: unknown, id: string, response: HttpResponse): unknown {
  const envelope = asObject(body)
  const { error } = envelope
  // An agent that could not read the request does not know its id (JSON-RPC 2.0 §5).
  const isOurs = envelope.id === id || (error !== undefined && error !== null && (envelope.id === null || envelope.id === undefined))
  if (!isOurs) throw invalidAnswer(`The agent answers another request: id is ${JSON.stringify(envelope.id)?.slice(0, 64)}, not ${id}`)
  if (error !== undefined && error !== null) throw fromRpcError(error, response)
  return envelope.result
}

function failure (text: string, response: HttpResponse): Error {
  const { error } = asObject(tryJson(text))
  return typeof error === 'object' && error !== null ? fromRpcError(error, response) : fromStatus('JSONRPC', text, response)
}

function asObject (value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? value as Record<string, unknown> : {} // whatever is in it
}
