/** Makes hotels.json out of areas.json, the same each time: `npx tsx example-app/hotels/data/generate.ts`. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { seeded } from '../../shared/random.ts'
import { serialize } from '../../shared/rows.ts'
import { areas, type Area, type Hotel } from '../hotels.ts'

const hotelsOfArea = 7
const kinds = ['Hotel', 'Inn', 'House', 'Suites', 'Residence', 'Lodge', 'Rooms']
const names = ['Lantern', 'Magnolia', 'Harbour', 'Cedar', 'Atlas', 'Juniper', 'Meridian', 'Willow', 'Beacon', 'Sparrow', 'Marble', 'Saffron', 'Indigo', 'Copper']

export function generate (): Hotel[] {
  return areas.flatMap(area => {
    const random = seeded(`${area.city} ${area.area}`)
    const first = Math.floor(random() * names.length)
    return Array.from({ length: hotelsOfArea }, (_, index) => newHotel(area, names[(first + index * 3) % names.length] ?? '', index, random))
  })
}

/** From hostels of two stars to palaces of five: who has more stars is dearer, and mostly better liked. */
function newHotel ({ city, area, latitude, longitude, priceLevel }: Area, name: string, index: number, random: () => number): Hotel {
  const stars = 2 + index % 4
  return {
    id: `${city}-${area}-${index + 1}`.toLowerCase().replace(/[^a-z0-9]+/g, '-'),
    city,
    area,
    name: `${name} ${kinds[Math.floor(random() * kinds.length)]} ${area}`,
    stars,
    rating: Number((6.6 + stars * 0.4 + random() * 1.2).toFixed(1)),
    latitude: Number((latitude + (random() - 0.5) * 0.008).toFixed(4)),
    longitude: Number((longitude + (random() - 0.5) * 0.008).toFixed(4)),
    perNight: Math.round((18 + stars * stars * 9) * priceLevel * (0.85 + random() * 0.4))
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const hotels = generate()
  writeFileSync(new URL('hotels.json', import.meta.url), serialize(hotels))
  console.log(`${hotels.length} hotels`)
}
