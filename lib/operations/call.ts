import type { Logger, Principal } from '../agent/executor.ts'
import type { Activation } from '../extensions/activation.ts'
import type { ProtocolVersion } from '../agent/options.ts'
import type { Authentication } from '../security/authenticator.ts'
import type { Scope } from '../task/store.ts'
import type { OperationName } from './operation.ts'

/** What a binding knows of a request beside the operation's input. */
export type Call = {
  readonly scope: Scope
  readonly operation: OperationName
  readonly principal: Principal | undefined
  /** Of whom a skill asks what it requires; undefined where nobody calls: for turns that are restored or resumed. */
  readonly authentication?: Authentication | undefined
  readonly tenant: string | undefined
  /** URIs of the extensions that the caller asks for; once `activate` has seen the call, of those that are active. */
  readonly extensions: readonly string[]
  /** Those of the active ones that are at work in here. */
  readonly activation?: Activation
  /** What the caller speaks. Default: 1.0. */
  readonly version?: ProtocolVersion
  /** Headers of HTTP or metadata of gRPC, by names in lower case. */
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>
  /** Who is counted for the turns and streams of this caller: its principal, else its address. */
  readonly client: string
  /** The URL under which this caller reaches the prefix. */
  readonly baseUrl: string
  /** Told which task a message is for, once there is one; undefined when it was answered without. */
  readonly onTask?: ((taskId: string | undefined) => void) | undefined
  readonly log: Logger
}

/** The call, as far as the tenant that its input names goes (A2A 1.0 §4.4.6). */
export function inTenant (call: Call, { tenant = '' }: { tenant?: string }): Call {
  return tenant === '' ? call : { ...call, tenant, scope: { ...call.scope, tenant } }
}

/** The call of a client that speaks 0.3. */
export function inV03 (call: Call): Call {
  return { ...call, version: '0.3' }
}
