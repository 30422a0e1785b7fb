/** One HTTP request and its response, by undici or by a `fetch` of the caller's. Redirects are never followed. */
import { request as undiciRequest, type Dispatcher } from 'undici'
import { TargetRefusedError, type Guard } from '../../http/guard.ts'
import { ClientError } from '../errors.ts'

export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal: AbortSignal
}

export type HttpResponse = {
  readonly status: number
  header (name: string): string | undefined
  /** Leaving it early ends the exchange. */
  readonly body: AsyncIterable<Uint8Array>
}

/** @throws ClientError A2A_ERR_NETWORK, A2A_ERR_REDIRECT, A2A_ERR_TRUST; else the reason of the signal */
export type Exchange = (request: HttpRequest) => Promise<HttpResponse>

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** @param options.guard of `dispatcher` */
export function createExchange ({ fetch, dispatcher, guard }: { fetch?: Fetch | undefined, dispatcher?: Dispatcher | undefined, guard?: Guard | undefined }): Exchange {
  const exchange = fetch === undefined ? byUndici(dispatcher) : byFetch(fetch)
  return async request => {
    const refused = guard?.refusal(request.url)
    if (refused !== undefined) throw new ClientError('A2A_ERR_TRUST', `${request.url} ${refused}`)
    try {
      return refuseRedirect(request, await exchange(request))
    } catch (error) {
      throw networkError(error, request)
    }
  }
}

/** @throws ClientError A2A_ERR_TOO_LARGE, A2A_ERR_NETWORK */
export async function readText (request: HttpRequest, { body }: HttpResponse, maxSize: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of body) {
      size += chunk.length
      if (size > maxSize) throw new ClientError('A2A_ERR_TOO_LARGE', `The answer of ${request.url} is larger than ${maxSize} bytes`)
      chunks.push(chunk)
    }
  } catch (error) {
    throw networkError(error, request)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** An error of a connection as ours; the signal's reason where that has ended it. */
export function networkError (error: unknown, { url, signal }: Pick<HttpRequest, 'url' | 'signal'>): unknown {
  if (signal.aborted) return signal.reason
  if (error instanceof ClientError) return error
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (cause instanceof TargetRefusedError) return new ClientError('A2A_ERR_TRUST', cause.message, { cause })
  return new ClientError('A2A_ERR_NETWORK', `${new URL(url).origin} can't be reached, or the connection broke: ${textOf(cause)}`, { cause: error })
}

function byUndici (dispatcher: Dispatcher | undefined): Exchange {
  return async ({ method, url, headers, body, signal }) => {
    const response = await undiciRequest(url, {
      method,
      headers,
      signal,
      // Deadlines are the caller's.
      headersTimeout: 0,
      bodyTimeout: 0,
      ...body !== undefined && { body },
      ...dispatcher !== undefined && { dispatcher }
    })
    return {
      status: response.statusCode,
      header: name => {
        const value = response.headers[name]
        return Array.isArray(value) ? value.join(', ') : value
      },
      body: response.body
    }
  }
}

function byFetch (fetch: Fetch): Exchange {
  return async ({ url, body, ...request }) => {
    const response = await fetch(url, { ...request, redirect: 'manual', ...body !== undefined && { body } })
    return {
      status: response.status,
      header: name => response.headers.get(name) ?? undefined,
      body: response.body ?? noBody()
    }
  }
}

async function * noBody (): AsyncGenerator<Uint8Array> {}

/** What was meant for one place may hold secrets, and another one has not been checked. */
function refuseRedirect ({ url }: HttpRequest, response: HttpResponse): HttpResponse {
  const { status } = response
  const isRedirect = (status >= 300 && status < 400 && status !== 304) || status === 0
  if (!isRedirect) return response
  void drop(response)
  throw new ClientError('A2A_ERR_REDIRECT', `${url} redirects to ${response.header('location') ?? 'another place'}, and redirects are not followed: use that URL if you trust it`)
}

/** Ends an exchange whose body nobody reads. */
export async function drop ({ body }: HttpResponse): Promise<void> {
  const chunks = body[Symbol.asyncIterator]()
  await chunks.return?.()
}

function textOf (error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? `${String(error.code)} ` : ''
  return `${code}${error.message}`.trim()
}
