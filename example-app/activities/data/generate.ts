/** Makes activities.json out of sights.json, the same each time: `npx tsx example-app/activities/data/generate.ts`. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { seeded } from '../../shared/random.ts'
import { readRows, serialize } from '../../shared/rows.ts'
import type { Activity } from '../activities.ts'

type Sight = { city: string, area: string, sight: string, interests: string[] }

/** What can be done somewhere: how it is called, how long it takes in hours, and what it costs in EUR. */
type Form = { title: (sight: string) => string, hours: number, price: number }

const visits: Form[] = [
  { title: sight => `${sight} with a guide`, hours: 2, price: 28 },
  { title: sight => `${sight} at your own pace`, hours: 1.5, price: 9 }
]

const forms: Record<string, Form[]> = {
  food: [{ title: sight => `Tasting: ${sight}`, hours: 3, price: 42 }, { title: sight => `Cooks of ${sight}, a class`, hours: 3.5, price: 64 }],
  music: [{ title: sight => `An evening: ${sight}`, hours: 2.5, price: 48 }, { title: sight => `${sight}, behind the scenes`, hours: 1.5, price: 22 }],
  nightlife: [{ title: sight => `Night out: ${sight}`, hours: 3, price: 38 }, { title: sight => `${sight}, one drink in each`, hours: 2, price: 29 }],
  crafts: [{ title: sight => `Workshop: ${sight}`, hours: 2.5, price: 46 }, { title: sight => `${sight}, masters at work`, hours: 1.5, price: 18 }],
  gardens: [{ title: sight => `${sight} with a gardener`, hours: 2, price: 24 }, { title: sight => `Tea hour: ${sight}`, hours: 1.5, price: 16 }]
}

export function generate (): Activity[] {
  return readRows<Sight>(new URL('sights.json', import.meta.url)).flatMap(({ city, area, sight, interests }) => {
    const random = seeded(`${city} ${sight}`)
    const [main = ''] = interests
    return (forms[main] ?? visits).map(({ title, hours, price }, index) => ({
      id: `${city}-${sight}-${index + 1}`.toLowerCase().replace(/[^a-z0-9]+/g, '-'),
      city,
      area,
      sight,
      title: title(sight),
      interests,
      hours,
      rating: Number((7.4 + random() * 2.4).toFixed(1)),
      price: Math.round(price * (0.8 + random() * 0.5))
    }))
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const activities = generate()
  writeFileSync(new URL('activities.json', import.meta.url), serialize(activities))
  console.log(`${activities.length} activities`)
}
