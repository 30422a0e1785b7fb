/** One attempt to deliver one notification. */
import { createHash } from 'node:crypto'
import type { GuardedClient } from '../http/client.ts'
import { TargetRefusedError } from '../http/guard.ts'
import { childOf } from '../http/traceparent.ts'
import type { PushConfig } from './config.ts'
import type { Scope } from '../task/store.ts'
import type { Health } from './hosts.ts'
import { parseRetryAfter } from './retry.ts'
import type { Signer } from './signing.ts'

/** Names of the headers of a notification, beside `Authorization`. */
export const pushHeaders = {
  token: 'x-a2a-notification-token',
  id: 'x-a2a-notification-id',
  signature: 'x-a2a-notification-signature'
} as const

export type Parcel = {
  /** The same in every attempt, on every replica. */
  readonly id: string
  /** JSON */
  readonly body: string
  readonly type: string
}

export type Attempt = Health & (
  | { readonly delivered: true }
  | {
    readonly delivered: false
    /** For the operator; the client never sees it. */
    readonly reason: string
    /** Another attempt would end no better. */
    readonly isFinal: boolean
    /** ms */
    readonly retryAfter?: number
  }
)

export type Courier = (config: PushConfig, parcel: Parcel, signal: AbortSignal) => Promise<Attempt>

/** Statuses that refuse what was sent, not the moment: another attempt would not change them (RFC 9110 §15.5). */
const finalStatuses: readonly number[] = [400, 405, 410, 411, 413, 414, 415, 422, 501]

export function createCourier (client: GuardedClient, signer: Signer | undefined): Courier {
  return async (config, parcel, signal) => {
    try {
      const { status, headers } = await client.request(config.url, {
        method: 'POST', headers: await headersOf(config, parcel, signer), body: parcel.body, ignoreBody: true, signal
      })
      if (status >= 200 && status < 300) return { delivered: true, isHostFault: false }
      const retryAfter = parseRetryAfter(headers['retry-after'], Date.now())
      return {
        delivered: false,
        isHostFault: status >= 500,
        isFinal: finalStatuses.includes(status),
        reason: status >= 300 && status < 400 ? `answered ${status}, and redirects are not followed` : `answered ${status}`,
        ...retryAfter !== undefined && { retryAfter }
      }
    } catch (error) {
      return { delivered: false, isHostFault: !(error instanceof TargetRefusedError), isFinal: false, reason: reasonOf(error) }
    }
  }
}

/** @param generation of the event that it tells of */
export function deliveryId ({ agent, tenant, owner }: Scope, taskId: string, configId: string, generation: number): string {
  return createHash('sha256').update(JSON.stringify([agent, tenant, owner, taskId, configId, generation])).digest('base64url').slice(0, 32)
}

async function headersOf (config: PushConfig, { id, body, type }: Parcel, signer: Signer | undefined): Promise<Record<string, string>> {
  const { url, token, authentication, version, agentUrl, traceparent } = config
  const signature = await signer?.sign({ id, audience: url, issuer: agentUrl, body })
  const { scheme, credentials } = authentication ?? {}
  // Without credentials of its own, a signature is what the agent has to show (A2A 0.3 §9.5).
  const authorization = credentials !== undefined ? `${scheme} ${credentials}` : signature !== undefined ? `Bearer ${signature}` : undefined
  return {
    'content-type': type,
    'user-agent': 'fastify-a2a',
    'a2a-version': version,
    [pushHeaders.id]: id,
    // Each attempt is a span of its own, in the trace of the request that asked for notifications.
    traceparent: childOf(traceparent),
    ...authorization !== undefined && { authorization },
    ...token !== undefined && { [pushHeaders.token]: token },
    ...signature !== undefined && { [pushHeaders.signature]: signature }
  }
}

function reasonOf (error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return 'there was no answer in time'
  return error.message === '' ? error.name : error.message
}
