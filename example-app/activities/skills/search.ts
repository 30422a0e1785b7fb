/** The skill activity-search: streams what there is to do for these interests. */
import type { TaskContext } from '../../../plugins/index.ts'
import { said, stringOf, type Said } from '../../shared/conversation.ts'
import { partnerAnswers } from '../../shared/pace.ts'
import { cities, findActivities, interests, type ActivityCriteria } from '../activities.ts'

export default async function activitySearch (task: TaskContext) {
  const criteria = said(task).reduce(refine, { interests: [], days: 3, travellers: 1 })
  const { city } = criteria
  if (city === undefined || !cities.includes(city)) return await task.requireInput(`I know ${cities.join(', ')}: which one would you like?`)

  await task.working(`Looking for ${criteria.interests.join(', ') || 'anything'} in ${city}`)
  const found = findActivities({ ...criteria, city })
  if (found.length === 0) return await task.complete(`Nothing in ${city} that fits.`)
  const artifact = task.artifactStream({ artifactId: 'offers', name: 'offers' })
  for (const offer of found) {
    await partnerAnswers(task.signal)
    await artifact.write({ data: offer })
  }
  await artifact.end(`${found.length} things to do in ${city}.`)
}

type Criteria = Omit<ActivityCriteria, 'city'> & { city?: string }

/** Of what was said twice, the latest. */
function refine (criteria: Criteria, { text, data }: Said): Criteria {
  const city = stringOf(data, 'city') ?? cities.find(city => text.toLowerCase().includes(city.toLowerCase()))
  const listed = Array.isArray(data.interests) ? data.interests : []
  const wanted = interests.filter(interest => listed.includes(interest) || new RegExp(`\\b${interest}\\b`, 'i').test(text))
  return {
    ...criteria,
    ...city !== undefined && { city },
    ...wanted.length > 0 && { interests: wanted },
    ...typeof data.days === 'number' && { days: data.days },
    ...typeof data.travellers === 'number' && { travellers: data.travellers },
    ...typeof data.maxPrice === 'number' && { maxPrice: data.maxPrice }
  }
}
