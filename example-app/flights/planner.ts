/** Understands what is wanted without a model: by its words. */
import type { TaskContext } from '../../plugins/index.ts'
import { said } from '../shared/conversation.ts'
import { readLocator, readOfferId, readPlaces } from './sentences.ts'
import flightBooking from './skills/booking.ts'
import bookingCancellation from './skills/cancellation.ts'
import flightSearch from './skills/search.ts'

const handlers = {
  'flight-search': flightSearch,
  'flight-booking': flightBooking,
  'booking-cancellation': bookingCancellation
}

export type Intent = keyof typeof handlers

/** Undefined when the text could mean anything. */
export function intentOf (text: string): Intent | undefined {
  if (/\b(cancel|refund|call off)/i.test(text)) return 'booking-cancellation'
  if (/\b(book|reserve|buy)\b/i.test(text)) return 'flight-booking'
  const { from, to } = readPlaces(text)
  if (from !== undefined || to !== undefined || /\b(flights?|fly|offers?|search|travel)\b/i.test(text)) return 'flight-search'
  if (readOfferId(text) !== undefined) return 'flight-booking'
  if (readLocator(text) !== undefined) return 'booking-cancellation'
  return undefined
}

/** Serves what no skill was found for: asks until it is clear, then does what the skill does. */
export async function planner (task: TaskContext) {
  const intent = said(task).map(({ text }) => intentOf(text)).findLast(intent => intent !== undefined)
  if (intent !== undefined) return await handlers[intent](task)
  await task.requireInput('I search flights, book them and cancel bookings. Try "Flights from Berlin to Tokyo on 12 March, morning".')
}
