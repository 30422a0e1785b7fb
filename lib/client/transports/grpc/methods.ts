import type { DescMethodServerStreaming, DescMethodUnary } from '@bufbuild/protobuf'
import type { StreamResponse } from '../../../../schemas/v1/common.ts'
import type { Requests, Responses, StreamRequests } from '../../operations.ts'

/** An operation as one version of gRPC has it; its messages as ProtoJSON. */
export type Method<Desc, Request, Result> = {
  readonly desc: Desc
  message (request: Request): object
  /** @throws A2AError InvalidAgentResponseError */
  result (json: unknown, request: Request): Result
}

export type UnaryMethod<Request, Result> = Method<DescMethodUnary, Request, Result>
export type StreamMethod<Request> = Method<DescMethodServerStreaming, Request, StreamResponse>

/** What a version does not have is left out. */
export type UnaryMethods = { readonly [N in keyof Requests]: UnaryMethod<Requests[N], Responses[N]> | undefined }
export type StreamMethods = { readonly [N in keyof StreamRequests]: StreamMethod<StreamRequests[N]> }
export type Methods = UnaryMethods & StreamMethods
