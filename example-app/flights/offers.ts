/** The search: what can be flown from one city to another on a day, direct and with one stop. */
import { setTimeout as sleep } from 'node:timers/promises'
import { addDays, instantOf, localTime, weekday } from '../shared/clock.ts'
import { distance } from '../shared/geography.ts'
import { airlineOf, airlines, airportOf, airports, findFlight, flightsFrom, routeOf, type Airline, type Flight } from './network.ts'
import { hash } from '../shared/random.ts'

export const timesOfDay = ['morning', 'afternoon', 'evening', 'night'] as const
export type TimeOfDay = typeof timesOfDay[number]

export type Criteria = {
  /** A city, or the code of an airport. */
  from: string
  to: string
  /** `YYYY-MM-DD`, at the place of departure. */
  date: string
  timeOfDay?: TimeOfDay
  /** In EUR. */
  maxPrice?: number
  nonstop?: boolean
}

export type Leg = { flight: string, from: string, to: string, departs: string, arrives: string, aircraft: string }

export type Offer = {
  /** The flight numbers and the date of departure: `SK222@2027-03-12`. Enough to find the offer again. */
  id: string
  airline: string
  from: string
  to: string
  departs: string
  arrives: string
  minutes: number
  stops: number
  legs: Leg[]
  price: { amount: number, currency: 'EUR' }
  seatsLeft: number
}

/** At least and at most so long between two flights, in minutes. */
const layover = { min: 60, max: 300 }
/** How much longer than the direct way a connection may be. */
const maxDetour = 1.6
const offersOfAirline = 3

/**
 * Asks one airline after the other, and yields offers as they come in: at most three of each airline, cheapest first.
 * @param pace how long an airline takes to answer, in ms
 */
export async function * search (criteria: Criteria, { pace = 0, signal }: { pace?: number, signal?: AbortSignal } = {}): AsyncGenerator<Offer> {
  for (const airline of airlines) {
    if (pace > 0) await sleep(pace, undefined, { signal })
    signal?.throwIfAborted()
    yield * offersBy(airline, criteria)
  }
}

/** @param id as in `Offer`; undefined when nothing flies so on that day */
export function findOffer (id: string): Offer | undefined {
  const [, numbers = '', date = ''] = /^([A-Z0-9+]+)@(\d{4}-\d\d-\d\d)$/.exec(id) ?? []
  const [first, second, ...more] = numbers.split('+').map(findFlight)
  if (first === undefined || more.length > 0 || !flies(first, date)) return undefined
  if (!numbers.includes('+')) return toOffer(date, [first])
  if (second === undefined || second.from !== first.to) return undefined
  return connect(first, second, date)
}

/** The airports of a city, or the one that has this code. */
export function airportsOf (place: string): string[] {
  return airports
    .filter(({ code, city }) => code === place.toUpperCase() || city.toLowerCase() === place.toLowerCase())
    .map(({ code }) => code)
}

function offersBy (airline: Airline, criteria: Criteria): Offer[] {
  const { date, timeOfDay, maxPrice = Infinity, nonstop = false } = criteria
  const destinations = airportsOf(criteria.to)
  const offers = airportsOf(criteria.from).flatMap(origin => flightsFrom(airline, origin))
    .filter(flight => flies(flight, date) && (timeOfDay === undefined || timeOfDayOf(flight.departs) === timeOfDay))
    .flatMap(first => {
      if (destinations.includes(first.to)) return toOffer(date, [first])
      return nonstop ? [] : connections(airline, first, date, destinations)
    })
  return offers
    .filter(({ price }) => price.amount <= maxPrice)
    .sort((a, b) => a.price.amount - b.price.amount)
    .slice(0, offersOfAirline)
}

function connections (airline: Airline, first: Flight, date: string, destinations: readonly string[]): Offer[] {
  return flightsFrom(airline, first.to)
    .filter(({ to }) => destinations.includes(to) && !isDetour(first, to))
    .flatMap(second => connect(first, second, date) ?? [])
}

function isDetour ({ from, to: stop }: Flight, to: string): boolean {
  const [start, middle, end] = [from, stop, to].map(airportOf)
  if (start === undefined || middle === undefined || end === undefined) return true
  return distance(start, middle) + distance(middle, end) > maxDetour * distance(start, end)
}

/** The second flight leaves on the day on which the first one arrives, or on the next. */
function connect (first: Flight, second: Flight, date: string): Offer | undefined {
  const { arrival } = timesOf(first, date)
  const landed = localTime(arrival, airportOf(first.to).timeZone).slice(0, 10)
  for (const day of [landed, addDays(landed, 1)]) {
    const wait = (timesOf(second, day).departure - arrival) / 60_000
    if (flies(second, day) && wait >= layover.min && wait <= layover.max) return toOffer(date, [first, second], day)
  }
  return undefined
}

function toOffer (date: string, flights: [Flight] | [Flight, Flight], secondDate = date): Offer {
  const [first, second = first] = flights
  const { departure } = timesOf(first, date)
  const { arrival } = timesOf(second, secondDate)
  const id = `${flights.map(({ number }) => number).join('+')}@${date}`
  const legs = flights.map((flight, index) => toLeg(flight, index === 0 ? date : secondDate))
  return {
    id,
    airline: airlineOf(first).name,
    from: first.from,
    to: second.to,
    departs: localTime(departure, airportOf(first.from).timeZone),
    arrives: localTime(arrival, airportOf(second.to).timeZone),
    minutes: (arrival - departure) / 60_000,
    stops: legs.length - 1,
    legs,
    price: { amount: priceOf(flights, id, date), currency: 'EUR' },
    seatsLeft: 1 + hash(`seats ${id}`) % 23
  }
}

function toLeg (flight: Flight, date: string): Leg {
  const { departure, arrival } = timesOf(flight, date)
  const { number, from, to } = flight
  return {
    flight: number,
    from,
    to,
    departs: localTime(departure, airportOf(from).timeZone),
    arrives: localTime(arrival, airportOf(to).timeZone),
    aircraft: routeOf(flight).aircraft
  }
}

/** Fares, a fifth less with a stop, more before weekends, and 30 % up or down by demand. */
function priceOf (flights: readonly Flight[], id: string, date: string): number {
  const fare = flights.reduce((sum, flight) => sum + routeOf(flight).fare, 0)
  const demand = 0.7 + hash(`demand ${id}`) % 600 / 1000
  const weekend = [5, 7].includes(weekday(date)) ? 1.15 : 1
  return Math.round(fare * demand * weekend * (flights.length > 1 ? 0.8 : 1))
}

function timesOf (flight: Flight, date: string): { departure: number, arrival: number } {
  const departure = instantOf(date, flight.departs, airportOf(flight.from).timeZone)
  return { departure, arrival: departure + routeOf(flight).minutes * 60_000 }
}

function flies ({ days }: Flight, date: string): boolean {
  return days.includes(String(weekday(date)))
}

function timeOfDayOf (time: string): TimeOfDay {
  const hour = Number(time.slice(0, 2))
  return hour < 5 || hour >= 22 ? 'night' : hour < 12 ? 'morning' : hour < 18 ? 'afternoon' : 'evening'
}
