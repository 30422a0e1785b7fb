/** HTTP+JSON, in both versions (A2A 1.0 §11). */
import type { EventSourceMessage } from 'eventsource-parser'
import type { ProtocolVersion } from '../../../agent/options.ts'
import { fromHttpError, fromStatus, RemoteError } from '../../errors.ts'
import { readText, type HttpRequest, type HttpResponse } from '../../http/exchange.ts'
import { readEvents } from '../../http/events.ts'
import type { Received, Requests, Responses, UnaryName } from '../../operations.ts'
import { mapBatch } from '../../stream/batch.ts'
import { exchangeWith, isEventStream, isOk, readFailure, readJson, tryJson } from '../http-call.ts'
import type { Transport, TransportContext, TransportSettings } from '../transport.ts'
import type { Route, Routes, StreamRoutes, UnaryRoutes, Verb } from './route.ts'
import { v03Routes } from './v0_3.ts'
import { v1Routes } from './v1.ts'

const routesOf: Readonly<Record<ProtocolVersion, Routes>> = { '1.0': v1Routes, 0.3: v03Routes }

type Sent = { readonly request: HttpRequest, readonly response: HttpResponse }

export function createHttpJson ({ choice: { agentInterface: { url, tenant = '' }, version }, exchange, maxSize }: TransportSettings): Transport {
  const unary: UnaryRoutes = routesOf[version]
  const streams: StreamRoutes = routesOf[version]
  // A tenant stands in the path (A2A 1.0 §11.3).
  const base = `${url.replace(/\/+$/, '')}${version === '1.0' && tenant !== '' ? `/${encodeURIComponent(tenant)}` : ''}`

  /** @throws RemoteError for what is no success */
  async function send<Request> (route: Route<Request, unknown>, request: Request, headers: Record<string, string>, context: TransportContext): Promise<Sent> {
    let failure: unknown
    for (const { verb, body } of formsOf(route, request)) {
      try {
        return await sendBy(verb, body, `${base}${route.path(request)}${queryOf(route.query?.(request) ?? {})}`, headers, context)
      } catch (error) {
        if (!(error instanceof RemoteError && (isWrongVerb(error) || (route.otherBody !== undefined && isWrongBody(error))))) throw error
        failure ??= error
      }
    }
    throw failure
  }

  async function sendBy (verb: Verb, body: unknown, url: string, headers: Record<string, string>, context: TransportContext): Promise<Sent> {
    const sent = await exchangeWith(exchange, {
      method: verb,
      url,
      headers: { 'a2a-version': version, ...headers, ...verb === 'POST' && { 'content-type': 'application/json' } },
      ...verb === 'POST' && { body: JSON.stringify(body) }
    }, context)
    if (!isOk(sent.response)) throw failureOf(await readFailure(sent.request, sent.response, maxSize), sent.response)
    return sent
  }

  async function readResult<Request, Result> (route: Route<Request, Result>, request: Request, sent: Sent): Promise<Result> {
    const text = await readText(sent.request, sent.response, maxSize)
    return route.result(text === '' ? undefined : readJson(text), request)
  }

  return {
    async call<N extends UnaryName> (operation: N, request: Requests[N], context: TransportContext) {
      const route: Route<Requests[N], Responses[N]> = unary[operation]
      return await readResult(route, request, await send(route, request, { accept: 'application/a2a+json, application/json' }, context))
    },

    async stream (operation, request, { lastEventId, idle, ...context }) {
      const route: Route<typeof request, Received['event']> = streams[operation]
      const resume: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': lastEventId }
      const sent = await send(route, request, { accept: 'text/event-stream', ...resume }, context)
      if (!isEventStream(sent.response)) return once(await readResult(route, request, sent))
      context.deadline.set(idle, 'The silence of a stream')
      return items()

      async function * items (): AsyncGenerator<Received[]> {
        for await (const events of readEvents(sent.request, sent.response, maxSize, context.deadline.touch)) {
          yield * mapBatch<EventSourceMessage, Received>(events, ({ data, id, event }, received) => {
            if (data === '') return
            const body = readJson(data)
            if (event === 'error' || isError(body)) throw fromHttpError(body, sent.response)
            received.push({ event: route.result(body, request), id })
          })
        }
      }
    }
  }
}

async function * once (event: Received['event']): AsyncGenerator<Received[]> {
  yield [{ event, id: undefined }]
}

function failureOf (text: string, response: HttpResponse): RemoteError {
  const body = tryJson(text)
  return typeof body === 'object' && body !== null ? fromHttpError(body, response) : fromStatus('HTTP+JSON', text, response)
}

/** The ways to send a request, each of which some agents take. */
function formsOf<Request> ({ verbs, body, otherBody }: Route<Request, unknown>, request: Request): Array<{ verb: Verb, body: unknown }> {
  const bodies = [body?.(request) ?? {}, ...otherBody === undefined ? [] : [otherBody(request)]]
  return verbs.flatMap(verb => bodies.map(body => ({ verb, body })))
}

/** One of the official servers says that it has failed itself. */
function isWrongBody ({ remote: { status } }: RemoteError): boolean {
  return status === 400 || status === 422 || status === 500
}

/** An agent that does not know the verb, and not one that does not know the task. */
function isWrongVerb ({ name, remote: { status } }: RemoteError): boolean {
  return status === 405 || status === 501 || (status === 404 && name !== 'TaskNotFoundError')
}

function isError (body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'error' in body
}

function queryOf (query: object): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined).map(([name, value]) => [name, String(value)] as const)
  return given.length === 0 ? '' : `?${new URLSearchParams(Object.fromEntries(given)).toString()}`
}
