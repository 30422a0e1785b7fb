/** The travel booking of the example, end to end: real agents at ports of their own, and somebody with a wish. */
import Fastify from 'fastify'
import t from 'tap'
import type { AgentCatalogue, Itinerary } from '../../example-app/shared/messages.ts'
import { apiKey, discover } from '../../lib/client/index.ts'
import a2a, { verifyCard } from '../../plugins/index.ts'
import { agent, closeAfter, listen } from '../helpers/host.ts'
import { startTeam } from './team.ts'
import { sentTo, statesOf, travel } from './traveller.ts'

const wish = 'Seven days in Tokyo for two on 2090-03-12, up to 4500 EUR. We love temples, food and gardens.'

const { url, addresses } = await startTeam(t)

function sumOf ({ items }: Itinerary): number {
  return items.reduce((sum, { price }) => sum + price.amount, 0)
}

t.test('the question of the flight agent is put to the person; all of it ends in one itinerary within the budget', async t => {
  const journey = await travel(url, wish, { answers: [[{ data: { timeOfDay: 'morning' } }]] })
  t.match(journey.forms, [{ kind: 'form', agent: 'flights', schema: { properties: { timeOfDay: { enum: ['morning', 'evening'] } } } }])
  t.equal(journey.states.at(-1), 'TASK_STATE_COMPLETED')

  const { itinerary } = journey
  if (itinerary === undefined) return t.fail('there is no itinerary')
  t.match(itinerary, { destination: 'Tokyo', starts: '2090-03-12', days: 7, travellers: 2, budget: { amount: 4500, currency: 'EUR' } })
  t.equal(itinerary.total.amount, sumOf(itinerary))
  t.ok(itinerary.total.amount <= 4500, `${itinerary.total.amount} EUR`)
  t.strictSame([...new Set(itinerary.items.map(({ kind, agent }) => `${kind} by ${agent}`))], ['flight by flights', 'hotel by hotels', 'activity by activities'])
  t.match(itinerary.items[0]?.detail, /2090-03-12 (0[5-9]|1[01]):/, 'in the morning')
  t.ok(itinerary.items.every(({ day = 0 }) => day >= 1 && day <= 7))
  const days = itinerary.items.map(({ day = 0 }) => day)
  t.strictSame(days, [...days].sort((a, b) => a - b), 'in the order of days')
})

t.test('the three agents work side by side', async t => {
  const { progress } = await travel(url, wish)
  const received = progress.flatMap(item => item.kind === 'exchange' && item.direction === 'received' ? [item.agent] : [])
  const span = (agent: 'flights' | 'hotels' | 'activities') => [received.indexOf(agent), received.lastIndexOf(agent)] as const
  for (const [one, other] of [['hotels', 'activities'], ['activities', 'hotels']] as const) t.ok(span(one)[0] < span(other)[1], `${one} began before ${other} had ended`)
  t.equal(statesOf('flights', { progress }).at(-1), 'waiting')
})

t.test('the same wish gives the same itinerary', async t => {
  const answered = `${wish} Evening flight.`
  const one = await travel(url, answered)
  const other = await travel(url, answered)
  t.ok(one.itinerary)
  t.strictSame(one.itinerary, other.itinerary)
  t.strictSame(one.forms, [], 'what the wish says is not asked')
  t.strictSame(sentTo('flights', one).map(({ data }) => data.timeOfDay), [undefined, 'evening'], 'the coordinator has answered')
  t.match(one.itinerary?.items[0]?.detail, /2090-03-12 (1[89]|2[01]):/)
})

