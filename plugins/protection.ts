/** What stands between callers and the operations, on every binding: the audit log, network rules, authentication and rates. */
import type { FastifyInstance } from 'fastify'
import type { BindingName } from '../lib/agent/options.ts'
import type { Settings } from '../lib/agent/settings.ts'
import { record, startAudit } from './audit.ts'
import { createGate, type Gate } from './gate.ts'
import { createRateLimits } from './rate-limits.ts'
import { createAuthentication } from './security.ts'

export type Protection = {
  /** Protects the routes of a scope; what its calls must pass besides is the gate. */
  protect (scope: FastifyInstance, binding: BindingName): Gate | undefined
  /** Once nothing is under way any more. */
  close (): Promise<void>
}

/**
 * What the bindings of an agent share: a caller is counted once, and a signature that was used on one of them can't be used on another.
 * @throws MisuseError when the options can't be fulfilled here
 */
export async function createProtection (fastify: FastifyInstance, settings: Settings): Promise<Protection> {
  const audit = startAudit(settings, fastify.log)
  const rates = settings.rateLimit && await createRateLimits(fastify, settings.rateLimit, settings.id)
  const authenticate = await createAuthentication(settings, rates?.failures)
  return {
    protect (scope, binding) {
      if (audit !== undefined) record(scope, audit, settings, binding)
      const gate = createGate(scope, settings, rates)
      authenticate?.(scope)
      return gate
    },
    close: async () => { await audit?.close() }
  }
}
