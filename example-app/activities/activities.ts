/** The activities, and the search among them. */
import type { ActivityOffer } from '../shared/offers.ts'
import { readRows } from '../shared/rows.ts'

export type Activity = {
  id: string
  city: string
  area: string
  sight: string
  title: string
  interests: string[]
  hours: number
  /** From 0 to 10. */
  rating: number
  /** Of one person, in EUR. */
  price: number
}

export type ActivityCriteria = {
  city: string
  interests: string[]
  days: number
  travellers: number
  /** Of one activity for all travellers, in EUR. */
  maxPrice?: number
}

const activities = readRows<Activity>(new URL('data/activities.json', import.meta.url))
export const cities = [...new Set(activities.map(({ city }) => city))]
export const interests = [...new Set(activities.flatMap(({ interests }) => interests))]

const offersOfDay = 3

/** What meets the most interests first, then what is liked best: at most three for each day. */
export function findActivities ({ city, interests, days, travellers, maxPrice = Infinity }: ActivityCriteria): ActivityOffer[] {
  const met = (activity: { interests: string[] }) => activity.interests.filter(interest => interests.includes(interest)).length
  return activities
    .filter(activity => activity.city === city && (interests.length === 0 || met(activity) > 0) && activity.price * travellers <= maxPrice)
    .sort((a, b) => met(b) - met(a) || b.rating - a.rating)
    .slice(0, offersOfDay * days)
    .map(({ city, price, ...activity }) => ({ ...activity, price: { amount: price * travellers, currency: 'EUR' } }))
}
