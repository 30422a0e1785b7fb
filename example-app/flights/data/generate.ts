/**
 * Makes routes.json and flights.json out of airlines.json and airports.json. The same input gives the same files:
 * `npx tsx example-app/flights/data/generate.ts`.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { distance } from '../../shared/geography.ts'
import { airlines, airports, type Airline, type Airport, type Flight, type Route } from '../network.ts'
import { seeded } from '../../shared/random.ts'
import { serialize } from '../../shared/rows.ts'

export function generate (): { routes: Route[], flights: Flight[] } {
  const routes: Route[] = []
  const flights: Flight[] = []
  for (const airline of airlines) {
    const random = seeded(airline.code)
    let number = 100
    for (const [hub, destination] of connections(airline)) {
      const kilometres = Math.round(distance(hub, destination))
      const route = newRoute(airline, hub, destination, kilometres)
      routes.push(route, { ...route, from: route.to, to: route.from })
      for (const departs of departures(kilometres, random)) {
        const days = kilometres < 2000 || random() < 0.6 ? '1234567' : random() < 0.5 ? '135' : '24567'
        flights.push({ number: `${airline.code}${number++}`, from: hub.code, to: destination.code, departs, days })
        const back = clockTime(minutesOf(departs) + route.minutes + 90)
        flights.push({ number: `${airline.code}${number++}`, from: destination.code, to: hub.code, departs: back, days })
      }
    }
  }
  return { routes, flights }
}

/** Short-haul airlines serve what is near their hubs, the others also what is far, each about half of it. */
function connections ({ code, hubs, reach }: Airline): Array<[Airport, Airport]> {
  const random = seeded(`${code} network`)
  const served = airports.filter(({ code }) => hubs.includes(code))
  return served.flatMap((hub, index) => airports
    .filter(other => other.city !== hub.city && !served.slice(0, index).includes(other))
    .filter(other => served.includes(other) || distance(hub, other) < (reach === 'short' ? 3000 : 13_500))
    .filter(other => served.includes(other) || random() < 0.5)
    .map((other): [Airport, Airport] => [hub, other]))
}

function newRoute ({ code, priceLevel }: Airline, from: Airport, to: Airport, kilometres: number): Route {
  return {
    airline: code,
    from: from.code,
    to: to.code,
    kilometres,
    minutes: Math.round((35 + kilometres / 14.2) / 5) * 5,
    aircraft: kilometres < 1200 ? 'Embraer E195' : kilometres < 4500 ? 'Airbus A320neo' : kilometres < 9000 ? 'Airbus A330-900' : 'Airbus A350-900',
    fare: Math.round((38 + kilometres * 0.062) * priceLevel)
  }
}

/** Near places are served more often. */
function departures (kilometres: number, random: () => number): string[] {
  const count = kilometres < 1500 ? 4 : kilometres < 4000 ? 3 : 2
  const share = 16 * 60 / count
  return Array.from({ length: count }, (_, index) => clockTime(6 * 60 + share * (index + random() * 0.9)))
}

function clockTime (minutes: number): string {
  const rounded = Math.round(minutes / 5) * 5 % 1440
  return `${String(Math.floor(rounded / 60)).padStart(2, '0')}:${String(rounded % 60).padStart(2, '0')}`
}

function minutesOf (time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { routes, flights } = generate()
  writeFileSync(new URL('routes.json', import.meta.url), serialize(routes))
  writeFileSync(new URL('flights.json', import.meta.url), serialize(flights))
  console.log(`${routes.length} routes, ${flights.length} flights`)
}