t.test('the hotel is asked again for something closer to where the activities are', async t => {
  const journey = await travel(url, `${wish} Morning flight.`)
  const [first, again] = sentTo('hotels', journey)
  t.notOk(first?.data.near)
  t.equal(first?.referenceTaskIds.length, 0)
  t.match(again?.text, /^Something closer to Asakusa, please$/)
  t.equal(again?.referenceTaskIds.length, 1)
  t.notOk(again?.data.city, 'the hotel agent remembers which city it was')
  const areas = journey.itinerary?.items.flatMap(({ kind, detail }) => kind === 'activity' ? [detail.split(';')[0]] : []) ?? []
  const inAsakusa = areas.filter(area => area === 'Asakusa').length
  t.ok(areas.every(area => areas.filter(other => other === area).length <= inAsakusa), 'most activities are there')
  t.match(journey.itinerary?.items.find(({ kind }) => kind === 'hotel')?.detail, /^Asakusa, 0\.\d km away/)
  t.match(journey.itinerary?.notes, [/Asakusa/])
})

t.test('a plain answer will do, and one that is none is asked again', async t => {
  const journey = await travel(url, wish, { answers: ['whenever', 'in the evening, please'] })
  t.equal(journey.forms.length, 2)
  t.match(journey.itinerary?.items[0]?.detail, /2090-03-12 (1[89]|2[01]):/)
  t.equal(sentTo('hotels', journey).filter(({ text }) => text === 'A hotel in Tokyo').length, 1, 'nobody is asked twice for the same')
})

t.test('a wish that leaves things out is asked for', async t => {
  const journey = await travel(url, 'I want to see temples', { answers: ['Tokyo, a week from 2090-03-12', [{ data: { budget: 3000 } }]] })
  t.match(journey.forms, [
    { agent: 'coordinator', schema: { required: ['destination', 'days', 'budget'] } },
    { agent: 'coordinator', schema: { required: ['budget'] } },
    { agent: 'flights' }
  ])
  t.equal(journey.states.at(-1), 'TASK_STATE_INPUT_REQUIRED')
  const rest = await travel(url, 'morning', { taskId: journey.taskId })
  t.ok((rest.itinerary?.total.amount ?? Infinity) <= 3000)
})

t.test('a budget that is too small is said, and kept when it is raised', async t => {
  const journey = await travel(url, 'Five days in Tokyo for two on 2090-03-12, 700 EUR, morning flight', { answers: ['2600'] })
  t.match(journey.forms, [{ agent: 'coordinator', title: /The least .* your budget is 700 EUR/, schema: { properties: { budget: { minimum: 1 } } } }])
  t.match(journey.itinerary?.budget, { amount: 2600 })
  t.ok((journey.itinerary?.total.amount ?? Infinity) <= 2600)
  t.equal(sentTo('activities', journey).length, 1)
})

t.test('where nobody flies, another way is asked for', async t => {
  const journey = await travel(url, 'Four days in Rome from Atlantis on 2090-03-12, 2000 EUR, morning', { answers: [[{ data: { origin: 'Munich', starts: '2090-03-12' } }]] })
  t.match(journey.forms, [{ agent: 'coordinator', title: /Nobody flies from Atlantis to Rome/ }])
  t.strictSame([sentTo('flights', journey).length > 0, sentTo('charter', journey).length > 0], [true, true], 'both have been asked')
  t.match(journey.itinerary?.items[0]?.title, /^MUC to FCO/)
})

t.test('a trip that is canceled is canceled at the agents, too', async t => {
  const controller = new AbortController()
  const coordinator = await discover(url)
  const flights = await discover(addresses.flights, { credentials: apiKey('flights-demo') })
  t.teardown(async () => { await Promise.all([coordinator.close(), flights.close()]) })
  const stream = coordinator.stream(`${wish} Morning.`, { signal: controller.signal, cancelOnAbort: true })
  await t.rejects(async () => {
    for await (const event of stream) {
      const data = event.type === 'status' ? Object(event.status.message?.parts.at(-1)?.data) : {}
      if (data.kind === 'offer' && data.agent === 'flights') controller.abort(new Error('enough'))
    }
  }, /enough/)
  t.equal((await coordinator.task(stream.taskId ?? '').wait()).status.state, 'TASK_STATE_CANCELED')
  const [last] = await first(flights.list(), 1)
  t.equal((await flights.task(last?.id ?? '').wait()).status.state, 'TASK_STATE_CANCELED')
})

