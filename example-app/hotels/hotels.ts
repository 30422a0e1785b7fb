/** The hotels, and the search among them. */
import type { HotelOffer } from '../shared/offers.ts'
import { distance, type Place } from '../shared/geography.ts'
import { hash } from '../shared/random.ts'
import { readRows } from '../shared/rows.ts'

export type Area = Place & { city: string, area: string, priceLevel: number }

export type Hotel = Place & {
  id: string
  city: string
  area: string
  name: string
  stars: number
  /** From 0 to 10. */
  rating: number
  /** Of a room for two, in EUR, before demand. */
  perNight: number
}

export type HotelCriteria = {
  city: string
  /** `YYYY-MM-DD` */
  checkIn: string
  nights: number
  travellers: number
  /** An area of the city. */
  near?: string
  /** Of the whole stay, in EUR. */
  maxPrice?: number
}

export const areas = readRows<Area>(new URL('data/areas.json', import.meta.url))
const hotels = readRows<Hotel>(new URL('data/hotels.json', import.meta.url))
export const cities = [...new Set(areas.map(({ city }) => city))]

const offersOfSearch = 12
/** Beyond so many kilometres nothing is near. */
const nearby = 1

/** The best liked ones, at most twelve; of those that are liked the same, the cheaper ones first. */
export function findHotels (criteria: HotelCriteria): HotelOffer[] {
  const { city, near, maxPrice = Infinity } = criteria
  const center = near === undefined ? undefined : findArea(city, near)
  return hotels
    .filter(hotel => hotel.city === city && (center === undefined || distance(hotel, center) <= nearby))
    .map(hotel => toOffer(hotel, criteria, center))
    .filter(({ price }) => price.amount <= maxPrice)
    .sort((a, b) => b.rating - a.rating || a.price.amount - b.price.amount)
    .slice(0, offersOfSearch)
}

export function findArea (city: string, name: string): Area | undefined {
  return areas.find(area => area.city === city && area.area.toLowerCase() === name.toLowerCase())
}

/** A room has two beds. */
function toOffer ({ id, name, area, stars, rating, perNight, ...place }: Hotel, { checkIn, nights, travellers }: HotelCriteria, center: Area | undefined): HotelOffer {
  const rooms = Math.ceil(travellers / 2)
  const demand = 0.9 + hash(`${id} ${checkIn}`) % 200 / 1000
  return {
    id,
    name,
    area,
    stars,
    rating,
    checkIn,
    nights,
    rooms,
    ...center !== undefined && { kilometres: Number(distance(place, center).toFixed(1)) },
    price: { amount: Math.round(perNight * demand) * nights * rooms, currency: 'EUR' }
  }
}
