import type { StreamResponse } from '../../../../schemas/v1/common.ts'
import type { Requests, Responses, StreamRequests } from '../../operations.ts'

export type Verb = 'GET' | 'POST' | 'DELETE'

/** An operation as one version of HTTP+JSON has it. */
export type Route<Request, Result> = {
  /** Those that agents take; the next one is tried where one is not allowed. */
  readonly verbs: readonly [Verb, ...Verb[]]
  /** Below the base URL, escaped. */
  path (request: Request): string
  /** With POST. */
  body? (request: Request): unknown
  /** As some agents read it: sent to those that refuse the other one. */
  otherBody? (request: Request): unknown
  query? (request: Request): object
  /** @throws A2AError InvalidAgentResponseError */
  result (value: unknown, request: Request): Result
}

export type UnaryRoutes = { readonly [N in keyof Requests]: Route<Requests[N], Responses[N]> }
export type StreamRoutes = { readonly [N in keyof StreamRequests]: Route<StreamRequests[N], StreamResponse> }
export type Routes = UnaryRoutes & StreamRoutes

/** A path with its parameters escaped: ids are the agent's, and may hold anything. */
export function path (strings: TemplateStringsArray, ...values: string[]): string {
  return String.raw({ raw: strings }, ...values.map(encodeURIComponent))
}
