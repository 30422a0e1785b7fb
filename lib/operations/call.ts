import type { Logger, Principal } from '../agent/executor.ts'
import type { Scope } from '../task/store.ts'

/** What a binding knows of a request beside the operation's input. */
export type Call = {
  readonly scope: Scope
  readonly principal: Principal | undefined
  readonly tenant: string | undefined
  /** URIs of the extensions that the caller asked for and the agent has. */
  readonly extensions: readonly string[]
  /** Who holds the streams of this caller: its principal, else its address. */
  readonly client: string
  /** The URL under which this caller reaches the prefix. */
  readonly baseUrl: string
  readonly log: Logger
}

/** The call, as far as the tenant that its input names goes (A2A 1.0 §4.4.6). */
export function inTenant (call: Call, { tenant = '' }: { tenant?: string }): Call {
  return tenant === '' ? call : { ...call, tenant, scope: { ...call.scope, tenant } }
}
