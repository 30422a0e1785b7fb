import type { Agent } from '../../lib/agent/agent.ts'
import type { StopSignal } from '../../lib/task/stop.ts'
import type { Call } from '../../lib/operations/call.ts'
import type { StreamItem, TaskStream } from '../../lib/operations/stream.ts'

/** A method, as one version of the protocol has it. */
export type Method =
  | {
    /** @returns JSON */
    unary (agent: Agent, call: Call, params: unknown): Promise<string>
  }
  | {
    stream (agent: Agent, call: Call, params: unknown, options: { signal: StopSignal, after?: number }): Promise<TaskStream>
    /** An event as JSON. Default: as A2A 1.0 has it. */
    frame?: (item: StreamItem) => string
  }

export type Methods = ReadonlyMap<string, Method>
