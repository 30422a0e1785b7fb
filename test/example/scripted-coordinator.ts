/** A coordinator that plays the page what shared/messages.ts says, one step at a time, as the test lets it. */
import Fastify, { type FastifyInstance } from 'fastify'
import type { AgentCatalogue, AgentId, AgentProgress, Exchange, Form, Itinerary, ItineraryItem, Progress } from '../../example-app/shared/messages.ts'
import { page } from '../../example-app/page/plugin.ts'
import { stopped } from '../helpers/host.ts'
import { gate, type Gate } from '../helpers/wait.ts'
import a2a, { type AgentCard, type Part, type TaskContext } from '../../plugins/index.ts'

export type Coordinator = {
  readonly app: FastifyInstance
  /** What clients have asked for, in order, with `Last-Event-ID` where it was sent. */
  readonly requests: ReadonlyArray<{ method: string, lastEventId: string | undefined }>
  /** The answers to questions, as they came. */
  readonly answers: readonly unknown[]
  /** Lets the script go on beyond this point, now and whenever it comes there. */
  open (name: Point): void
  /** Ends all connections, and refuses new ones to `/a2a` until `restore`. */
  cut (): void
  restore (): void
}

type Point = 'search' | 'write' | 'finish'

/** By the first word of the wish: `Fail`, `Refuse`; anything else becomes a trip. */
export async function createCoordinator (): Promise<Coordinator> {
  const app = Fastify({ forceCloseConnections: true })
  const requests: Array<{ method: string, lastEventId: string | undefined }> = []
  const answers: unknown[] = []
  const gates: Record<Point, Gate> = { search: gate(), write: gate(), finish: gate() }
  let isDown = false

  const passed: Pass = async (name, { signal }) => {
    await Promise.race([gates[name].opened, stopped(signal)])
    signal.throwIfAborted()
  }

  app.addHook('onRequest', async request => { if (isDown && request.url === '/a2a') request.raw.destroy() })
  app.addHook('preHandler', async ({ url, body, headers }) => {
    if (url !== '/a2a') return
    const { method } = JSON.parse(String(body)) as { method: string } // what the page sends
    requests.push({ method, lastEventId: headers['last-event-id']?.toString() })
  })
  await app.register(page)
  app.get('/agents', async () => catalogue)
  await app.register(a2a, {
    card: {
      name: 'Trip coordinator',
      description: 'Plans a trip with agents for flights, hotels and activities.',
      version: '1.0.0',
      skills: [{ id: 'trip', name: 'Trip', description: 'A trip within a budget', tags: ['travel'], examples: ['Four days in Rome in May for two, under 1,500 euros', 'A weekend in Lisbon, 900 euros at most'] }]
    },
    allowAnonymous: true,
    shutdownGrace: 0,
    async executor (task) {
      if (/^fail/i.test(task.text)) return await task.fail('No airline flies there.')
      if (/^refuse/i.test(task.text)) return await task.reject('I plan trips, and nothing else.')
      if (task.task === undefined) return await firstTurn(task, passed)
      answers.push(task.data ?? task.text)
      await secondTurn(task, passed)
    }
  })

  return {
    app,
    requests,
    answers,
    open: name => gates[name].open(),
    cut () {
      isDown = true
      app.server.closeAllConnections()
    },
    restore () { isDown = false }
  }
}

type Pass = (name: Point, task: TaskContext) => Promise<void>

async function firstTurn (task: TaskContext, passed: Pass): Promise<void> {
  for (const id of ids) await tell(task, agent(id, 'idle'))
  await tell(task, agent('coordinator', 'working', 'Reads the wish'), 'Four days in Rome from 6 May, two travellers, 1,500 EUR.')
  await tell(task, exchange('flights', 'sent', { message: { messageId: 'm-1', role: 'ROLE_USER', parts: [{ text: 'Flights from Berlin to Rome on 6 May' }] } }))
  await tell(task, agent('flights', 'working', 'Looks for flights from Berlin to Rome'), 'Asking for flights from Berlin to Rome.')
  await passed('search', task)
  for (const [index, offer] of flights.entries()) {
    await tell(task, exchange('flights', 'received', { artifactUpdate: { taskId: 't-1', contextId: 'c-1', artifact: { artifactId: 'offers', name: 'offers', parts: [{ data: offer }] }, append: index > 0 } }))
    await tell(task, { kind: 'offer', agent: 'flights', offer })
  }
  await tell(task, agent('flights', 'done', `${flights.length} flights, from 182 EUR`), `${flights.length} flights found.`)
  await tell(task, exchange('hotels', 'sent', { message: { messageId: 'm-2', role: 'ROLE_USER', parts: [{ text: 'Hotels in Rome from 6 to 9 May' }] } }))
  await tell(task, exchange('hotels', 'received', { statusUpdate: { taskId: 't-2', contextId: 'c-1', status: { state: 'TASK_STATE_INPUT_REQUIRED' } } }))
  await tell(task, agent('hotels', 'waiting', 'Wants to know about the hotel'))
  await task.requireInput([{ text: 'The hotels agent needs a few details.' }, { data: form }])
}

