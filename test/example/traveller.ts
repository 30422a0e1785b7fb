/** Somebody who wishes for a trip: a client of the coordinator, as the page is one. */
import { discover, type MessageContent, type TaskState } from '../../lib/client/index.ts'
import type { Form, Itinerary, Progress } from '../../example-app/shared/messages.ts'

export type Journey = {
  progress: Progress[]
  forms: Form[]
  states: TaskState[]
  itinerary: Itinerary | undefined
  /** The text of the itinerary, or of the last status. */
  text: string
  taskId: string
}

export type TravellerOptions = {
  /** What is answered, question by question; without another answer the task is left waiting. */
  answers?: MessageContent[]
  /** Sees everything as it comes. */
  onProgress?: (progress: Progress) => void | Promise<void>
  /** An earlier task to go on with. */
  taskId?: string
}

export async function travel (url: string, wish: MessageContent, { answers = [], onProgress, taskId }: TravellerOptions = {}): Promise<Journey> {
  const agent = await discover(url)
  const journey: Journey = { progress: [], forms: [], states: [], itinerary: undefined, text: '', taskId: '' }
  const open = [...answers]
  const stream = agent.stream(wish, { ...taskId !== undefined && { taskId } })
  for await (const event of stream) {
    const message = event.type === 'status' ? event.status.message : event.type === 'artifact' ? event.artifact : undefined
    for (const { text, data } of message?.parts ?? []) {
      if (text !== undefined) journey.text = text
      const { kind } = Object(data)
      // The coordinator sends nothing else: see its messages.ts.
      if (kind === 'form') journey.forms.push(data as Form)
      else if (kind === 'itinerary') journey.itinerary = data as Itinerary
      else if (kind !== undefined) {
        journey.progress.push(data as Progress)
        await onProgress?.(data as Progress)
      }
    }
    if (event.type !== 'status') continue
    journey.states.push(event.status.state)
    const answer = event.status.state === 'TASK_STATE_INPUT_REQUIRED' ? open.shift() : undefined
    if (answer !== undefined) stream.reply(answer)
  }
  journey.taskId = stream.taskId ?? ''
  await agent.close()
  return journey
}

/** What the coordinator has sent to an agent. */
export function sentTo (agent: string, { progress }: Pick<Journey, 'progress'>): Array<{ text: string, data: Record<string, unknown>, referenceTaskIds: string[] }> {
  return progress.flatMap(item => {
    if (item.kind !== 'exchange' || item.agent !== agent || item.direction !== 'sent') return []
    const { message: { parts, referenceTaskIds = [] } } = Object(item.payload)
    return [{ text: parts.map(({ text = '' }) => text).join(''), data: Object.assign({}, ...parts.map(({ data }: { data: unknown }) => data)), referenceTaskIds }]
  })
}

/** The states that an agent went through. */
export function statesOf (id: string, { progress }: Pick<Journey, 'progress'>): string[] {
  return progress.flatMap(item => item.kind === 'agent' && item.agent.id === id ? [item.agent.state] : [])
}
