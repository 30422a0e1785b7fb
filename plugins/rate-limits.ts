import { createRequire } from 'node:module'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { RateLimitPluginOptions } from '@fastify/rate-limit'
import { MisuseError } from '../lib/agent/errors.ts'
import type { Rate, RateLimitOptions } from '../lib/agent/rate-limit-options.ts'
import { callerNetwork } from '../lib/http/addresses.ts'
import type { OperationName } from '../lib/operations/operation.ts'
import { A2AError } from '../lib/protocol/errors.ts'
import { clientOf } from '../lib/security/owner.ts'

export type RateLimits = {
  /** @throws A2AError ResourceExhaustedError, with when to try again */
  count (request: FastifyRequest, reply: FastifyReply, operation: OperationName): Promise<void>
  /** Credentials that were wrong, by address: undefined where everybody may guess. */
  readonly failures: FailureLimit | undefined
}

export type FailureLimit = {
  /** @throws A2AError ResourceExhaustedError for an address that has guessed too often */
  check (request: FastifyRequest): Promise<void>
  count (request: FastifyRequest): Promise<void>
}

/** In ms. */
const defaultWindow = 60_000
const defaultFailures: Rate = { max: 100 }

/**
 * Counts by `@fastify/rate-limit`, of the host where it has registered it. On JSON-RPC the operation stands in the body, so it is
 * asked by hand and not by its hook.
 * @throws MisuseError when it is not installed
 */
export async function createRateLimits (scope: FastifyInstance, options: RateLimitOptions, agent: string): Promise<RateLimits> {
  const { max, window, operations = {}, failures = defaultFailures, redis = redisOf(scope), skipOnError = true } = options
  const rateLimit = await load()
  if (!scope.hasDecorator('createRateLimit')) {
    const store: Partial<RateLimitPluginOptions> = redis === undefined ? {} : { redis, nameSpace: 'a2a-rate-' }
    await scope.register(rateLimit, { global: false, skipOnError, ...store })
  }

  const limiter = ({ max, window = defaultWindow }: Rate, keyGenerator: (request: FastifyRequest) => string): Limiter =>
    ({ window, ask: scope.createRateLimit({ max, timeWindow: window, skipOnError, keyGenerator }) })
  const ofClient = (name: string) => ({ a2aPrincipal, ip }: FastifyRequest) => JSON.stringify([agent, name, clientOf(a2aPrincipal ?? undefined, ip)])
  const all = max === undefined ? undefined : limiter({ max, ...window !== undefined && { window } }, ofClient(''))
  const single = new Map(Object.entries(operations).map(([name, rate]) => [name, limiter(rate, ofClient(name))]))

  return {
    count: async (request, reply, operation) => {
      // The wider one last: what a single operation has refused is not counted there.
      for (const limiter of [single.get(operation), all]) if (limiter !== undefined) await check(limiter, request, reply)
    },
    failures: failures === false ? undefined : failureLimit(limiter(failures, ({ ip }) => JSON.stringify([agent, 'failures', callerNetwork(ip)])))
  }
}

type Limiter = { readonly window: number, readonly ask: ReturnType<FastifyInstance['createRateLimit']> }

async function check ({ window, ask }: Limiter, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const found = await ask(request)
  if (found.isAllowed) return
  const { max, remaining, ttl, isExceeded } = found
  const seconds = secondsOf(ttl)
  reply.headers({ 'x-ratelimit-limit': max, 'x-ratelimit-remaining': remaining, 'x-ratelimit-reset': seconds })
  if (isExceeded) throw new A2AError('ResourceExhaustedError', `More than ${max} requests within ${window / 1000} s`, { retryAfter: seconds * 1000 })
}

/** What comes after too many is not even looked at: else the next guess might be right. */
function failureLimit ({ ask }: Limiter): FailureLimit {
  return {
    check: async request => {
      const found = await ask(request, { increment: false })
      if (!found.isAllowed && found.remaining === 0) {
        throw new A2AError('ResourceExhaustedError', 'Too many wrong credentials came from this address', { retryAfter: secondsOf(found.ttl) * 1000 })
      }
    },
    count: async request => { await ask(request) }
  }
}

function secondsOf (ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000))
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
  return (await import('@fastify/rate-limit')).default
}
