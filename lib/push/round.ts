/** What is made of one claim: its notifications, one after the other, as far as they can be delivered now. */
import type { Logger } from '../agent/executor.ts'
import type { TaskStore } from '../task/store.ts'
import { fromRecord, type PushConfig } from './config.ts'
import { deadLetter } from './dead-letters.ts'
import { deliveryId, type Courier, type Parcel } from './delivery.ts'
import type { Deferred, Hosts } from './hosts.ts'
import { collectDue, type Notification } from './payload.ts'
import type { PushSettings } from './options.ts'
import type { DeadLetter, PushClaim, PushOutcome, PushRecord } from './records.ts'
import { nextAttempt } from './retry.ts'
import type { Sealer } from './sealing.ts'

export type RoundTools = {
  readonly store: TaskStore
  readonly settings: PushSettings
  readonly sealer: Sealer
  readonly courier: Courier
  readonly hosts: Hosts
  readonly log: Logger
}

/** How far the deliveries of a claim have come. */
type Progress = { after: number, attempts: number, failingSince: number | undefined, readonly deadLetters: DeadLetter[] }

/**
 * In order: what fails holds up what comes after it, until it is given up.
 * @param until no attempt begins after this moment, in ms since the epoch: the claim would not last
 * @param signal ends it; what was under way then is tried again
 */
export async function deliverClaim (tools: RoundTools, claim: PushClaim, until: number, signal: AbortSignal): Promise<PushOutcome> {
  const { store, settings, hosts } = tools
  const progress: Progress = { after: claim.after, attempts: claim.attempts, failingSince: claim.failingSince, deadLetters: [] }
  let config = open(tools, claim, claim)
  const { notifications, upTo } = await collectDue(store, claim, config instanceof Error ? '1.0' : config.version, settings)

  for (const [index, notification] of notifications.entries()) {
    const rest = notifications.slice(index)
    // It may have been deleted or replaced meanwhile (A2A 1.0 §3.1.10).
    if (index > 0) {
      const record = await store.getPushConfig(claim.scope, claim.taskId, claim.id)
      if (record === undefined) return outcomeOf(progress)
      config = open(tools, claim, record)
    }
    if (config instanceof Error) return await giveUp(tools, claim, progress, rest, upTo, config.message)
    const target = config
    const parcel = await pack(claim, notification)
    if (parcel !== undefined) {
      const attempt = await hosts.run(new URL(target.url).host, async () => {
        if (signal.aborted || Date.now() > until) return { ended: true as const, isHostFault: false }
        return await tools.courier(target, parcel, signal)
      })
      if ('ended' in attempt || signal.aborted) return outcomeOf(progress)
      if ('deferred' in attempt) return await defer(tools, claim, progress, rest, upTo, attempt)
      if (!attempt.delivered && attempt.isFinal) {
        bury(tools, claim, progress, notification, parcel, attempt.reason, progress.attempts + 1)
      } else if (!attempt.delivered) {
        progress.attempts++
        const failingSince = progress.failingSince ??= Date.now()
        const retryAt = nextAttempt(settings.retry, { attempts: progress.attempts, failingSince }, Date.now(), attempt.retryAfter)
        if (retryAt === undefined) return await giveUp(tools, claim, progress, rest, upTo, attempt.reason)
        tools.log.debug({ taskId: claim.taskId, configId: claim.id, attempts: progress.attempts, reason: attempt.reason }, 'a push notification was not delivered')
        return { ...outcomeOf(progress), retryAt }
      }
    }
    Object.assign(progress, { after: notification.generation, attempts: 0, failingSince: undefined })
  }
  return outcomeOf({ ...progress, after: upTo, attempts: 0, failingSince: undefined })
}

function outcomeOf ({ after, attempts, failingSince, deadLetters }: Progress): PushOutcome {
  return { after, attempts, ...failingSince !== undefined && { failingSince }, ...deadLetters.length > 0 && { deadLetters } }
}

/** The host has enough to do, or is left alone: that is no attempt, but it does not go on forever. */
async function defer (tools: RoundTools, claim: PushClaim, progress: Progress, rest: readonly Notification[], upTo: number, { deferred, delay }: Deferred): Promise<PushOutcome> {
  const now = Date.now()
  if (deferred === 'busy') return { ...outcomeOf(progress), retryAt: now + delay }
  progress.failingSince ??= now
  if (now + delay - progress.failingSince > tools.settings.retry.maxAge) return await giveUp(tools, claim, progress, rest, upTo, 'its host has failed for too long')
  return { ...outcomeOf(progress), retryAt: now + delay }
}

/** What waits behind a notification that can't be delivered goes with it: its receiver is not there. */
async function giveUp (tools: RoundTools, claim: PushClaim, progress: Progress, rest: readonly Notification[], upTo: number, reason: string): Promise<PushOutcome> {
  const { attempts } = progress
  for (const [index, notification] of rest.entries()) {
    bury(tools, claim, progress, notification, await pack(claim, notification), reason, index === 0 ? attempts : 0)
  }
  return outcomeOf({ ...progress, after: upTo, attempts: 0, failingSince: undefined })
}

function bury ({ log }: RoundTools, claim: PushClaim, { deadLetters }: Progress, { generation }: Notification, parcel: Parcel | undefined, reason: string, attempts: number): void {
  const letter = deadLetter(claim, generation, { reason, attempts, parcel })
  deadLetters.push(letter)
  log.warn({ taskId: claim.taskId, configId: claim.id, deadLetter: letter.id, reason }, 'a push notification was given up')
}

async function pack ({ scope, taskId, id }: PushClaim, { generation, type, body }: Notification): Promise<Parcel | undefined> {
  const json = await body()
  return json === undefined ? undefined : { id: deliveryId(scope, taskId, id, generation), type, body: json }
}

function open ({ sealer }: RoundTools, { scope, taskId }: PushClaim, record: PushRecord): PushConfig | Error {
  try {
    return fromRecord(sealer, scope, taskId, record)
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
