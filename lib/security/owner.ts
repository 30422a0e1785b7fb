import type { Principal } from '../agent/executor.ts'
import type { FindOwner, OwnerRequest } from '../agent/options.ts'
import { callerNetwork } from '../http/addresses.ts'

/** Whom the tasks of a caller belong to; `''` for anonymous callers. */
export function ownerOf (principal: Principal | undefined, find: FindOwner | undefined, request: OwnerRequest): string | Promise<string> {
  if (principal === undefined) return ''
  if (find === undefined) return defaultOwner(principal)
  const owner = find(principal, request)
  return owner instanceof Promise ? owner.then(checked) : checked(owner)
}

/**
 * The owner of a caller where the options don't say otherwise. The same id of two issuers is two callers, and no id of one can
 * look like that of another.
 */
export function defaultOwner ({ id, issuer }: Pick<Principal, 'id' | 'issuer'>): string {
  if (issuer !== undefined) return JSON.stringify([issuer, id])
  return id.startsWith('[') ? JSON.stringify([id]) : id
}

/** By whom callers are counted, whoever owns what they do: a principal, else an address. */
export function clientOf (principal: Principal | undefined, address: string): string {
  return principal === undefined ? callerNetwork(address) : `principal ${defaultOwner(principal)}`
}

/** Without a name, it would own what anonymous callers do. */
function checked (owner: string): string {
  if (typeof owner !== 'string' || owner === '') throw new TypeError('the option owner must answer a string that is not empty')
  return owner
}
