import { createRequire } from 'node:module'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { RateLimitPluginOptions } from '@fastify/rate-limit'
import { MisuseError } from '../lib/agent/errors.ts'
import type { Rate, RateLimitOptions } from '../lib/agent/rate-limit-options.ts'
import type { OperationName } from '../lib/operations/operation.ts'
import { A2AError } from '../lib/protocol/errors.ts'
import { defaultOwner } from '../lib/security/owner.ts'

/** @throws A2AError ResourceExhaustedError, with when to try again */
export type RateLimits = (request: FastifyRequest, reply: FastifyReply, operation: OperationName) => Promise<void>

/** In ms. */
const defaultWindow = 60_000

/**
 * Counts by `@fastify/rate-limit`, of the host where it has registered it. On JSON-RPC the operation stands in the body, so it is
 * asked by hand and not by its hook.
 * @throws MisuseError when it is not installed
 */
export async function createRateLimits (scope: FastifyInstance, options: RateLimitOptions, agent: string): Promise<RateLimits> {
  const { max, window, operations = {}, redis = redisOf(scope), skipOnError = true } = options
  const { default: rateLimit, normalizeIP } = await load()
  if (!scope.hasDecorator('createRateLimit')) {
    const store: Partial<RateLimitPluginOptions> = redis === undefined ? {} : { redis, nameSpace: 'a2a-rate-' }
    await scope.register(rateLimit, { global: false, skipOnError, ...store })
  }

  const limiter = (name: string, { max, window = defaultWindow }: Rate): Limiter => ({
    window,
    ask: scope.createRateLimit({
      max, timeWindow: window, skipOnError, keyGenerator: ({ a2aPrincipal, ip }) => JSON.stringify([agent, name, a2aPrincipal == null ? null : defaultOwner(a2aPrincipal), a2aPrincipal == null ? normalizeIP(ip) : null])
    })
  })
  const all = max === undefined ? undefined : limiter('', { max, ...window !== undefined && { window } })
  const single = new Map(Object.entries(operations).map(([name, rate]) => [name, limiter(name, rate)]))

  return async (request, reply, operation) => {
    // The wider one last: what a single operation has refused is not counted there.
    for (const limiter of [single.get(operation), all]) if (limiter !== undefined) await check(limiter, request, reply)
  }
}

type Limiter = { readonly window: number, readonly ask: ReturnType<FastifyInstance['createRateLimit']> }

async function check ({ window, ask }: Limiter, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const found = await ask(request)
  if (found.isAllowed) return
  const { max, remaining, ttl, isExceeded } = found
  const seconds = Math.max(1, Math.ceil(ttl / 1000))
  reply.headers({ 'x-ratelimit-limit': max, 'x-ratelimit-remaining': remaining, 'x-ratelimit-reset': seconds })
  if (isExceeded) throw new A2AError('ResourceExhaustedError', `More than ${max} requests within ${window / 1000} s`, { retryAfter: seconds * 1000 })
}

/** That of `@fastify/redis`, where the host has one. */
function redisOf (scope: FastifyInstance): object | undefined {
  const redis: unknown = scope.hasDecorator('redis') ? Reflect.get(scope, 'redis') : undefined
  return typeof redis === 'object' && redis !== null && 'defineCommand' in redis ? redis : undefined
}

async function load () {
  try {
    createRequire(import.meta.url).resolve('@fastify/rate-limit')
  } catch (cause) {
    throw new MisuseError('A2A_ERR_OPTIONS', 'a2a options: rateLimit needs @fastify/rate-limit: npm install @fastify/rate-limit', { cause })
  }
  return await import('@fastify/rate-limit')
}
