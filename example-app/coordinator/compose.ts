/** One trip out of many offers, within the budget. The same offers give the same trip. */
import type { ActivityOffer, HotelOffer, RoundTrip } from '../shared/offers.ts'
import { lastDay } from './search.ts'
import type { Wish } from './wish.ts'

export type Visit = { day: number, activity: ActivityOffer }

export type Plan = { flight: RoundTrip, hotel: HotelOffer, visits: Visit[], total: number }

export type Offers = { flights: readonly RoundTrip[], hotels: readonly HotelOffer[], activities: readonly ActivityOffer[] }

/** Of what is left after the flight, so much may go to the hotel. */
const shareOfHotel = 0.7
const visitsOfDay = 2
const hoursOfDay = 7

/** @returns undefined when there is no flight or no hotel; what the least costs, when that is more than the budget */
export function compose (wish: Wish, { flights, hotels, activities }: Offers): Plan | { needed: number } | undefined {
  const flight = cheapest(flights)
  const simplest = cheapest(hotels)
  if (flight === undefined || simplest === undefined) return undefined
  const needed = flight.price.amount + simplest.price.amount
  if (needed > wish.budget) return { needed }

  const left = wish.budget - flight.price.amount
  const hotel = hotels
    .filter(({ price }) => price.amount <= left * shareOfHotel)
    .reduce((best, hotel) => hotel.rating > best.rating ? hotel : best, simplest)
  const visits = spread(activities, daysThere(wish, flight), left - hotel.price.amount)
  const total = flight.price.amount + hotel.price.amount + visits.reduce((sum, { activity }) => sum + activity.price.amount, 0)
  return { flight, hotel, visits, total }
}

/** Where most of the visits are, if there is such an area. */
export function areaOf (visits: readonly Visit[]): string | undefined {
  const counts = new Map<string, number>()
  for (const { activity: { area } } of visits) counts.set(area, (counts.get(area) ?? 0) + 1)
  const [first] = [...counts].sort(([, a], [, b]) => b - a)
  return first !== undefined && first[1] > 1 ? first[0] : undefined
}

/** The night of the arrival is the first one. */
export function stayOf (wish: Wish, { outbound }: RoundTrip): { checkIn: string, nights: number } {
  const checkIn = outbound.arrives.slice(0, 10)
  return { checkIn, nights: Math.max(1, daysBetween(checkIn, lastDay(wish))) }
}

/** From the arrival, when that is before the afternoon, to the day before the last. */
function daysThere (wish: Wish, { outbound: { arrives } }: RoundTrip): number[] {
  const arrival = 1 + daysBetween(wish.starts, arrives.slice(0, 10))
  const first = Number(arrives.slice(11, 13)) < 14 ? arrival : arrival + 1
  return Array.from({ length: Math.max(0, wish.days - first) }, (_, index) => first + index)
}

/** The best ones first, each sight once, evenly over the days. */
function spread (activities: readonly ActivityOffer[], days: readonly number[], money: number): Visit[] {
  const visits: Visit[] = []
  for (const activity of activities) {
    if (activity.price.amount > money || visits.some(visit => visit.activity.sight === activity.sight)) continue
    const on = (day: number) => visits.filter(visit => visit.day === day)
    const hours = (day: number) => on(day).reduce((sum, visit) => sum + visit.activity.hours, 0)
    const [day] = days
      .filter(day => on(day).length < visitsOfDay && hours(day) + activity.hours <= hoursOfDay)
      .sort((a, b) => on(a).length - on(b).length || a - b)
    if (day === undefined) continue
    visits.push({ day, activity })
    money -= activity.price.amount
  }
  return visits.sort((a, b) => a.day - b.day)
}

function cheapest<T extends { id: string, price: { amount: number } }> (offers: readonly T[]): T | undefined {
  return [...offers].sort((a, b) => a.price.amount - b.price.amount || a.id.localeCompare(b.id, 'en'))[0]
}

function daysBetween (from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / (24 * 60 * 60 * 1000))
}
