import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import type { FastifyRequest } from 'fastify'
import { defaultOwner } from '../../lib/security/owner.ts'

/** Who calls: whose session it is, and what tools are told of that. */
export type Caller = {
  /** `''` for anonymous callers. */
  readonly owner: string
  readonly authInfo: AuthInfo
}

export function callerOf ({ a2aPrincipal, socket }: FastifyRequest): Caller {
  const principal = a2aPrincipal ?? undefined
  const owner = principal === undefined ? '' : defaultOwner(principal)
  return {
    owner,
    // The token itself is nobody's business here: it is not to be passed on.
    authInfo: { token: '', clientId: owner, scopes: [...principal?.scopes ?? []], extra: { principal, remoteAddress: socket.remoteAddress } }
  }
}
