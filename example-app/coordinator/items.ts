/** Offers, as people read them. */
import type { AgentId, ItineraryItem } from '../shared/messages.ts'
import type { ActivityOffer, HotelOffer, Journey, RoundTrip } from '../shared/offers.ts'

export function flightItem ({ airline, outbound, inbound, travellers, price }: RoundTrip, agent: AgentId): ItineraryItem {
  return {
    kind: 'flight',
    title: `${outbound.from} to ${outbound.to} and back with ${airline}`,
    detail: `There ${journey(outbound)}; back ${journey(inbound)}; ${count(travellers, 'seat')}`,
    price,
    agent
  }
}

export function hotelItem ({ name, area, stars, rating, checkIn, nights, rooms, kilometres, price }: HotelOffer, agent: AgentId): ItineraryItem {
  const where = kilometres === undefined ? area : `${area}, ${kilometres} km away`
  return { kind: 'hotel', title: name, detail: `${where}; ${stars} stars, rated ${rating}; ${count(nights, 'night')} from ${checkIn}, ${count(rooms, 'room')}`, price, agent }
}

export function activityItem ({ title, area, hours, rating, price }: ActivityOffer, agent: AgentId): ItineraryItem {
  return { kind: 'activity', title, detail: `${area}; ${hours} hours, rated ${rating}`, price, agent }
}

function journey ({ flights, departs, arrives, stops }: Journey): string {
  return `${flights.join(' and ')}, ${moment(departs)} to ${moment(arrives)}, ${stops === 0 ? 'nonstop' : count(stops, 'stop')}`
}

/** Local time without its offset. */
function moment (time: string): string {
  return time.slice(0, 16).replace('T', ' ')
}

function count (number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? '' : 's'}`
}
