import type { FastifyRequest } from 'fastify'
import type { Settings } from '../lib/agent/settings.ts'

/** The origin of the agent's HTTP, for a client that knows the server by this name. */
export type FindOrigin = (hostname: string) => string | undefined

/** Of requests that came in by another listener than that of the server: they don't show where its HTTP is. */
const origins = new WeakMap<object, FindOrigin>()

/** @param raw a request as Node has it */
export function noteOrigin (raw: object, find: FindOrigin): void {
  origins.set(raw, find)
}

/** The URL under which this client reaches the agent's prefix. Forwarded headers count under `trustProxy` alone. */
export function baseUrlOf (request: FastifyRequest, { settings }: { readonly settings: Settings }, prefix: string): string {
  if (settings.publicUrl !== undefined) return settings.publicUrl
  return `${origins.get(request.raw)?.(request.hostname) ?? `${request.protocol}://${request.host}`}${prefix}`
}
