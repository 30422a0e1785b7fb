/** Makes departures.json out of airports.json, the same each time: `npx tsx example-app/charter/data/generate.ts`. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { distance } from '../../shared/geography.ts'
import { seeded } from '../../shared/random.ts'
import { halves } from '../../shared/round-trip.ts'
import { serialize } from '../../shared/rows.ts'
import { airports, type Airport, type Departure } from '../departures.ts'

/** Of the airports, those of home come first. */
const homes = 12
const firstHour = { morning: 6, evening: 18 }

export function generate (): Departure[] {
  let number = 100
  const pairs = airports.slice(0, homes).flatMap(home => airports.filter(({ city }) => city !== home.city).map((away): [Airport, Airport] => [home, away]))
  const ways = pairs.flatMap(([home, away]): Array<[Airport, Airport]> => airports.indexOf(away) < homes ? [[home, away]] : [[home, away], [away, home]])
  return ways.flatMap(([from, to]) => {
    const random = seeded(`${from.code} ${to.code}`)
    const kilometres = distance(from, to)
    return halves.map(half => ({
      number: `KC${number++}`,
      from: from.code,
      to: to.code,
      half,
      departs: `${String(firstHour[half] + Math.floor(random() * 4)).padStart(2, '0')}:${String(Math.floor(random() * 12) * 5).padStart(2, '0')}`,
      minutes: Math.round((45 + kilometres / 13.6) / 5) * 5,
      fare: Math.round(52 + kilometres * 0.058)
    }))
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const departures = generate()
  writeFileSync(new URL('departures.json', import.meta.url), serialize(departures))
  console.log(`${departures.length} departures`)
}
