import { childOf } from '../../http/traceparent.ts'

/** The trace that calls belong to, as W3C Trace Context writes it, or where to get it from at each call. */
export type Traceparent = string | (() => string | undefined)

/** Each call is a span of its own, in that trace or a new one. */
export function traceHeaders (traceparent: Traceparent | undefined): { traceparent: string } {
  return { traceparent: childOf(typeof traceparent === 'function' ? traceparent() : traceparent) }
}
