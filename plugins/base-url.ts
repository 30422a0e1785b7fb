import type { FastifyRequest } from 'fastify'
import type { Settings } from '../lib/agent/settings.ts'

/** The URL under which this client reaches the agent's prefix. Forwarded headers count under `trustProxy` alone. */
export function baseUrlOf (request: FastifyRequest, { settings }: { readonly settings: Settings }, prefix: string): string {
  return settings.publicUrl ?? `${request.protocol}://${request.host}${prefix}`
}
