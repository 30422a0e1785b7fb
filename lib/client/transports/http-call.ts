/** What both JSON bindings do with HTTP. */
import { parseJson } from '../../protocol/json.ts'
import { drop, readText, type Exchange, type HttpRequest, type HttpResponse } from '../http/exchange.ts'
import { invalidAnswer } from '../errors.ts'
import type { TransportContext } from './transport.ts'

export type Outline = { method: HttpRequest['method'], url: string, headers: Record<string, string>, body?: string }

/** Sends, and answers the request as it went, for what is said of it later. */
export async function exchangeWith (exchange: Exchange, { url, headers, ...rest }: Outline, context: TransportContext): Promise<{ request: HttpRequest, response: HttpResponse }> {
  const request: HttpRequest = {
    ...rest,
    url: withQuery(url, context.query),
    headers: { 'user-agent': 'fastify-a2a', ...headers, ...context.headers },
    signal: context.deadline.signal
  }
  return { request, response: await exchange(request) }
}

/** Levels that an answer may nest: later steps recurse. */
export const maxDepth = 200

/** @returns undefined for what is no JSON */
export function tryJson (text: string): unknown {
  try {
    return parseJson(text, maxDepth)
  } catch {
    return undefined
  }
}

/** @throws A2AError InvalidAgentResponseError */
export function readJson (text: string): unknown {
  try {
    return parseJson(text, maxDepth)
  } catch (cause) {
    throw invalidAnswer(`The agent's answer is not JSON that can be read: ${text.slice(0, 100)}`, cause)
  }
}

export function isOk ({ status }: HttpResponse): boolean {
  return status >= 200 && status < 300
}

export function isEventStream (response: HttpResponse): boolean {
  return response.header('content-type')?.toLowerCase().startsWith('text/event-stream') === true
}

/** An error has to be read as far as it says what it is. */
export async function readFailure (request: HttpRequest, response: HttpResponse, maxSize: number): Promise<string> {
  try {
    return await readText(request, response, Math.min(maxSize, 1024 * 1024))
  } catch (error) {
    if (request.signal.aborted) throw error
    await drop(response).catch(() => {})
    return ''
  }
}

function withQuery (url: string, query: Readonly<Record<string, string>>): string {
  const added = new URLSearchParams(query).toString()
  return added === '' ? url : `${url}${url.includes('?') ? '&' : '?'}${added}`
}
