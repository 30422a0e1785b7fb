import type { AuthenticationInfo } from '../../schemas/v1/requests.ts'
import type { ProtocolVersion } from '../agent/options.ts'
import type { Scope } from '../task/store.ts'
import type { PushRecord } from './records.ts'
import type { Sealer } from './sealing.ts'

/** A push configuration as its client made it, and what its deliveries need to know of that. */
export type PushConfig = {
  readonly url: string
  readonly token?: string
  readonly authentication?: AuthenticationInfo
  /** The version that its client speaks. */
  readonly version: ProtocolVersion
  /** The URL by which the client knows the agent. */
  readonly agentUrl: string
  /** The trace of the request that made it (W3C Trace Context). */
  readonly traceparent?: string
}

/** Sealed as a whole: URLs hold secrets, too. */
export function toRecord (sealer: Sealer, scope: Scope, taskId: string, id: string, config: PushConfig): PushRecord {
  return { id, config: JSON.stringify({ sealed: sealer.seal(JSON.stringify(config), placeOf(scope, taskId, id)) }) }
}

/** @throws SealError when its key is not known any more */
export function fromRecord (sealer: Sealer, scope: Scope, taskId: string, { id, config }: PushRecord): PushConfig {
  const { sealed } = JSON.parse(config) as { sealed: string } // as `toRecord` wrote it
  return JSON.parse(sealer.open(sealed, placeOf(scope, taskId, id))) as PushConfig // likewise
}

function placeOf ({ agent, tenant, owner }: Scope, taskId: string, id: string): string {
  return JSON.stringify([agent, tenant, owner, taskId, id])
}
