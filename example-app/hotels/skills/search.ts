/** The skill hotel-search: streams what fits. A later task of the same conversation only says what should be different. */
import type { TaskContext } from '../../../plugins/index.ts'
import { said, stringOf, type Said } from '../../shared/conversation.ts'
import { validDate } from '../../shared/dates.ts'
import { partnerAnswers } from '../../shared/pace.ts'
import { areas, cities, findArea, findHotels, type HotelCriteria } from '../hotels.ts'

export default async function hotelSearch (task: TaskContext) {
  const earlier = task.referencedTasks.flatMap(({ history = [] }) => said({ history }))
  const criteria = [...earlier, ...said(task)].reduce(refine, {})
  const question = missing(criteria)
  if (question !== undefined) return await task.requireInput(question)

  // `missing` has seen to it that they are there.
  const { city = '', checkIn = '', nights = 1 } = criteria
  const where = criteria.near === undefined ? city : `${criteria.near}, ${city}`
  await task.working(`Looking for ${nights} nights in ${where}`)
  const found = findHotels({ ...criteria, city, checkIn, nights, travellers: criteria.travellers ?? 1 })
  const [best] = found
  if (best === undefined) return await task.complete(`No hotels in ${where} that fit.`)

  const artifact = task.artifactStream({ artifactId: 'offers', name: 'offers' })
  for (const offer of found) {
    await partnerAnswers(task.signal)
    await artifact.write({ data: offer })
  }
  await artifact.end(`${found.length} hotels, the best liked is ${best.name} for ${best.price.amount} ${best.price.currency}.`)
}

/** Of what was said twice, the latest. */
function refine (criteria: Partial<HotelCriteria>, { text, data }: Said): Partial<HotelCriteria> {
  const city = stringOf(data, 'city') ?? cities.find(city => mentions(text, city))
  const near = stringOf(data, 'near') ?? areas.find(({ area }) => mentions(text, area))?.area
  const checkIn = stringOf(data, 'checkIn')
  return {
    ...criteria,
    ...city !== undefined && { city: cities.find(known => known.toLowerCase() === city.toLowerCase()) ?? city },
    ...near !== undefined && { near },
    ...checkIn !== undefined && { checkIn },
    ...typeof data.nights === 'number' && { nights: data.nights },
    ...typeof data.travellers === 'number' && { travellers: data.travellers },
    ...typeof data.maxPrice === 'number' && { maxPrice: data.maxPrice }
  }
}

function mentions (text: string, name: string): boolean {
  return new RegExp(`\\b${name}\\b`, 'i').test(text)
}

/** What to ask next; undefined when the search can start. */
function missing ({ city, checkIn, nights, near }: Partial<HotelCriteria>): string | undefined {
  if (city === undefined) return 'In which city?'
  if (!cities.includes(city)) return `I know no hotels in ${city}. I know ${cities.join(', ')}: which one would you like?`
  if (near !== undefined && findArea(city, near) === undefined) {
    return `I know no area ${near} in ${city}, but ${areas.filter(area => area.city === city).map(({ area }) => area).join(', ')}. Near which one?`
  }
  if (checkIn === undefined || validDate(checkIn) === undefined) return 'From which day on? Give checkIn as YYYY-MM-DD.'
  return nights === undefined ? 'For how many nights?' : undefined
}
