/** What the planner of the example understands. */
import t from 'tap'
import { instantOf, localTime } from '../../example-app/shared/clock.ts'
import { readDate } from '../../example-app/shared/dates.ts'
import { findOffer, search } from '../../example-app/flights/offers.ts'
import { isPassportNumber } from '../../example-app/flights/passenger.ts'
import { intentOf } from '../../example-app/flights/planner.ts'
import { readMaxPrice, readPassenger, readPlaces } from '../../example-app/flights/sentences.ts'

t.test('places', async t => {
  const readings: Array<[string, object]> = [
    ['Flights from Berlin to Tokyo', { from: 'Berlin', to: 'Tokyo' }],
    ['to New York from Zürich', { from: 'Zurich', to: 'New York' }],
    ['JFK - LHR', { from: 'JFK', to: 'LHR' }],
    ['Berlin → Tokyo', { from: 'Berlin', to: 'Tokyo' }],
    ['berlin to tokyo', { from: 'Berlin', to: 'Tokyo' }],
    ['Berlin', { other: 'Berlin' }],
    ['nowhere', {}]
  ]
  for (const [sentence, places] of readings) t.strictSame(readPlaces(sentence), places, sentence)
})

t.test('dates', async t => {
  const wednesday = '2026-11-18'
  const readings: Array<[string, string | undefined]> = [
    ['on 2027-03-12', '2027-03-12'],
    ['on 12 March', '2027-03-12'],
    ['December 3rd', '2026-12-03'],
    ['the 1st of May, 2028', '2028-05-01'],
    ['18 November', wednesday],
    ['a week in May', '2027-05-08'],
    ['in late November', '2026-11-22'],
    ['in early november, 2028', '2028-11-03'],
    ['in mid-Sept', '2027-09-14'],
    ['a week in Marseille', undefined],
    ['I may go', undefined],
    ['tomorrow', '2026-11-19'],
    ['on Wednesday', '2026-11-25'],
    ['next friday', '2026-11-20'],
    ['31 February', undefined],
    ['2027-02-30', undefined],
    ['some day', undefined]
  ]
  for (const [sentence, date] of readings) t.equal(readDate(sentence, wednesday), date, sentence)
})

t.test('prices, passengers and intents', async t => {
  t.equal(readMaxPrice('under €1,200'), 1200)
  t.strictSame(readPassenger('Ada Lovelace, passport C01X00T47'), { name: 'Ada Lovelace', passportNumber: 'C01X00T47' })
  t.strictSame(readPassenger('my passport number is c01x00t47'), { passportNumber: 'C01X00T47' })
  t.strictSame(readPassenger('Book SK180@2027-03-12'), {})
  t.equal(isPassportNumber('PASSPORT'), false)
  t.equal(intentOf('Cancel K7MQ2X'), 'booking-cancellation')
  t.equal(intentOf('I want to book SK180 tomorrow'), 'flight-booking')
  t.equal(intentOf('Lisbon to Oslo'), 'flight-search')
  t.equal(intentOf('good morning'), undefined)
})

t.test('offers: local times, connections, and the same offer again by its id', async t => {
  t.equal(localTime(instantOf('2027-07-01', '10:00', 'America/New_York'), 'Asia/Tokyo'), '2027-07-01T23:00+09:00')
  let stops = 0
  for await (const offer of search({ from: 'Berlin', to: 'Tokyo', date: '2027-03-12' })) {
    stops = Math.max(stops, offer.stops)
    t.strictSame(findOffer(offer.id), offer)
  }
  t.equal(stops, 1)
  t.equal(findOffer('SK180+SK180@2027-03-12'), undefined)
})
