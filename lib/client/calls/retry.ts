import { setTimeout as sleep } from 'node:timers/promises'
import pRetry from 'p-retry'
import { A2AError } from '../../protocol/errors.ts'
import { isTransient } from '../errors.ts'

export type RetrySettings = {
  /** After the first attempt. */
  readonly retries: number
  /** Before the first retry, in ms; doubled for each, with jitter. */
  readonly minDelay: number
  readonly maxDelay: number
}

type Attempts = RetrySettings & { readonly mayRepeat: boolean, readonly signal: AbortSignal | undefined }

/** Longer than this, in ms, nobody is kept waiting because an agent says so in `Retry-After`. */
const maxRetryAfter = 60_000

/** Repeats what may be repeated, and failed in a way that may pass. @throws the last error */
export async function withRetries<T> (attempt: () => Promise<T>, { retries, minDelay, maxDelay, mayRepeat, signal }: Attempts): Promise<T> {
  if (!mayRepeat || retries === 0) return await attempt()
  return await pRetry(attempt, {
    retries,
    minTimeout: minDelay,
    maxTimeout: maxDelay,
    factor: 2,
    randomize: true,
    ...signal !== undefined && { signal },
    shouldRetry: ({ error }) => signal?.aborted !== true && isTransient(error) && retryAfterOf(error) <= maxRetryAfter,
    onFailedAttempt: async ({ error, retriesLeft }) => {
      const wait = retryAfterOf(error)
      if (retriesLeft > 0 && isTransient(error) && wait > 0 && wait <= maxRetryAfter) await sleep(wait, undefined, { ...signal !== undefined && { signal } })
    }
  })
}

function retryAfterOf (error: unknown): number {
  return error instanceof A2AError ? error.retryAfter ?? 0 : 0
}
