/** An agent of which every stream can be cut anywhere, played by a `fetch`. */
import type { AgentEvent, ClientOptions, RemoteAgent } from '../../lib/client/index.ts'
import type { StreamResponse, Task } from '../../schemas/v1/common.ts'

const url = 'http://agent.test/a2a'
export const card = {
  name: 'Cut',
  description: 'Its connections break',
  version: '1',
  supportedInterfaces: [{ url, protocolBinding: 'HTTP+JSON', protocolVersion: '1.0' }],
  capabilities: { streaming: true },
  defaultInputModes: [],
  defaultOutputModes: [],
  skills: []
}
const ids = { taskId: 't', contextId: 'c' }
export const tokens = Array.from({ length: 47 }, (_, i) => `<${i}>`)

/** 50 events: the task, WORKING, 47 chunks, COMPLETED. */
const log: StreamResponse[] = [
  { task: { id: 't', contextId: 'c', status: { state: 'TASK_STATE_SUBMITTED' } } },
  { statusUpdate: { ...ids, status: { state: 'TASK_STATE_WORKING' } } },
  ...tokens.map((text, i) => ({ artifactUpdate: { ...ids, artifact: { artifactId: 'a', parts: [{ text }] }, append: i > 0 } })),
  { statusUpdate: { ...ids, status: { state: 'TASK_STATE_COMPLETED' } } }
]

const texts = new Map(log.map(event => [event, JSON.stringify(event)]))

function json (event: StreamResponse): string {
  return texts.get(event) ?? JSON.stringify(event)
}

function snapshot (generation: number): Task {
  const text = tokens.slice(0, Math.max(0, Math.min(generation, 49) - 2)).join('')
  const state = generation >= 50 ? 'TASK_STATE_COMPLETED' : generation >= 2 ? 'TASK_STATE_WORKING' : 'TASK_STATE_SUBMITTED'
  return { id: 't', contextId: 'c', status: { state }, ...text !== '' && { artifacts: [{ artifactId: 'a', parts: [{ text }] }] } }
}

export type Kind = 'Last-Event-ID' | 'snapshot' | 'neither'

/** An agent whose n-th stream is cut after `cuts[n]` bytes of its body, by a `fetch` that plays it. */
export function playback (kind: Kind, cuts: readonly number[]) {
  let streams = 0
  let seen = 0
  const sends: string[] = []

  const answer = (status: number, body: object) => new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })

  function stream (first: StreamResponse[], from: number): Response {
    const events = [...first.map(event => ({ event, generation: from })), ...log.slice(from).map((event, i) => ({ event, generation: from + i + 1 }))]
    const cut = cuts[streams++] ?? Infinity
    let bytes = 0
    const frames = events.map(({ event, generation }) => {
      const frame = `${kind === 'Last-Event-ID' ? `id: ${generation}\n` : ''}data: ${json(event)}\n\n`
      bytes += frame.length
      if (bytes <= cut) seen = Math.max(seen, generation)
      return frame
    })
    const text = frames.join('')
    const body = new ReadableStream<Uint8Array>({
      start (controller) {
        controller.enqueue(new TextEncoder().encode(text.slice(0, cut)))
        if (cut >= text.length) controller.close()
      },
      pull: controller => controller.error(new Error('socket hang up'))
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  }

  return {
    sends,
    fetch: async (url: string, { body, headers }: RequestInit): Promise<Response> => {
      if (url.endsWith('/message:stream')) {
        sends.push(JSON.parse(String(body)).message.messageId)
        return stream([], 0)
      }
      // The agent has gone on meanwhile.
      const now = Math.min(seen + 3, 50)
      if (!url.endsWith(':subscribe')) {
        seen = now
        return answer(200, snapshot(now))
      }
      const after = new Headers(headers).get('last-event-id')
      if (kind === 'Last-Event-ID' && after !== null) return stream([], Number(after))
      if (now === 50) return answer(400, { error: { code: 400, status: 'FAILED_PRECONDITION', message: 'The task has ended' } })
      return kind === 'snapshot' ? stream([{ task: snapshot(now) }], now) : stream([], now)
    }
  }
}

export const quick: ClientOptions = { reconnect: { minDelay: 0, maxDelay: 0 }, retry: { minDelay: 0, maxDelay: 0 }, poll: { minDelay: 0, maxDelay: 0 } }
export const length = log.map((event, i) => `id: ${i + 1}\ndata: ${json(event)}\n\n`).join('').length

export async function read (agent: RemoteAgent): Promise<AgentEvent[]> {
  const events: AgentEvent[] = []
  for await (const event of agent.stream('Go', { idempotent: true })) events.push(event)
  return events
}

export function brief (events: readonly AgentEvent[]): string[] {
  return events.map(event => event.type === 'artifact' ? event.artifact.parts.map(({ text }) => text).join('') : event.type === 'status' ? event.status.state : event.type)
}
