import { setTimeout as sleep } from 'node:timers/promises'
import type { CallOptions, Calls } from '../calls/calls.ts'

export type ReconnectSettings = {
  /** In a row, without anything new. */
  readonly attempts: number
  /** Before the second one, in ms; doubled for each, with jitter. The first is made at once. */
  readonly minDelay: number
  readonly maxDelay: number
}

export type PollSettings = {
  /** After something new, in ms; then half as long again each time. */
  readonly minDelay: number
  readonly maxDelay: number
}

/** What it takes to follow tasks of an agent. */
export type Line = {
  readonly calls: Calls
  /** Whether the agent streams: as its card says, until it shows that it does not. */
  streams: boolean
  /** Whether messages may be sent again unless a call says otherwise. */
  readonly idempotent: boolean
  readonly reconnect: ReconnectSettings
  readonly poll: PollSettings
}

export type FollowOptions = Pick<CallOptions, 'headers' | 'extensions' | 'traceparent'> & { readonly signal: AbortSignal }

/** With jitter: who was cut off together should not come back together. */
export async function pause (ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  if (ms <= 0) return
  try {
    await sleep(ms * (0.75 + Math.random() / 2), undefined, { signal })
  } catch {
    throw signal.reason
  }
}