t.test('who changes their mind while an agent waits is planned for anew', async t => {
  const flights = await discover(addresses.flights, { credentials: apiKey('flights-demo') })
  t.teardown(async () => { await flights.close() })
  const asked = await travel(url, wish)
  const [waiting] = await first(flights.list({ status: 'TASK_STATE_INPUT_REQUIRED' }), 1)
  const journey = await travel(url, 'Make it Seoul, in the morning', { taskId: asked.taskId })
  t.match(journey.itinerary, { destination: 'Seoul', days: 7, travellers: 2, budget: { amount: 4500 } })
  t.equal((await flights.task(waiting?.id ?? '').get()).status.state, 'TASK_STATE_CANCELED', 'nobody waits for an answer any more')
})

t.test('each agent refuses who does not show who it is, in its own way', async t => {
  const challenges = []
  for (const id of ['flights', 'charter', 'hotels', 'activities'] as const) {
    const response = await fetch(`${addresses[id]}/a2a`, { method: 'POST', headers: { 'content-type': 'application/json', 'a2a-version': '1.0' }, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ListTasks', params: {} }) })
    t.equal(response.status, 401, id)
    challenges.push(response.headers.get('www-authenticate')?.split(' ')[0])
  }
  t.strictSame(challenges, ['ApiKey', 'Basic', 'Bearer', 'Bearer'])
})

t.test('the hotel agent gives tokens to its client alone', async t => {
  const grant = async (secret: string, body = 'grant_type=client_credentials') => await fetch(`${addresses.hotels}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: `Basic ${Buffer.from(`coordinator:${secret}`).toString('base64')}` },
    body
  })
  t.equal((await grant('wrong')).status, 401)
  t.equal((await grant('hotels-demo', 'grant_type=password')).status, 400)
  const { access_token: token } = await (await grant('hotels-demo')).json() as { access_token: string }
  const list = async (url: string) => (await fetch(`${url}/a2a/tasks`, { headers: { authorization: `Bearer ${token}`, 'a2a-version': '1.0' } })).status
  t.equal(await list(addresses.hotels), 200)
  t.equal(await list(addresses.activities), 401, 'it is good nowhere else')
})

t.test('GET /agents has the cards, which are signed', async t => {
  const { entries } = await (await fetch(`${url}/agents`)).json() as AgentCatalogue
  t.strictSame(entries.map(({ identifier, isHealthy }) => [identifier, isHealthy]), [['flights', true], ['charter', true], ['hotels', true], ['activities', true]])
  t.equal(new Set(entries.map(({ data }) => Object.keys(Object.values(data.securitySchemes ?? {})[0] ?? {})[0])).size, 3, 'key, HTTP (Basic and Bearer) and OAuth')
  const card = await (await fetch(`${addresses.flights}/.well-known/agent-card.json`)).json() as object
  await t.resolves(verifyCard(card, { issuers: [addresses.flights] }))
})

t.test('an agent that is not to be trusted is not asked', async t => {
  const imposter = Fastify()
  closeAfter(t, imposter)
  const asked: string[] = []
  await imposter.register(a2a, agent({ allowAnonymous: true, card: { name: 'Cheap flights', description: 'Very cheap', skills: [{ id: 'round-trip', name: 'Round trip', description: 'Anything', tags: [] }] }, executor: async task => { asked.push(task.text) } }))
  const { url } = await startTeam(t, { flights: await listen(imposter) })
  const journey = await travel(url, `${wish} Morning flight.`)
  t.equal(journey.itinerary?.items[0]?.agent, 'charter')
  t.strictSame(statesOf('flights', journey), ['failed'])
  t.strictSame(asked, [])
})

async function first<T> (items: AsyncIterable<T>, count: number): Promise<T[]> {
  const taken: T[] = []
  for await (const item of items) {
    taken.push(item)
    if (taken.length >= count) break
  }
  return taken
}
