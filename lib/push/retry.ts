/** When a delivery that failed is tried again. */

export type RetrySettings = { readonly attempts: number, readonly minDelay: number, readonly maxDelay: number, readonly maxAge: number }

export type Failures = {
  /** With the one that has just failed. */
  readonly attempts: number
  /** When the first of them was made, in ms since the epoch. */
  readonly failingSince: number
}

/**
 * Exponential, with jitter: what fails together should not come back together. A receiver that says when it wants to be asked
 * again is not asked before.
 * @param retryAfter ms
 * @returns ms since the epoch; undefined when there is no point in trying any longer
 */
export function nextAttempt (settings: RetrySettings, { attempts, failingSince }: Failures, now: number, retryAfter = 0): number | undefined {
  if (attempts >= settings.attempts) return undefined
  const delay = Math.min(settings.maxDelay, settings.minDelay * 2 ** (attempts - 1))
  const at = now + Math.max(retryAfter, Math.round(delay * (0.5 + Math.random() / 2)))
  return at - failingSince > settings.maxAge ? undefined : at
}

/** `Retry-After`: seconds, or a date (RFC 9110 §10.2.3). @returns ms; undefined when it says nothing */
export function parseRetryAfter (header: string | string[] | undefined, now: number): number | undefined {
  const [text = ''] = [header].flat()
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
