/** What Kestrel flies: nonstop, twice a day, from twelve cities to where people spend their holidays. */
import { instantOf, localTime } from '../shared/clock.ts'
import type { Place } from '../shared/geography.ts'
import type { Journey, RoundTrip } from '../shared/offers.ts'
import { hash } from '../shared/random.ts'
import type { Half, TripCriteria } from '../shared/round-trip.ts'
import { readRows } from '../shared/rows.ts'

export type Airport = Place & { code: string, city: string, timeZone: string }

export type Departure = {
  number: string
  /** Codes of airports. */
  from: string
  to: string
  half: Half
  /** Local time, `HH:MM`. */
  departs: string
  minutes: number
  /** Of one person, in EUR, before demand. */
  fare: number
}

export const airports = readRows<Airport>(new URL('data/airports.json', import.meta.url))
const departures = readRows<Departure>(new URL('data/departures.json', import.meta.url))

const minute = 60_000

export function flies (place: string): boolean {
  return airportsOf(place).length > 0
}

/** Each way there with each way back, the cheapest first. */
export function findRoundTrips ({ from, to, departs, returns, travellers, timeOfDay }: TripCriteria): RoundTrip[] {
  const there = departuresOn(from, to).filter(({ half }) => half === timeOfDay)
  return there
    .flatMap(outbound => departuresOn(to, from).map(inbound => ({
      id: `${outbound.number}@${departs}/${inbound.number}@${returns}`,
      airline: 'Kestrel Charter',
      outbound: toJourney(outbound, departs),
      inbound: toJourney(inbound, returns),
      travellers,
      price: { amount: (priceOf(outbound, departs) + priceOf(inbound, returns)) * travellers, currency: 'EUR' as const }
    })))
    .sort((a, b) => a.price.amount - b.price.amount)
}

function departuresOn (from: string, to: string): Departure[] {
  const [origins, destinations] = [airportsOf(from), airportsOf(to)].map(found => found.map(({ code }) => code))
  return departures.filter(({ from, to }) => origins?.includes(from) === true && destinations?.includes(to) === true)
}

function airportsOf (place: string): Airport[] {
  return airports.filter(({ code, city }) => code === place.toUpperCase() || city.toLowerCase() === place.toLowerCase())
}

function toJourney ({ number, from, to, departs, minutes }: Departure, date: string): Journey {
  const departure = instantOf(date, departs, zoneOf(from))
  return { from, to, departs: localTime(departure, zoneOf(from)), arrives: localTime(departure + minutes * minute, zoneOf(to)), stops: 0, flights: [number] }
}

/** A fifth up or down by demand. */
function priceOf ({ number, fare }: Departure, date: string): number {
  return Math.round(fare * (0.8 + hash(`${number} ${date}`) % 400 / 1000))
}

function zoneOf (code: string): string {
  return airports.find(airport => airport.code === code)?.timeZone ?? 'UTC'
}
