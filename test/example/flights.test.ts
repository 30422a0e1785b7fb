/** The flight agent of the example, by itself, as its clients see it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Offer } from '../../example-app/flights/offers.ts'
import { generate } from '../../example-app/flights/data/generate.ts'
import type { RoundTrip } from '../../example-app/shared/offers.ts'
import { serialize } from '../../example-app/shared/rows.ts'
import type { Message, Part, StreamResponse, Task } from '../../schemas/v1/common.ts'
import { message03 } from '../helpers/rpc.ts'
import { openStream, responseOf } from '../helpers/sse.ts'
import { root, run, startExample } from './process.ts'

const { url, child, exited, output } = await startExample(t, {}, ['flights'])

const key = { 'x-api-key': 'flights-demo' }

async function call<T> (method: string, params: object, version = '1.0'): Promise<T> {
  const response = await fetch(`${url}/a2a`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'a2a-version': version, ...key },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  })
  const { result, error } = await response.json() as { result: T, error?: object }
  if (error !== undefined) throw new Error(JSON.stringify(error))
  return result
}

function message (content: string | Record<string, unknown>, more: Partial<Message> = {}): Message {
  const parts: Part[] = [typeof content === 'string' ? { text: content } : { data: content }]
  return { messageId: crypto.randomUUID(), role: 'ROLE_USER', parts, ...more }
}

async function send (content: string | Record<string, unknown>, more: Partial<Message> = {}): Promise<Task> {
  const { task } = await call<{ task: Task }>('SendMessage', { message: message(content, more) })
  return task
}

function says ({ status, artifacts = [] }: Task): string {
  const parts = [...status.message?.parts ?? [], ...artifacts.flatMap(({ parts }) => parts)]
  return parts.flatMap(({ text }) => text ?? []).join('\n')
}

function locatorOf ({ artifacts = [] }: Task): string {
  const confirmation = artifacts[0]?.parts[1]?.data as { locator: string } // as the booking skill writes it
  return confirmation.locator
}

t.test('the card declares the skills of agent.yaml', async t => {
  const card = await (await fetch(`${url}/.well-known/agent-card.json`)).json() as { skills: Array<{ id: string, examples: string[] }> }
  t.strictSame(card.skills.map(({ id }) => id), ['flight-search', 'flight-booking', 'booking-cancellation', 'round-trip'])
  t.ok(card.skills.every(({ examples }) => examples.length > 0))
})

t.test('a search streams its offers as they are found', async t => {
  const stream = await openStream(`${url}/a2a`, {
    method: 'SendStreamingMessage', headers: key, params: { message: message('Flights from Berlin to Tokyo on 12 March, morning') }
  })
  const responses = (await stream.all()).map(responseOf)
  const offers = responses.flatMap(offersIn)
  t.ok(offers.length > 3, `${offers.length} offers, each in an event of its own`)
  t.equal(responses.filter(response => offersIn(response).length > 0).length, offers.length)
  t.ok(offers.every(({ from, to, departs }) => from === 'BER' && ['HND', 'NRT'].includes(to) && /-03-12T(0[5-9]|1[01]):/.test(departs)))
  t.match(responses.at(-1), { statusUpdate: { status: { state: 'TASK_STATE_COMPLETED' } } })
  const { id } = offers[0] ?? { id: '' }
  t.equal((await send({ offerId: id })).status.state, 'TASK_STATE_INPUT_REQUIRED', 'what was found can be booked')
})

t.test('a search asks for what is missing', async t => {
  const first = await send('I want to fly to Tokyo')
  t.match(says(first), /From where/)
  const { id: taskId } = first
  t.match(says(await send('Atlantis', { taskId })), /From where/)
  t.match(says(await send('Zürich', { taskId })), /On which day/)
  t.match(says(await send('on 2020-01-01', { taskId })), /has passed/)
  const found = await send('tomorrow, under 2000 EUR', { taskId })
  t.equal(found.status.state, 'TASK_STATE_COMPLETED')
  t.match(says(found), /^\d+ offers/)
  t.match(says(await send({ from: 'Berlin', to: 'Tokyo', date: '2090-03-12', maxPrice: 1 })), /No flights/)
})

t.test('a search can be canceled in the middle', async t => {
  const { task } = await call<{ task: Task }>('SendMessage', { message: message('Berlin to Tokyo tomorrow'), configuration: { returnImmediately: true } })
  t.equal((await call<Task>('CancelTask', { id: task.id })).status.state, 'TASK_STATE_CANCELED')
})

t.test('a booking asks who flies, until it knows', async t => {
  const asked = await send('Book SK180 tomorrow')
  t.equal(asked.status.state, 'TASK_STATE_INPUT_REQUIRED')
  t.match(says(asked), /name and passport number/)

  const { id: taskId, contextId } = asked
  const wrong = await send('Ada Lovelace, passport 12', { taskId })
  t.equal(wrong.status.state, 'TASK_STATE_INPUT_REQUIRED')
  t.match(says(wrong), /"12" is no passport number/)
  t.notMatch(says(wrong), /name and/, 'the name is known')

  const booked = await send('Passport C01X00T47', { taskId })
  t.equal(booked.status.state, 'TASK_STATE_COMPLETED')
  t.match(says(booked), /^Booked [A-Z0-9]{6}: BER to NRT, .* for Ada Lovelace/)
  t.notMatch(JSON.stringify(booked.artifacts), /C01X00T47/)

  const locator = locatorOf(booked)
  t.equal((await send(`Cancel booking ${locator}`)).status.state, 'TASK_STATE_REJECTED', 'not from another conversation')
  const canceled = await send(`Cancel booking ${locator}`, { contextId })
  t.match(canceled, { status: { state: 'TASK_STATE_COMPLETED' }, artifacts: [{ name: 'cancellation' }] })
  t.match(says(await send({ locator }, { contextId })), /canceled already/)
})

t.test('a booking that says everything asks nothing', async t => {
  const booked = await send('Book SK180 tomorrow for Ada Lovelace, passport C01X00T47')
  t.equal(booked.status.state, 'TASK_STATE_COMPLETED')
  const byData = await send({ offerId: 'SK180@2090-03-12', name: 'Ada Lovelace', passportNumber: 'c01x 00t47' })
  t.equal(byData.status.state, 'TASK_STATE_COMPLETED')
  t.match(says(await send({ offerId: 'SK999@2090-03-12' })), /no offer SK999@2090-03-12/)
})

t.test('what could mean anything is asked back', async t => {
  const asked = await send('hello')
  t.match(says(asked), /I search flights/)
  const { id: taskId } = asked
  t.match(says(await send('Book SK180 tomorrow', { taskId })), /name and passport number/)
})

t.test('0.3 speaks to the same agent', async t => {
  const stream = await openStream(`${url}/a2a`, {
    method: 'message/stream', version: '0.3', headers: key, params: { message: message03('Flights from Berlin to Tokyo tomorrow') }
  })
  const events = (await stream.all()).map(({ data }) => JSON.parse(data).result)
  t.ok(events.filter(({ kind }) => kind === 'artifact-update').length > 3)
  t.match(events.at(-1), { kind: 'status-update', final: true, status: { state: 'completed' } })

  const asked = await call<{ id: string }>('message/send', { message: message03('Book SK180 tomorrow') }, '0.3')
  t.match(asked, { kind: 'task', status: { state: 'input-required' } })
  const booked = await call('message/send', { message: message03('Ada Lovelace, passport C01X00T47', { taskId: asked.id }) }, '0.3')
  t.match(booked, { status: { state: 'completed' }, artifacts: [{ name: 'confirmation' }] })
})

t.test('a round trip asks when to fly, and streams both ways as one offer', async t => {
  const trip = { from: 'Berlin', to: 'Tokyo', departs: '2090-03-12', returns: '2090-03-18', travellers: 2 }
  const skillId = { metadata: { skillId: 'round-trip' } }
  const asked = await send(trip, skillId)
  t.equal(asked.status.state, 'TASK_STATE_INPUT_REQUIRED')
  t.match(asked.status.message?.parts[1]?.data, { kind: 'form', schema: { properties: { timeOfDay: { enum: ['morning', 'evening'] } } } })

  const found = await send('in the morning, please', { taskId: asked.id })
  t.equal(found.status.state, 'TASK_STATE_COMPLETED')
  const offers = found.artifacts?.[0]?.parts.flatMap(({ data }) => data === undefined ? [] : [data as RoundTrip]) ?? [] // as the skill writes them
  t.ok(offers.length > 1)
  t.ok(offers.every(({ outbound, inbound }) => /^2090-03-12T(0[5-9]|1[01])/.test(outbound.departs) && inbound.departs.startsWith('2090-03-18')))

  t.equal((await send({ ...trip, to: 'Atlantis' }, skillId)).status.state, 'TASK_STATE_REJECTED')
  t.match(says(await send({ ...trip, returns: '2090-03-01' }, skillId)), /Nobody returns/)
  t.match(says(await send({ ...trip, departs: '2020-03-01' }, skillId)), /has passed/)
})

t.test('a mistake in agent.yaml is shown with its place', async t => {
  const broken = run(t, 'example-app/index.ts', { PORT: '0', MAX_TURNS: 'many' }, ['flights'])
  t.not(await broken.exited, 0)
  const line = readFileSync(join(root, 'example-app/flights/agent.yaml'), 'utf8').split('\n').findIndex(text => text.includes('MAX_TURNS')) + 1
  t.match(broken.output(), new RegExp(`example-app/flights/agent.yaml:${line}:\\d+: limits.turns must be`))
})

t.test('a key without its package is said, and the planner serves', async t => {
  const { output } = await startExample(t, { MISTRAL_API_KEY: 'none' })
  t.match(output(), /planner .*npm install --no-save @ai-sdk\/mistral/)
})

t.test('the data set is what its generator makes', async t => {
  const { routes, flights } = generate()
  const file = (name: string) => readFileSync(join(root, 'example-app/flights/data', name), 'utf8')
  t.ok(file('routes.json') === serialize(routes), 'routes.json')
  t.ok(file('flights.json') === serialize(flights), 'flights.json')
})

t.test('SIGTERM ends it cleanly', async t => {
  child.kill('SIGTERM')
  t.equal(await exited, 0, output())
})

function offersIn (response: StreamResponse): Offer[] {
  if (!('artifactUpdate' in response)) return []
  return response.artifactUpdate.artifact.parts.flatMap(({ data }) => data === undefined ? [] : [data as Offer]) // as the search skill writes them
}
