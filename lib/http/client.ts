/** The one client for URLs that came from outside: guarded, without redirects, bounded in time and size. */
import { Agent, request as undiciRequest } from 'undici'
import { TargetRefusedError, type Guard } from './guard.ts'

export type ClientSettings = {
  /** Connections to one origin. */
  connections: number
  /** For an exchange as a whole, in ms. */
  timeout: number
  /** Bytes of a response that are read. */
  maxSize: number
}

export type ClientRequest = {
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  body?: string
  /** The status is all that counts: an answer whose body breaks off, or never ends, is one all the same. */
  ignoreBody?: boolean
  signal?: AbortSignal
}

export type ClientResponse = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Cut off where it is larger than `maxSize`. */
  readonly body: string
  readonly isCutOff: boolean
}

export type GuardedClient = {
  /**
   * A redirect is answered as it is, and never followed: the headers of a request may hold secrets, and its target was
   * the one that was checked.
   * @throws Error when there was no response in time; TargetRefusedError when the guard refuses
   */
  request (url: string, request?: ClientRequest): Promise<ClientResponse>
  close (): Promise<void>
}

/** See `get` in get.ts for what is fetched from such a URL. */
export function createGuardedClient (guard: Guard, { connections, timeout, maxSize }: ClientSettings): GuardedClient {
  const dispatcher = new Agent({
    connect: guard.connector(timeout),
    connections,
    pipelining: 1,
    keepAliveTimeout: 10_000,
    headersTimeout: timeout,
    bodyTimeout: timeout,
    maxHeaderSize: 16_384
  })
  return {
    request: async (url, { method = 'GET', headers = {}, body, ignoreBody = false, signal } = {}) => {
      const refused = guard.refusal(url)
      if (refused !== undefined) throw new TargetRefusedError(`${url} ${refused}`)
      const limit = AbortSignal.timeout(timeout)
      const response = await undiciRequest(url, {
        dispatcher,
        method,
        headers,
        ...body !== undefined && { body },
        signal: signal === undefined ? limit : AbortSignal.any([limit, signal])
      })
      const answer = { status: response.statusCode, headers: response.headers }
      if (!ignoreBody) return { ...answer, ...await read(response.body, maxSize) }
      // Read as far as the connection can be used again.
      await response.body.dump({ limit: maxSize }).catch(() => {})
      return { ...answer, body: '', isCutOff: true }
    },
    close: async () => { await dispatcher.destroy() }
  }
}

async function read (body: AsyncIterable<Uint8Array> & { destroy (): unknown }, maxSize: number): Promise<{ body: string, isCutOff: boolean }> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > maxSize) break // leaving the loop ends the exchange
    chunks.push(chunk)
  }
  return { body: Buffer.concat(chunks).toString('utf8'), isCutOff: size > maxSize }
}
