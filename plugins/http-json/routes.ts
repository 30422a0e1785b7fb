import type { ProtocolVersion } from '../../lib/agent/options.ts'
import type { Operation } from './operation.ts'
import { v03Operations } from './operations-v0_3.ts'
import { v1Operations } from './operations-v1.ts'

/** An operation at one of its places. */
export type Route = {
  readonly operation: Operation
  /** What an absent `A2A-Version` means here: the paths of the versions differ. */
  readonly version: ProtocolVersion
  /** Below the base URL, its parameters in braces. */
  readonly path: string
  /** Who is meant by a path that begins with `/v1` where a client says that it speaks 1.0: the tenant of that name. */
  readonly asTenant?: Operation
}

/** The tenant whose paths are those of 0.3. */
export const v1Tenant = 'v1'

/** Every operation of 1.0 at the base URL and below each tenant, those of 0.3 below `/v1` (A2A 1.0 §11.3, 0.3 §3.5.3). */
export function routesOf (versions: readonly ProtocolVersion[]): Route[] {
  const has1 = versions.includes('1.0')
  const routes: Route[] = []
  for (const operation of has1 ? v1Operations : []) {
    routes.push({ operation, version: '1.0', path: operation.path }, { operation, version: '1.0', path: `/{tenant}${operation.path}` })
  }
  for (const operation of versions.includes('0.3') ? v03Operations : []) {
    const asTenant = has1 ? v1Operations.find(({ verb, path }) => verb === operation.verb && path === operation.path) : undefined
    routes.push({ operation, version: '0.3', path: `/${v1Tenant}${operation.path}`, ...asTenant !== undefined && { asTenant } })
  }
  return routes
}
