/** What both flight agents are asked for, and ask: there and back. */
import { today } from './clock.ts'
import { stringOf, type Said } from './conversation.ts'
import { validDate } from './dates.ts'
import type { Form } from './messages.ts'

export const halves = ['morning', 'evening'] as const
export type Half = typeof halves[number]

export type TripCriteria = {
  /** Cities, or codes of airports. */
  from: string
  to: string
  /** `YYYY-MM-DD`, at the places of departure. */
  departs: string
  returns: string
  travellers: number
  timeOfDay: Half
}

/** Of what was said twice, the latest. */
export function readTrip (conversation: readonly Said[]): Partial<TripCriteria> {
  return conversation.reduce<Partial<TripCriteria>>((trip, { text, data }) => {
    const [from, to, departs, returns] = ['from', 'to', 'departs', 'returns'].map(field => stringOf(data, field))
    const timeOfDay = halves.find(half => data.timeOfDay === half) ?? readHalf(text)
    return {
      ...trip,
      ...from !== undefined && { from },
      ...to !== undefined && { to },
      ...departs !== undefined && { departs },
      ...returns !== undefined && { returns },
      ...typeof data.travellers === 'number' && { travellers: data.travellers },
      ...timeOfDay !== undefined && { timeOfDay }
    }
  }, {})
}

export function readHalf (text: string): Half | undefined {
  return halves.find(half => new RegExp(`\\b${half}s?\\b`, 'i').test(text))
}

/** What is wrong with a trip that lacks nothing but the time of day; undefined for nothing. */
export function problemOf ({ from, to, departs, returns }: Partial<TripCriteria>, flies: (place: string) => boolean): string | undefined {
  if (from === undefined || to === undefined || departs === undefined || returns === undefined) return 'A round trip takes from, to, departs and returns.'
  const unknown = [from, to].find(place => !flies(place))
  if (unknown !== undefined) return `We do not fly from or to ${unknown}.`
  if (validDate(departs) === undefined || validDate(returns) === undefined) return 'departs and returns must be dates: YYYY-MM-DD.'
  if (departs < today()) return `${departs} has passed.`
  return returns < departs ? `Nobody returns on ${returns} who departs on ${departs}.` : undefined
}

/** For people as text, for programs as a form. */
export function askTimeOfDay ({ from = '', to = '' }: Partial<TripCriteria>) {
  const title = `Would you like to fly from ${from} to ${to} in the morning or in the evening?`
  const form: Omit<Form, 'agent'> = {
    kind: 'form',
    title,
    schema: { type: 'object', required: ['timeOfDay'], properties: { timeOfDay: { type: 'string', title: 'Time of departure', enum: [...halves], default: 'morning' } } }
  }
  return { parts: [{ text: title }, { data: form }] }
}
