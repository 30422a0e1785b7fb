/** Between Fastify's requests and those of the SDK. */
import type { FastifyRequest } from 'fastify'

/** Without its body, which is parsed already. The URL is of no importance, and the host that a client names may be none. */
export function toWebRequest ({ method, headers }: FastifyRequest): Request {
  const pairs = Object.entries(headers).flatMap(([name, value]) => [value ?? []].flat().map((value): [string, string] => [name, value]))
  return new Request('http://localhost/mcp', { method, headers: pairs.filter(([name]) => !name.startsWith(':')) })
}

/** A stream begins with a comment: the headers go out with it, also where there is nothing to say yet. */
export function withOpening (response: Response): Response {
  const headers = new Headers(response.headers)
  // Not for HTTP/2; and Node says it by itself.
  headers.delete('connection')
  if (response.body === null || !response.headers.get('content-type')?.startsWith('text/event-stream')) return new Response(response.body, { status: response.status, headers })
  const opening = new TransformStream<Uint8Array, Uint8Array>({ start: controller => controller.enqueue(new TextEncoder().encode(':\n\n')) })
  return new Response(response.body.pipeThrough(opening), { status: response.status, headers })
}
