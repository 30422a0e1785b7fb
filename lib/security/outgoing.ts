import { createGuardedClient, type GuardedClient } from '../http/client.ts'
import { createGuard } from '../http/guard.ts'
import type { Targets } from './options.ts'

const maxSize = 1024 * 1024

/**
 * Asks others for keys, metadata and documents.
 * @param named a URL that the options name: it may be a private one, but it is this one
 */
export function openClient ({ http, allow, ca, timeout }: Targets, named?: string): GuardedClient {
  const url = named === undefined ? undefined : new URL(named)
  const guard = createGuard({
    http: http || url?.protocol === 'http:',
    allow: url === undefined ? allow : [...allow, url.hostname.replace(/^\[(.*)\]$/, '$1')],
    ...ca !== undefined && { ca }
  })
  return createGuardedClient(guard, { connections: 2, timeout, maxSize })
}
