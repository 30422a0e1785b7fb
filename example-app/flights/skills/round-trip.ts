/** The skill round-trip: there and back with one airline, as the airlines answer. */
import type { TaskContext } from '../../../plugins/index.ts'
import { said } from '../../shared/conversation.ts'
import type { Journey, RoundTrip } from '../../shared/offers.ts'
import { pace } from '../../shared/pace.ts'
import { askTimeOfDay, problemOf, readTrip, type TripCriteria } from '../../shared/round-trip.ts'
import { airportsOf, search, type Offer } from '../offers.ts'

export default async function roundTrip (task: TaskContext) {
  const trip = readTrip(said(task))
  const problem = problemOf(trip, place => airportsOf(place).length > 0)
  if (problem !== undefined) return await task.reject(problem)
  if (trip.timeOfDay === undefined) return await task.requireInput(askTimeOfDay(trip))

  // `problemOf` has seen to it that they are there.
  const { from = '', to = '', departs = '', returns = '', travellers = 1, timeOfDay } = trip
  await task.working(`Asking airlines for flights from ${from} to ${to} on ${departs}, in the ${timeOfDay}`)
  const artifact = task.artifactStream({ artifactId: 'offers', name: 'offers' })
  let count = 0
  for await (const offer of roundTrips({ from, to, departs, returns, travellers, timeOfDay }, task.signal)) {
    count++
    await artifact.write({ data: offer })
  }
  if (count === 0) return await task.complete(`No flights from ${from} to ${to} on ${departs} in the ${timeOfDay}.`)
  await artifact.end(`${count} round trips.`)
}

/** The cheapest way back of an airline goes with each of its ways there. */
async function * roundTrips ({ from, to, departs, returns, travellers, timeOfDay }: TripCriteria, signal: AbortSignal): AsyncGenerator<RoundTrip> {
  const back = new Map<string, Offer>()
  for await (const offer of search({ from: to, to: from, date: returns }, { signal })) {
    if (offer.price.amount < (back.get(offer.airline)?.price.amount ?? Infinity)) back.set(offer.airline, offer)
  }
  for await (const outbound of search({ from, to, date: departs, timeOfDay }, { pace, signal })) {
    const inbound = back.get(outbound.airline)
    if (inbound === undefined) continue
    yield {
      id: `${outbound.id}/${inbound.id}`,
      airline: outbound.airline,
      outbound: toJourney(outbound),
      inbound: toJourney(inbound),
      travellers,
      price: { amount: (outbound.price.amount + inbound.price.amount) * travellers, currency: 'EUR' }
    }
  }
}

function toJourney ({ from, to, departs, arrives, stops, legs }: Offer): Journey {
  return { from, to, departs, arrives, stops, flights: legs.map(({ flight }) => flight) }
}
