import { randomBytes } from 'node:crypto'

/** A span of its own in the trace of `traceparent`, or in a new one (W3C Trace Context). */
export function childOf (traceparent: string | undefined): string {
  const [, trace = randomBytes(16).toString('hex'), flags = '00'] = /^00-([\da-f]{32})-[\da-f]{16}-([\da-f]{2})$/.exec(traceparent ?? '') ?? []
  return `00-${trace}-${randomBytes(8).toString('hex')}-${flags}`
}
