/** What a claim has to deliver: notifications, in order, made of the task's log when their turn comes. */
import type { StreamResponse, Task } from '../../schemas/v1/common.ts'
import type { ProtocolVersion } from '../agent/options.ts'
import { toV03Task } from '../protocol/v0_3/tasks.ts'
import { Stop } from '../task/stop.ts'
import type { ReadBatch, Snapshot, TaskStore } from '../task/store.ts'
import type { PushSettings } from './options.ts'
import type { PushClaim } from './records.ts'

export type Notification = {
  readonly generation: number
  readonly type: 'application/a2a+json' | 'application/json'
  /** JSON; undefined for what is too large to be pushed, and can't be told in less. */
  body (): Promise<string | undefined>
}

export type Due = {
  readonly notifications: readonly Notification[]
  /** With them, everything up to this generation is done. */
  readonly upTo: number
}

/** How long a log may take to answer, in ms. */
const patience = 10_000

/** @throws TaskNotFoundError when the task has gone */
export async function collectDue (store: TaskStore, claim: PushClaim, version: ProtocolVersion, { events, bodySize }: Pick<PushSettings, 'events' | 'bodySize'>): Promise<Due> {
  const { scope, taskId } = claim
  const batch = await readRest(store, claim)
  if (batch === undefined) return { notifications: [], upTo: claim.after }
  if ('snapshot' in batch) {
    const { snapshot } = batch
    return { notifications: [ofTask(snapshot, version, bodySize)], upTo: snapshot.generation }
  }
  const upTo = batch.entries.at(-1)?.generation ?? claim.after
  const worth = batch.entries.filter(({ response }, index) => response !== undefined && isWorth(response, events, batch.entries.slice(index + 1)))
  if (worth.length === 0) return { notifications: [], upTo }
  if (version === '0.3') {
    // 0.3 §9.5: the task as it is now. What has happened meanwhile is told with it.
    const snapshot = await find(store, claim)
    return { notifications: [ofTask(snapshot, version, bodySize)], upTo: Math.max(upTo, snapshot.generation) }
  }
  const notifications = worth.map(({ generation, response, json = '' }): Notification => ({
    generation,
    type: 'application/a2a+json',
    body: async () => {
      if (response !== undefined && isLastPiece(response, events)) return fit(completed(response, await store.get(scope, taskId)), bodySize)
      return json.length <= bodySize && Buffer.byteLength(json) <= bodySize ? json : fit(response, bodySize)
    }
  }))
  return { notifications, upTo }
}

async function readRest (store: TaskStore, { scope, taskId, after }: PushClaim): Promise<ReadBatch | undefined> {
  const stop = new Stop()
  const late = setTimeout(() => stop.stop(), patience)
  const batches = store.read(scope, taskId, { after, signal: stop })[Symbol.asyncIterator]()
  try {
    const { value, done } = await batches.next()
    return done === true ? undefined : value
  } finally {
    clearTimeout(late)
    stop.stop()
    await batches.return?.()
  }
}

async function find (store: TaskStore, { scope, taskId }: PushClaim): Promise<Snapshot> {
  const snapshot = await store.get(scope, taskId)
  if (snapshot === undefined) throw new Error(`task ${taskId} has gone`)
  return snapshot
}

type Later = ReadonlyArray<{ readonly response: StreamResponse | undefined }>

function isWorth (event: StreamResponse, events: PushSettings['events'], later: Later): boolean {
  if (typeof events === 'function') return events(event)
  if (!('artifactUpdate' in event)) return events.includes('status')
  return events.includes('chunk') || (events.includes('artifact') && isComplete(event, later))
}

/** An artifact that came at once, or the last chunk of one; of a first chunk, those that follow tell. */
function isComplete ({ artifactUpdate }: Extract<StreamResponse, { artifactUpdate: unknown }>, later: Later): boolean {
  if (artifactUpdate.lastChunk === true) return true
  if (artifactUpdate.append === true) return false
  const { artifactId } = artifactUpdate.artifact
  return !later.some(({ response }) => response !== undefined && 'artifactUpdate' in response && response.artifactUpdate.artifact.artifactId === artifactId)
}

/** Whether a client that gets complete artifacts alone would get the end of one without its beginning. */
function isLastPiece (event: StreamResponse, events: PushSettings['events']): boolean {
  return Array.isArray(events) && !events.includes('chunk') && 'artifactUpdate' in event && event.artifactUpdate.append === true
}

function completed (event: StreamResponse, snapshot: Snapshot | undefined): StreamResponse {
  if (!('artifactUpdate' in event)) return event
  const { append, ...update } = event.artifactUpdate
  const whole = snapshot?.task.artifacts?.find(({ artifactId }) => artifactId === update.artifact.artifactId)
  return whole === undefined ? event : { artifactUpdate: { ...update, artifact: whole } }
}

function ofTask (snapshot: Snapshot, version: ProtocolVersion, bodySize: number): Notification {
  const write = (task: Task) => JSON.stringify(version === '1.0' ? { task } : toV03Task(task))
  return {
    generation: snapshot.generation,
    type: version === '1.0' ? 'application/a2a+json' : 'application/json',
    body: async () => {
      const json = write(snapshot.task)
      return Buffer.byteLength(json) <= bodySize ? json : write(withoutContent(snapshot.task))
    }
  }
}

/** What is too large is told without its content: who gets it can ask for the task. */
function fit (event: StreamResponse | undefined, bodySize: number): string | undefined {
  if (event === undefined) return undefined
  const json = JSON.stringify(event)
  if (Buffer.byteLength(json) <= bodySize) return json
  if ('task' in event) return JSON.stringify({ task: withoutContent(event.task) })
  if (!('statusUpdate' in event)) return undefined
  const { status: { message, ...status }, ...update } = event.statusUpdate
  return JSON.stringify({ statusUpdate: { ...update, status } })
}

function withoutContent ({ id, contextId, status: { message, ...status } }: Task): Task {
  return { id, ...contextId !== undefined && { contextId }, status }
}
