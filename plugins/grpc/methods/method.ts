import type { DescMethod, DescMethodServerStreaming, DescMethodUnary, DescService } from '@bufbuild/protobuf'
import type { Agent } from '../../../lib/agent/agent.ts'
import type { ProtocolVersion } from '../../../lib/agent/options.ts'
import type { Call } from '../../../lib/operations/call.ts'
import type { OperationName } from '../../../lib/operations/operation.ts'
import type { StreamItem, TaskStream } from '../../../lib/operations/stream.ts'
import type { StopSignal } from '../../../lib/task/stop.ts'

/** What a method does, and which operation it is. */
export type Work = { readonly operation: OperationName } & ({
  /** @param params ProtoJSON, not checked yet @returns ProtoJSON */
  unary (agent: Agent, call: Call, params: unknown): Promise<object>
} | {
  stream (agent: Agent, call: Call, params: unknown, options: { signal: StopSignal }): Promise<TaskStream>
  /** @returns ProtoJSON */
  message (item: StreamItem): object
})

/** A method of a service, as one version of the protocol has it. */
export type GrpcMethod = UnaryMethod | StreamingMethod
export type UnaryMethod = Extract<Work, { unary: unknown }> & { readonly version: ProtocolVersion, readonly desc: DescMethodUnary }
export type StreamingMethod = Extract<Work, { stream: unknown }> & { readonly version: ProtocolVersion, readonly desc: DescMethodServerStreaming }

/** @param works by the name of the method; there is one for each method of the service */
export function methodsOf ({ typeName, methods }: DescService, version: ProtocolVersion, works: Readonly<Record<string, Work>>): GrpcMethod[] {
  return methods.map(desc => {
    const method = methodOf(desc, version, works[desc.name])
    if (method === undefined) throw new Error(`${typeName} has no ${desc.name} of that kind here`)
    return method
  })
}

function methodOf (desc: DescMethod, version: ProtocolVersion, work: Work | undefined): GrpcMethod | undefined {
  if (work === undefined) return undefined
  if ('unary' in work) return isUnary(desc) ? { ...work, desc, version } : undefined
  return isStreaming(desc) ? { ...work, desc, version } : undefined
}

function isUnary (desc: DescMethod): desc is DescMethodUnary {
  return desc.methodKind === 'unary'
}

function isStreaming (desc: DescMethod): desc is DescMethodServerStreaming {
  return desc.methodKind === 'server_streaming'
}

/** As in HTTP. */
export function pathOf ({ desc }: GrpcMethod): string {
  return `/${desc.parent.typeName}/${desc.name}`
}
