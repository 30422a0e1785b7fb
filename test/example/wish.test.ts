/** What the coordinator understands, and how it puts offers together. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Fastify from 'fastify'
import { MockLanguageModelV3 } from 'ai/test'
import t from 'tap'
import { generate as activities } from '../../example-app/activities/data/generate.ts'
import { generate as departures } from '../../example-app/charter/data/generate.ts'
import { generate as hotels } from '../../example-app/hotels/data/generate.ts'
import { addDays, today } from '../../example-app/shared/clock.ts'
import type { ActivityOffer, HotelOffer, RoundTrip } from '../../example-app/shared/offers.ts'
import { serialize } from '../../example-app/shared/rows.ts'
import { areaOf, compose, stayOf } from '../../example-app/coordinator/compose.ts'
import { askWhatIsMissing } from '../../example-app/coordinator/forms.ts'
import { modelMind } from '../../example-app/coordinator/model-mind.ts'
import { readWish, withDefaults, type Wish } from '../../example-app/coordinator/wish.ts'
import { root } from './process.ts'

const said = (...texts: string[]) => texts.map(text => ({ text, data: {} }))

t.test('wishes', async t => {
  const readings: Array<[string, Partial<Wish>]> = [
    ['Seven days in Tokyo for two, up to 4500 EUR. We love temples and sushi', { destination: 'Tokyo', days: 7, travellers: 2, budget: 4500, interests: ['temples', 'food'] }],
    ['seven days in Tokyo', { destination: 'Tokyo', days: 7 }],
    ['A week in Rome from Munich with my wife and me, €3,200, museums', { origin: 'Munich', destination: 'Rome', days: 7, travellers: 2, budget: 3200, interests: ['art'] }],
    ['10 nights in new york for 3 people, budget 6k', { destination: 'New York', days: 11, travellers: 3, budget: 6000 }],
    ['From Paris to Lisbon, two weeks, 1.800 euros, evening flight', { origin: 'Paris', destination: 'Lisbon', days: 14, budget: 1800, timeOfDay: 'evening' }],
    ['a long weekend in Vienna on 2090-05-05, solo, at most 700', { destination: 'Vienna', days: 3, starts: '2090-05-05', travellers: 1, budget: 700 }],
    ['Family of four, 5 days in Barcelona, less than 4000 euro', { destination: 'Barcelona', days: 5, travellers: 4, budget: 4000 }],
    ['Seoul for 6 days under 2000', { destination: 'Seoul', days: 6, budget: 2000 }],
    ['$4000 for London', { destination: 'London' }],
    ['5000', { budget: 5000 }],
    ['hello', {}]
  ]
  for (const [text, wish] of readings) t.strictSame(readWish(said(text)), wish, text)
})

t.test('of a conversation, the latest word counts', async t => {
  t.strictSame(readWish([...said('Tokyo, 5 days, 3000 EUR', 'make it Seoul'), { text: '', data: { budget: 3500, days: 4.2, travellers: -1, destination: 'nowhere' } }]), { destination: 'Seoul', days: 4, budget: 3500 })
})

t.test('what is missing is asked for, and nothing else', async t => {
  t.strictSame(withDefaults({}).starts, addDays(today(), 30))
  t.strictSame(askWhatIsMissing(withDefaults({}))?.schema.required, ['destination', 'days', 'budget'])
  t.match(askWhatIsMissing(withDefaults({ travellers: 3 }))?.schema.properties, { travellers: { default: 3 } }, 'what was said stays')
  const wish = withDefaults({ destination: 'Rome', days: 4, budget: 900 })
  t.equal(askWhatIsMissing(wish), undefined)
  t.strictSame(askWhatIsMissing({ ...wish, starts: '2020-01-01' })?.schema.required, ['starts'])
  t.strictSame(askWhatIsMissing({ ...wish, days: 1 })?.schema.required, ['days'])
  t.strictSame(askWhatIsMissing({ ...wish, ...readWish(said('for 30 people, 100 days')) })?.schema.required, ['days', 'travellers'])
})

const euros = (amount: number) => ({ amount, currency: 'EUR' as const })
const wish: Wish = { origin: 'Berlin', destination: 'Rome', starts: '2090-03-10', days: 4, travellers: 1, budget: 1000, interests: [] }

function flight (id: string, price: number, arrives = '2090-03-10T10:00+01:00'): RoundTrip {
  const way = { from: 'BER', to: 'FCO', departs: '2090-03-10T08:00+01:00', arrives, stops: 0, flights: [id] }
  return { id, airline: 'Air', outbound: way, inbound: way, travellers: 1, price: euros(price) }
}

function hotel (id: string, price: number, rating: number): HotelOffer {
  return { id, name: id, area: 'Monti', stars: 3, rating, checkIn: '2090-03-10', nights: 3, rooms: 1, price: euros(price) }
}

function activity (id: string, price: number, { area = 'Monti', hours = 2, sight = id } = {}): ActivityOffer {
  return { id, title: id, sight, area, interests: [], hours, rating: 9, price: euros(price) }
}

t.test('the cheapest flight, the best liked hotel for seven tenths of the rest, and activities as far as the money goes', async t => {
  const plan = compose(wish, {
    flights: [flight('b', 400), flight('a', 300)],
    hotels: [hotel('palace', 600, 10), hotel('fine', 480, 9), hotel('plain', 200, 7)],
    activities: [activity('one', 100), activity('dear', 150), activity('two', 100), activity('last', 20)]
  })
  if (plan === undefined || 'needed' in plan) return t.fail('there is no plan')
  t.strictSame([plan.flight.id, plan.hotel.id, plan.visits.map(({ activity }) => activity.id)], ['a', 'fine', ['one', 'two', 'last']])
  t.equal(plan.total, 1000)
})

t.test('days are filled evenly, with no sight twice, and neither before the arrival nor on the last day', async t => {
  const offers = { flights: [flight('a', 10, '2090-03-11T15:00+01:00')], hotels: [hotel('h', 10, 8)] }
  const plan = compose(wish, { ...offers, activities: [activity('x1', 1, { sight: 'x' }), activity('x2', 1, { sight: 'x' }), activity('y', 1), activity('z', 1)] })
  t.match(plan, { visits: [{ day: 3, activity: { id: 'x1' } }, { day: 3, activity: { id: 'y' } }] })
  const { visits = [] } = Object(plan)
  t.equal(visits.length, 2)
  const early = compose(wish, { ...offers, flights: [flight('a', 10)], activities: ['a', 'b', 'c', 'd'].map(id => activity(id, 1, { hours: 4 })) })
  t.strictSame(Object(early).visits.map(({ day }: { day: number }) => day), [1, 2, 3])
  t.strictSame(stayOf(wish, flight('a', 1, '2090-03-11T15:00+01:00')), { checkIn: '2090-03-11', nights: 2 })
})

t.test('says what the least costs, and that there is nothing', async t => {
  t.strictSame(compose(wish, { flights: [flight('a', 900)], hotels: [hotel('h', 200, 8)], activities: [] }), { needed: 1100 })
  t.equal(compose(wish, { flights: [], hotels: [hotel('h', 200, 8)], activities: [] }), undefined)
})

t.test('the area of most activities, where there is one', async t => {
  const visits = (...areas: string[]) => areas.map((area, day) => ({ day, activity: activity(String(day), 1, { area }) }))
  t.equal(areaOf(visits('a', 'b', 'b', 'c')), 'b')
  t.equal(areaOf(visits('a', 'b')), undefined)
  t.equal(areaOf([]), undefined)
})

t.test('a model reads what rules do not; what it makes up is checked, and without it the rules do', async t => {
  const usage = { inputTokens: { total: 1, noCache: 1, cacheRead: undefined, cacheWrite: undefined }, outputTokens: { total: 1, text: 1, reasoning: undefined } }
  const says = (text: string) => new MockLanguageModelV3({ doGenerate: { content: [{ type: 'text', text }], finishReason: { unified: 'stop', raw: undefined }, usage, warnings: [] } })
  const task = { signal: new AbortController().signal, log: Fastify().log }
  const text = 'Somewhere with ramen and many shrines, a fortnight, four grand, the two of us'
  const read = await modelMind(says('{"destination":"Tokyo","days":14,"budget":4000,"travellers":99}')).read(said(text), task)
  t.match(read, { destination: 'Tokyo', days: 14, budget: 4000, travellers: 2, interests: ['temples', 'food'] })
  const broken = modelMind(new MockLanguageModelV3({ doGenerate: async () => { throw new Error('no credit') } }))
  t.match(await broken.read(said('Tokyo, 5 days'), task), { destination: 'Tokyo', days: 5 })
  const itinerary = { kind: 'itinerary' as const, destination: 'Rome', starts: '2090-03-10', days: 3, travellers: 1, budget: euros(2), total: euros(1), items: [], notes: [] }
  t.equal(await broken.introduce(itinerary, task), undefined)
  t.equal(await modelMind(says('Enjoy Rome.')).introduce(itinerary, task), 'Enjoy Rome.')
})

t.test('the data sets are what their generators make', async t => {
  for (const [file, rows, least] of [['hotels/data/hotels.json', hotels(), 350], ['activities/data/activities.json', activities(), 350], ['charter/data/departures.json', departures(), 350]] as const) {
    t.ok(rows.length > least, `${rows.length} rows`)
    t.ok(readFileSync(join(root, 'example-app', file), 'utf8') === serialize(rows), file)
  }
})
