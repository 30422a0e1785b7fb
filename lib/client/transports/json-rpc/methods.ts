import type { StreamResponse } from '../../../../schemas/v1/common.ts'
import type { Requests, Responses, StreamRequests } from '../../operations.ts'

/** An operation as one version of JSON-RPC has it. */
export type Method<Request, Result> = {
  readonly name: string
  params (request: Request): unknown
  /** @throws A2AError InvalidAgentResponseError */
  result (value: unknown): Result
}

export type UnaryMethods = { readonly [N in keyof Requests]: Method<Requests[N], Responses[N]> }
export type StreamMethods = { readonly [N in keyof StreamRequests]: Method<StreamRequests[N], StreamResponse> }
export type Methods = UnaryMethods & StreamMethods
