import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import type { FastifyRequest } from 'fastify'
import type { Principal } from '../../lib/agent/executor.ts'
import { defaultOwner } from '../../lib/security/owner.ts'

/** Who calls: whose session it is, and what tools are told of that. */
export type Caller = {
  /** `''` for anonymous callers. */
  readonly owner: string
  readonly authInfo: AuthInfo
}

const principals = new WeakMap<AuthInfo, Principal>()

/** Of a request that a tool is called by. */
export function principalIn (authInfo: AuthInfo | undefined): Principal | undefined {
  return authInfo === undefined ? undefined : principals.get(authInfo)
}

export function callerOf ({ a2aPrincipal, socket }: FastifyRequest): Caller {
  const principal = a2aPrincipal ?? undefined
  const owner = principal === undefined ? '' : defaultOwner(principal)
  // The token itself is nobody's business here: it is not to be passed on.
  const authInfo = { token: '', clientId: owner, scopes: [...principal?.scopes ?? []], extra: { principal, remoteAddress: socket.remoteAddress } }
  if (principal !== undefined) principals.set(authInfo, principal)
  return { owner, authInfo }
}
