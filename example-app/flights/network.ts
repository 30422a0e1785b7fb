/** Who flies where and when: the data set, with the indexes that a search needs. */
import { readRows } from '../shared/rows.ts'

export type Airport = { code: string, city: string, name: string, latitude: number, longitude: number, timeZone: string }

export type Airline = { code: string, name: string, hubs: string[], reach: 'short' | 'long', priceLevel: number }

export type Route = {
  airline: string
  from: string
  to: string
  kilometres: number
  minutes: number
  aircraft: string
  /** In EUR, before demand. */
  fare: number
}

export type Flight = {
  /** The airline's code and a number: `SK120`. */
  number: string
  from: string
  to: string
  /** Local time, `HH:MM`. */
  departs: string
  /** Days of the week, 1 for Monday. */
  days: string
}

export const airports = load<Airport>('airports')
export const airlines = load<Airline>('airlines')
const routes = new Map(load<Route>('routes').map(route => [routeKey(route.airline, route.from, route.to), route]))
const flights = load<Flight>('flights')

const airportsByCode = new Map(airports.map(airport => [airport.code, airport]))
const airlinesByCode = new Map(airlines.map(airline => [airline.code, airline]))
const flightsByNumber = new Map(flights.map(flight => [flight.number, flight]))
const flightsByOrigin = new Map<string, Flight[]>()
for (const flight of flights) {
  const key = `${codeOf(flight)} ${flight.from}`
  flightsByOrigin.set(key, [...flightsByOrigin.get(key) ?? [], flight])
}

export const flightCount = flights.length

export function airportOf (code: string): Airport {
  return known(airportsByCode.get(code), code)
}

export function airlineOf (flight: Flight): Airline {
  return known(airlinesByCode.get(codeOf(flight)), flight.number)
}

export function routeOf (flight: Flight): Route {
  return known(routes.get(routeKey(codeOf(flight), flight.from, flight.to)), flight.number)
}

export function findFlight (number: string): Flight | undefined {
  return flightsByNumber.get(number)
}

/** What an airline flies from an airport. */
export function flightsFrom (airline: Airline, airport: string): readonly Flight[] {
  return flightsByOrigin.get(`${airline.code} ${airport}`) ?? []
}

function codeOf ({ number }: Flight): string {
  return number.slice(0, 2)
}

function routeKey (airline: string, from: string, to: string): string {
  return `${airline} ${from} ${to}`
}

/** The files belong to each other: what one names, another has. */
function known<T> (value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`the data set does not know ${name}`)
  return value
}

function load<T> (name: string): T[] {
  return readRows(new URL(`data/${name}.json`, import.meta.url))
}