async function secondTurn (task: TaskContext, passed: Pass): Promise<void> {
  await tell(task, agent('hotels', 'working', 'Looks for quiet rooms'), 'Asking for hotels in Rome.')
  for (const offer of hotels) await tell(task, { kind: 'offer', agent: 'hotels', offer })
  await tell(task, agent('hotels', 'done', '3 hotels, from 390 EUR'), '3 hotels found.')
  await tell(task, agent('activities', 'failed', 'Broke off after one offer'), 'Daylight activities broke off: going on with what it found.')
  await passed('write', task)
  const text = task.artifactStream({ artifactId: 'itinerary', name: 'itinerary' })
  await text.write('# Rome, four days\n\n')
  await text.write('Fly on Thursday morning.')
  await passed('finish', task)
  await text.end({ data: itinerary })
  await tell(task, agent('coordinator', 'done', 'The plan is made'))
  await task.complete('The plan is made: 1,212 of 1,500 EUR.')
}

async function tell (task: TaskContext, progress: Progress, line?: string): Promise<void> {
  const parts: Part[] = [...line === undefined ? [] : [{ text: line }], { data: progress }]
  await task.working(parts)
}

const ids: readonly AgentId[] = ['coordinator', 'flights', 'hotels', 'activities']
const names: Readonly<Record<AgentId, [name: string, role: string]>> = {
  coordinator: ['Trip coordinator', 'The plan'],
  flights: ['SkyRoute flights', 'Flights'],
  charter: ['Charter flights', 'Flights, too'],
  hotels: ['Pillow hotels', 'A place to sleep'],
  activities: ['Daylight activities', 'Things to do']
}

function agent (id: AgentId, state: AgentProgress['agent']['state'], note?: string): AgentProgress {
  const [name, role] = names[id]
  return { kind: 'agent', agent: { id, name, role, url: 'http://localhost:3000/a2a', state, ...note !== undefined && { note } } }
}

function exchange (agent: AgentId, direction: Exchange['direction'], payload: unknown): Exchange {
  return { kind: 'exchange', agent, direction, at: new Date().toISOString(), method: 'SendStreamingMessage', payload }
}

const eur = (amount: number) => ({ amount, currency: 'EUR' as const })

const flights: readonly ItineraryItem[] = [
  ['Lufthansa LH1844', '07:10 to 09:15, nonstop', 364], ['ITA AZ423', '11:40 to 13:45, nonstop', 298],
  ['Ryanair FR135', '06:05 to 08:10, nonstop', 182], ['Swiss LX961', '09:20 to 13:05, by Zurich', 412], ['KLM KL1772', '14:30 to 19:10, by Amsterdam', 388]
].map(([title, detail, price]) => ({ kind: 'flight', title: String(title), detail: String(detail), price: eur(Number(price)), agent: 'flights' }))

const hotels: readonly ItineraryItem[] = [['Casa Trastevere', 'Quiet, 3 nights, breakfast', 540], ['Hotel Aventino', 'With a garden, 3 nights', 612], ['Ostello Nuovo', '3 nights', 390]]
  .map(([title, detail, price]) => ({ kind: 'hotel', title: String(title), detail: String(detail), price: eur(Number(price)), agent: 'hotels' }))

export const form: Form = {
  kind: 'form',
  agent: 'hotels',
  title: 'What kind of hotel?',
  schema: {
    type: 'object',
    required: ['style', 'arrival', 'stars', 'guest'],
    properties: {
      style: { type: 'string', title: 'Style', enum: ['quiet', 'central', 'with a garden'] },
      arrival: { type: 'string', title: 'Arrival', format: 'date' },
      stars: { type: 'integer', title: 'Stars at least', minimum: 1, maximum: 5, default: 3 },
      guest: { type: 'string', title: 'Name of the guest' },
      wishes: { type: 'string', title: 'Other wishes' }
    }
  }
}

const itinerary: Itinerary = {
  kind: 'itinerary',
  destination: 'Rome',
  starts: '2027-05-06',
  days: 4,
  travellers: 2,
  budget: eur(1500),
  total: eur(1212),
  items: [
    { kind: 'flight', day: 1, title: 'Lufthansa LH1844 to Rome', detail: 'Berlin BER 07:10, Rome FCO 09:15, nonstop', price: eur(364), agent: 'flights' },
    { kind: 'hotel', day: 1, title: 'Casa Trastevere', detail: 'Three nights in a quiet double room, with breakfast', price: eur(540), agent: 'hotels' },
    { kind: 'activity', day: 2, title: 'Borghese gallery', detail: 'Two hours from 11:00, tickets for two', price: eur(44), agent: 'activities' },
    { kind: 'flight', day: 4, title: 'ITA AZ420 to Berlin', detail: 'Rome FCO 18:20, Berlin BER 20:30, nonstop', price: eur(264), agent: 'flights' }
  ],
  notes: ['The first hotel was above the budget: Casa Trastevere took its place.']
}

function cardOf (id: AgentId): AgentCard {
  const [name, role] = names[id]
  return {
    name,
    description: `${role}, by an agent of its own.`,
    version: '1.0.0',
    supportedInterfaces: [{ url: `http://localhost:3000/${id}/a2a`, protocolBinding: 'JSONRPC', protocolVersion: '1.0' }],
    capabilities: { streaming: true },
    defaultInputModes: ['text/plain'],
    defaultOutputModes: ['text/plain'],
    skills: [{ id, name: role, description: role, tags: ['travel'] }]
  }
}

const catalogue: AgentCatalogue = {
  specVersion: '1.0',
  entries: ids.slice(1).map(id => ({ identifier: id, type: 'application/a2a-agent-card+json', data: cardOf(id), isHealthy: id !== 'activities' }))
}
