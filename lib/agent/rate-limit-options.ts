/** The option `rateLimit`. */
import type { OperationName } from '../operations/operation.ts'

export type Rate = {
  /** Requests of one caller. */
  max: number
  /** In ms. Default: 60,000. */
  window?: number
}

export type RateLimitOptions = Partial<Rate> & {
  /** For single operations, counted apart and beside `max`. */
  operations?: Partial<Record<OperationName, Rate>>
  /** How often one address may show credentials that are wrong: from then on, it is not listened to until the window ends. Default: 100 within a minute. */
  failures?: Rate | false
  /** A client of ioredis, through which servers count together. Default: the decorator `redis` of `@fastify/redis`; without it, each server counts for itself. */
  redis?: object
  /** Whether requests pass while Redis can't be reached. Default: true. */
  skipOnError?: boolean
}
