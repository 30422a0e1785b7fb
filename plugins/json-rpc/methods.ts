import type { Agent } from '../../lib/agent/agent.ts'
import type { ProtocolVersion } from '../../lib/agent/options.ts'
import type { Call } from '../../lib/operations/call.ts'
import type { StreamItem, TaskStream } from '../../lib/operations/stream.ts'
import { A2AError } from '../../lib/protocol/errors.ts'
import { v03Methods } from './methods-v0_3.ts'
import { v1Methods } from './methods-v1.ts'

/** A method, as one version of the protocol has it. */
export type Method =
  | {
    /** @returns JSON */
    unary (agent: Agent, call: Call, params: unknown): Promise<string>
  }
  | {
    stream (agent: Agent, call: Call, params: unknown, options: { signal: AbortSignal, after?: number }): Promise<TaskStream>
    /** @returns the item as JSON */
    frame (item: StreamItem): string
  }

export type Methods = ReadonlyMap<string, Method>

const methodsOf: Readonly<Record<ProtocolVersion, Methods>> = { '1.0': v1Methods, 0.3: v03Methods }

/** @throws A2AError MethodNotFoundError, which says where the method is found, if it is one of the other version */
export function findMethod (name: string, version: ProtocolVersion, enabled: readonly ProtocolVersion[]): Method {
  const method = methodsOf[version].get(name)
  if (method !== undefined) return method
  const other = enabled.find(version => methodsOf[version].has(name))
  throw new A2AError('MethodNotFoundError', other === undefined
    ? undefined
    : `Method not found: ${name} is a method of A2A ${other}; send the header A2A-Version: ${other}`)
}
