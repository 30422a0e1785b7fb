/** A trip is the fold of what it was told. */
import type { Artifact, StreamResponse, Task, TaskArtifactUpdateEvent, TaskStatus } from '../../../../schemas/v1/common.ts'
import type { SendMessageRequest } from '../../../../schemas/v1/requests.ts'
import { mergeParts } from '../../../../lib/task/fold.ts'
import type { Progress } from '../../../shared/messages.ts'
import { saidIn, textIn } from './said.ts'
import { noTrip, phaseOf, type AgentNow, type Entry, type Trip } from './trip.ts'

export type News =
  /** There is no trip any more. */
  | { readonly type: 'forgotten' }
  /** A trip that was begun before is looked at again. */
  | { readonly type: 'reopened', readonly taskId: string }
  /** The traveller has sent the wish, or an answer. */
  | { readonly type: 'sent', readonly request: SendMessageRequest, readonly at: string }
  | { readonly type: 'event', readonly event: StreamResponse, readonly at: string }
  | { readonly type: 'connection', readonly isConnected: boolean }
  /** The page itself has something to say. */
  | { readonly type: 'notice', readonly text: string }
  /** The agent has refused, or can't be reached. */
  | { readonly type: 'broken', readonly reason: string }

export function tell (trip: Trip, news: News): Trip {
  switch (news.type) {
    case 'forgotten': return noTrip
    case 'reopened': return { ...noTrip, phase: 'running', taskId: news.taskId }
    case 'sent': return tellSent(trip, news.request, news.at)
    case 'event': return tellEvent(trip, news.event, news.at)
    case 'connection': return { ...trip, isConnected: news.isConnected }
    case 'notice': return { ...trip, lines: [...trip.lines, news.text] }
    case 'broken': return { ...trip, phase: 'failed', isConnected: true, question: undefined, ending: news.reason }
  }
}

function tellSent (trip: Trip, request: SendMessageRequest, at: string): Trip {
  const { message: { taskId, parts } } = request
  const entry: Entry = { from: 'page', to: 'coordinator', at, method: 'SendStreamingMessage', payload: request }
  const before = taskId === undefined ? { ...noTrip, wish: textIn(parts), agents: trip.agents.map(resting) } : trip
  return { ...before, phase: 'running', question: undefined, entries: [...before.entries, entry] }
}

/** Who they are is known; what they did belongs to another trip. */
function resting ({ note, ...agent }: AgentNow): AgentNow {
  return { ...agent, state: 'idle' }
}

function tellEvent (trip: Trip, event: StreamResponse, at: string): Trip {
  if ('task' in event) return received(tellTask(trip, event.task), event, event.task.status.timestamp ?? at)
  if ('message' in event) return received({ ...trip, phase: 'done', ending: textIn(event.message.parts) }, event, at)
  if ('artifactUpdate' in event) {
    const { append } = event.artifactUpdate
    const told = { ...trip, artifacts: tellArtifact(trip.artifacts, event.artifactUpdate) }
    return append === true ? told : received(told, event, at)
  }
  const { status } = event.statusUpdate
  const told = tellStatus(trip, status)
  // Of the others, each holds a message that is in the list already.
  return status.state === 'TASK_STATE_WORKING' ? told : received(told, event, status.timestamp ?? at)
}

function received (trip: Trip, payload: StreamResponse, at: string): Trip {
  return { ...trip, entries: [...trip.entries, { from: 'coordinator', to: 'page', at, payload }] }
}

/** The task as it is now: what a stream begins with. */
function tellTask (trip: Trip, { id, contextId, status, artifacts, history }: Task): Trip {
  const wish = trip.wish === '' ? textIn(history?.[0]?.parts ?? []) : trip.wish
  return tellStatus({ ...trip, wish, taskId: id, contextId, artifacts: artifacts ?? trip.artifacts }, status)
}

function tellStatus (trip: Trip, { state, message }: TaskStatus): Trip {
  const phase = phaseOf(state)
  const parts = message === undefined || trip.seen.has(message.messageId) ? [] : message.parts
  const seen = message === undefined ? trip.seen : new Set(trip.seen).add(message.messageId)
  const text = textIn(parts)
  const told: Trip = { ...saidIn(parts, 'agent', 'exchange', 'offer').reduce(tellProgress, trip), phase, seen, question: undefined }
  switch (phase) {
    case 'running': return text === '' ? told : { ...told, lines: [...told.lines, text] }
    case 'asking': return { ...told, question: message === undefined ? undefined : { text: textIn(message.parts), form: saidIn(message.parts, 'form')[0] } }
    default: return text === '' ? told : { ...told, ending: text }
  }
}

function tellProgress (trip: Trip, progress: Progress): Trip {
  switch (progress.kind) {
    case 'agent': return { ...trip, agents: tellAgent(trip.agents, progress.agent) }
    case 'offer': return { ...trip, offers: [...trip.offers, progress.offer] }
    case 'exchange': {
      const { agent, direction, at, method, payload } = progress
      const [from, to] = direction === 'sent' ? ['coordinator', agent] as const : [agent, 'coordinator'] as const
      return { ...trip, entries: [...trip.entries, { from, to, at, method, payload }] }
    }
  }
}

function tellAgent (agents: readonly AgentNow[], agent: AgentNow): AgentNow[] {
  return agents.some(({ id }) => id === agent.id) ? agents.map(known => known.id === agent.id ? agent : known) : [...agents, agent]
}

/** A2A 1.0 §4.2.2. */
function tellArtifact (artifacts: readonly Artifact[], { artifact, append }: TaskArtifactUpdateEvent): Artifact[] {
  const known = artifacts.find(({ artifactId }) => artifactId === artifact.artifactId)
  if (known === undefined) return [...artifacts, artifact]
  const now = append === true ? { ...known, ...artifact, parts: mergeParts([...known.parts], artifact.parts) } : artifact
  return artifacts.map(each => each === known ? now : each)
}
