/** What the page is made of, where no browser is needed. */
import t from 'tap'
import { answerOf, fieldsOf, initialValues, type ObjectSchema } from '../../example-app/page/src/forms/fields.ts'
import { daysOf, itineraryIn, sharesOf } from '../../example-app/page/src/trip/itinerary.ts'
import { tell, type News } from '../../example-app/page/src/trip/tell.ts'
import { noTrip, type Trip } from '../../example-app/page/src/trip/trip.ts'
import type { Itinerary, Money } from '../../example-app/shared/messages.ts'
import type { Part, StreamResponse, TaskState } from '../../schemas/v1/common.ts'

const schema: ObjectSchema = {
  required: ['name', 'nights', 'style'],
  properties: {
    name: { type: 'string', minLength: 2, maxLength: 5 },
    nights: { type: 'integer', title: 'Nights', minimum: 1, maximum: 30 },
    style: { type: 'string', enum: ['quiet', 'central'] },
    maxPrice: { type: 'number', default: 99.5 },
    breakfast: { type: 'boolean', default: true },
    arrival: { type: 'string', format: 'date' }
  }
}
const fields = fieldsOf(schema)

t.test('fields have labels and values to begin with', async t => {
  t.strictSame(fields.map(({ label, isRequired }) => [label, isRequired]), [
    ['Name', true], ['Nights', true], ['Style', true], ['Max price', false], ['Breakfast', false], ['Arrival', false]
  ])
  t.strictSame(initialValues(fields), { name: '', nights: '', style: '', maxPrice: '99.5', breakfast: true, arrival: '' })
})

t.test('what is typed becomes data of the types of the schema; what is empty is left out', async t => {
  t.strictSame(answerOf(fields, { name: ' Ada ', nights: '3', style: 'quiet', maxPrice: '', breakfast: false, arrival: '2027-05-06' }), {
    data: { name: 'Ada', nights: 3, style: 'quiet', breakfast: false, arrival: '2027-05-06' }
  })
})

for (const [values, errors] of [
  [{ name: ' ', nights: '', style: '' }, { name: 'This is needed.', nights: 'This is needed.', style: 'Choose one of these.' }],
  [{ name: 'A', nights: '0', style: 'quiet' }, { name: 'Enter at least 2 characters.', nights: 'Enter 1 or more.' }],
  [{ name: 'Augusta', nights: '31', style: 'quiet' }, { name: 'Enter at most 5 characters.', nights: 'Enter 30 or less.' }],
  [{ name: 'Ada', nights: '1.5', style: 'quiet', maxPrice: 'much', arrival: 'soon' }, { nights: 'Enter a whole number.', maxPrice: 'Enter a number.', arrival: 'Enter a date.' }]
] as const) {
  t.test(`errors are told by field: ${JSON.stringify(values)}`, async t => {
    const answer = answerOf(fields, values)
    t.strictSame('errors' in answer && Object.fromEntries(answer.errors), errors)
  })
}

const at = '2027-05-06T10:00:00Z'
const after = (events: readonly StreamResponse[], trip: Trip = noTrip): Trip => events.map((event): News => ({ type: 'event', event, at })).reduce(tell, trip)

function status (messageId: string, parts: Part[], state: TaskState = 'TASK_STATE_WORKING'): StreamResponse {
  return { statusUpdate: { taskId: 't', contextId: 'c', status: { state, message: { messageId, role: 'ROLE_AGENT', parts } } } }
}

function artifact (parts: Part[], append?: boolean): StreamResponse {
  return { artifactUpdate: { taskId: 't', contextId: 'c', artifact: { artifactId: 'itinerary', parts }, ...append !== undefined && { append } } }
}

t.test('a task that comes whole in the middle tells nothing twice', async t => {
  const line = status('m-1', [{ text: 'Searching' }])
  const trip = after([line, artifact([{ text: '# Rome' }])])
  const task = { id: 't', contextId: 'c', status: { state: 'TASK_STATE_WORKING' as const, message: { messageId: 'm-1', role: 'ROLE_AGENT' as const, parts: [{ text: 'Searching' }] } }, artifacts: [{ artifactId: 'itinerary', parts: [{ text: '# Rome, four days' }] }] }
  const again = after([{ task }, status('m-2', [{ text: 'Found' }])], trip)
  t.strictSame(again.lines, ['Searching', 'Found'])
  t.equal(itineraryIn(again.artifacts).text, '# Rome, four days')
})

t.test('chunks of an artifact are joined, and a new version replaces it', async t => {
  const chunks = [artifact([{ text: '# Ro' }]), artifact([{ text: 'me' }], true)]
  t.equal(itineraryIn(after(chunks).artifacts).text, '# Rome')
  t.equal(itineraryIn(after([...chunks, artifact([{ text: '# Oslo' }])]).artifacts).text, '# Oslo')
})

t.test('a question without a form is asked all the same, and is gone with the next state', async t => {
  const asking = after([status('m-1', [{ text: 'Which month?' }], 'TASK_STATE_INPUT_REQUIRED')])
  t.match(asking, { phase: 'asking', question: { text: 'Which month?', form: undefined } })
  t.match(after([status('m-2', [{ text: 'Going on' }])], asking), { phase: 'running', question: undefined })
})

t.test('a wish begins a new trip with the agents of the last one, at rest', async t => {
  const agent = { id: 'hotels' as const, name: 'Pillow', role: 'Hotels', url: 'http://localhost/a2a', state: 'failed' as const, note: 'Gone' }
  const before = after([status('m-1', [{ text: 'Going' }, { data: { kind: 'agent', agent } }])])
  const { note, ...rest } = agent
  const trip = tell(before, { type: 'sent', at, request: { message: { messageId: 'm', role: 'ROLE_USER', parts: [{ text: 'Oslo' }] } } })
  t.match(trip, { phase: 'running', wish: 'Oslo', lines: [], taskId: undefined })
  t.strictSame(trip.agents, [{ ...rest, state: 'idle' }])
})

t.test('a plan has all its days, and sums by kind', async t => {
  const eur = (amount: number): Money => ({ amount, currency: 'EUR' })
  const item = (kind: 'flight' | 'hotel', price: number, day?: number) => ({ kind, title: kind, detail: '', price: eur(price), agent: 'flights' as const, ...day !== undefined && { day } })
  const plan: Itinerary = {
    kind: 'itinerary', destination: 'Rome', starts: '2027-05-06', days: 2, travellers: 1, budget: eur(500), total: eur(450), items: [item('flight', 100), item('hotel', 200, 1), item('flight', 150, 3)], notes: []
  }
  t.strictSame(daysOf(plan).map(({ day, items }) => [day, items.length]), [[1, 2], [2, 0], [3, 1]])
  t.strictSame(sharesOf(plan), [{ kind: 'flight', price: eur(250) }, { kind: 'hotel', price: eur(200) }])
})
