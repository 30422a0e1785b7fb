/** Deliveries that were given up: what is kept of them, and how they are sent again. */
import { A2AError } from '../protocol/errors.ts'
import type { TaskStore } from '../task/store.ts'
import { fromRecord } from './config.ts'
import { deliveryId, type Courier, type Parcel } from './delivery.ts'
import type { DeadLetter, PushClaim, RecordQuery } from './records.ts'
import type { Sealer } from './sealing.ts'

/** A delivery that was given up, as its operator sees it. */
export type DeadPush = {
  /** Also the id that its receiver would have seen. */
  readonly id: string
  readonly tenant: string
  readonly owner: string
  readonly taskId: string
  readonly configId: string
  /** Of the event that was to be delivered. */
  readonly generation: number
  /** When it was given up, in ms since the epoch. */
  readonly at: number
  readonly reason: string
  readonly attempts: number
  /** What was to be delivered, as JSON; undefined where it could not be made any more. */
  readonly payload: string | undefined
}

export type DeadPushPage = { items: DeadPush[], nextPageToken: string }

export type DeadLetterBox = {
  /** Newest first. */
  list (query?: { pageSize?: number, pageToken?: string }): Promise<DeadPushPage>
  /**
   * Delivers one again, now and once. It goes when that succeeds, and stays when it does not.
   * @returns false when there is none of this id
   * @throws Error that says why it was not delivered
   */
  replay (id: string): Promise<boolean>
  /** Throws one away. @returns false when there is none of this id */
  forget (id: string): Promise<boolean>
}

type Body = Pick<DeadPush, 'reason' | 'attempts'> & { parcel: Parcel | undefined }

/** @param parcel undefined where it could not be made */
export function deadLetter ({ scope, taskId, id: configId }: PushClaim, generation: number, body: Body): DeadLetter {
  return { id: deliveryId(scope, taskId, configId, generation), scope, taskId, configId, generation, body: JSON.stringify(body), at: Date.now() }
}

const pageSize = 100

export function createDeadLetterBox (agent: string, store: TaskStore, sealer: Sealer, courier: Courier): DeadLetterBox {
  return {
    list: async ({ pageSize: limit = 50, pageToken: cursor = '' } = {}) => {
      const { items, next = '' } = await store.listDeadLetters(agent, { limit, ...cursor !== '' && { cursor } })
      return { items: items.map(toDeadPush), nextPageToken: next }
    },
    replay: async id => {
      const letter = await find(store, agent, id)
      if (letter === undefined) return false
      await send(store, sealer, courier, letter)
      await store.takeDeadLetter(agent, id)
      return true
    },
    forget: async id => await store.takeDeadLetter(agent, id) !== undefined
  }
}

/** Looked for, and not taken: who dies now has lost nothing. */
async function find (store: TaskStore, agent: string, id: string): Promise<DeadLetter | undefined> {
  let query: RecordQuery | undefined = { limit: pageSize }
  while (query !== undefined) {
    const { items, next } = await store.listDeadLetters(agent, query)
    const found = items.find(letter => letter.id === id)
    if (found !== undefined) return found
    query = next === undefined ? undefined : { limit: pageSize, cursor: next }
  }
  return undefined
}

async function send (store: TaskStore, sealer: Sealer, courier: Courier, letter: DeadLetter): Promise<void> {
  const { scope, taskId, configId } = letter
  const { parcel } = readBody(letter)
  if (parcel === undefined) throw undeliverable('there is no payload to send')
  const record = await store.getPushConfig(scope, taskId, configId)
  // Who has deleted the configuration wants no more of it (A2A 1.0 §3.1.10).
  if (record === undefined) throw undeliverable('its configuration has been deleted')
  const attempt = await courier(fromRecord(sealer, scope, taskId, record), parcel, new AbortController().signal)
  if (!attempt.delivered) throw undeliverable(attempt.reason)
}

function toDeadPush (letter: DeadLetter): DeadPush {
  const { id, scope: { tenant, owner }, taskId, configId, generation, at } = letter
  const { reason, attempts, parcel } = readBody(letter)
  return { id, tenant, owner, taskId, configId, generation, at, reason, attempts, payload: parcel?.body }
}

function readBody ({ body }: { body: string }): Body {
  return JSON.parse(body) as Body // as `deadLetter` wrote it
}

function undeliverable (reason: string): A2AError {
  return new A2AError('UnavailableError', `The notification was not delivered: ${reason}`)
}
