/** The three things that a trip is made of, each asked for once, however many turns the conversation takes. */
import { addDays } from '../shared/clock.ts'
import { isActivityOffer, isHotelOffer, isRoundTrip, type ActivityOffer, type HotelOffer, type RoundTrip } from '../shared/offers.ts'
import { abandon, reply, run, type Desk, type Errand, type Outcome } from './errand.ts'
import { activityItem, flightItem, hotelItem } from './items.ts'
import type { Wish } from './wish.ts'

export function lastDay ({ starts, days }: Wish): string {
  return addDays(starts, days - 1)
}

/** Where the wish does not say when to leave, the flight agent's question is left open. */
export async function findFlights (desk: Desk, wish: Wish): Promise<Outcome<RoundTrip> | undefined> {
  const { origin, destination, starts, travellers, timeOfDay } = wish
  const request = { from: origin, to: destination, departs: starts, returns: lastDay(wish), travellers }
  const errand: Errand<RoundTrip> = {
    skill: 'round-trip',
    parts: [{ text: `From ${origin} to ${destination} and back` }, { data: request }],
    isOffer: isRoundTrip,
    ...timeOfDay !== undefined && { answer: [{ data: { timeOfDay } }] },
    onOffer: async (offer, agent) => { await desk.report.offer(agent, flightItem(offer, agent)) }
  }
  return await once(desk, 'flights', request, async waiting => {
    // The answer of the person goes to the one who has asked, and to another one if that has failed meanwhile.
    const answered = waiting && await reply(desk, errand, waiting, desk.task.message.parts)
    const without = waiting === undefined ? [] : [...waiting.failed, waiting.agent]
    const outcome = answered ?? await run(desk, errand, without)
    if (outcome === undefined || outcome.question !== undefined || outcome.offers.length > 0) return outcome
    return await run(desk, errand, [...outcome.failed, outcome.agent]) ?? outcome
  })
}

export async function findHotels (desk: Desk, wish: Wish): Promise<Outcome<HotelOffer> | undefined> {
  const { destination, starts, days, travellers } = wish
  return await askHotels(desk, 'hotels', { city: destination, checkIn: starts, nights: days - 1, travellers }, `A hotel in ${destination}`)
}

/** The hotel agent looks up the earlier task, and what was said there. */
export async function findCloserHotels (desk: Desk, earlier: string, near: string | undefined, checkIn: string, nights: number): Promise<Outcome<HotelOffer> | undefined> {
  const text = near === undefined ? 'Something from another day on, please' : `Something closer to ${near}, please`
  return await askHotels(desk, 'closer', { ...near !== undefined && { near }, checkIn, nights }, text, [earlier])
}

async function askHotels (desk: Desk, name: string, request: object, text: string, referenceTaskIds: string[] = []): Promise<Outcome<HotelOffer> | undefined> {
  return await once(desk, name, { ...request, referenceTaskIds }, async () => await run(desk, {
    skill: 'hotel-search',
    parts: [{ text }, { data: request }],
    referenceTaskIds,
    isOffer: isHotelOffer,
    onOffer: async (offer, agent) => { await desk.report.offer(agent, hotelItem(offer, agent)) }
  }))
}

export async function findActivities (desk: Desk, { destination, interests, days, travellers }: Wish): Promise<Outcome<ActivityOffer> | undefined> {
  const request = { city: destination, interests, days, travellers }
  return await once(desk, 'activities', request, async () => await run(desk, {
    skill: 'activity-search',
    parts: [{ text: `Things to do in ${destination}` }, { data: request }],
    isOffer: isActivityOffer,
    onOffer: async (offer, agent) => { await desk.report.offer(agent, activityItem(offer, agent)) }
  }))
}

type Kept<T> = { key: string, outcome: Outcome<T> }

/** What an earlier turn has found is found no second time, unless something else is asked for. What waits for an answer goes on. */
async function once<T> (desk: Desk, name: string, request: object, find: (waiting: Outcome<T> | undefined) => Promise<Outcome<T> | undefined>): Promise<Outcome<T> | undefined> {
  const { task, report } = desk
  const key = JSON.stringify(request)
  // Only the lines below remember it.
  const kept = task.memory[name] as Kept<T> | undefined
  const known = kept?.key === key ? kept.outcome : undefined
  if (known !== undefined && known.question === undefined) {
    await report.agent(known.agent, 'done', `${known.offers.length} offers`)
    return known
  }
  if (kept?.outcome.question !== undefined && known === undefined) await abandon(desk, kept.outcome)
  const outcome = await find(known)
  if (outcome !== undefined && (outcome.offers.length > 0 || outcome.question !== undefined)) await task.remember({ [name]: { key, outcome } })
  return outcome
}
