/** The skill flight-booking: asks who flies, in as many turns as it takes, and books. */
import type { TaskContext } from '../../../plugins/index.ts'
import { book, confirmation } from '../bookings.ts'
import { said, stringOf, type Said } from '../../shared/conversation.ts'
import { findOffer, type Offer } from '../offers.ts'
import { completePassenger, passengerIn, type PassengerDetails } from '../passenger.ts'
import { readOfferId } from '../sentences.ts'

export default async function flightBooking (task: TaskContext) {
  const conversation = said(task)
  const offer = offerIn(conversation)
  if (typeof offer === 'string') return await task.requireInput(offer)

  const details = passengerIn(conversation)
  const passenger = completePassenger(details.passenger)
  if (passenger === undefined) return await task.requireInput(askWho(offer, details))

  await task.working(`Booking ${offer.id} for ${passenger.name}`)
  await task.artifact(confirmation(book(task.taskId, offer, passenger)))
}

/** The offer that was named last, or what to ask when there is none. */
function offerIn (conversation: readonly Said[]): Offer | string {
  const id = conversation.map(({ text, data }) => stringOf(data, 'offerId') ?? readOfferId(text)).findLast(id => id !== undefined)
  if (id === undefined) return 'Which flight would you like to book? Name the id of an offer, or a flight and its date: SK180 on 12 March.'
  const offer = findOffer(id)
  if (offer === undefined) return `There is no offer ${id}. Which one would you like to book?`
  return Date.parse(offer.departs) < Date.now() ? `${id} has departed. Which offer would you like to book?` : offer
}

/** For people as text, for programs as data. */
function askWho ({ id, airline }: Offer, { passenger, problems }: PassengerDetails) {
  const needs = [
    ...passenger.name === undefined ? [{ field: 'name', label: 'name' }] : [],
    ...passenger.passportNumber === undefined ? [{ field: 'passportNumber', label: 'passport number' }] : []
  ]
  const question = `To book ${id} with ${airline} I need the passenger's ${needs.map(({ label }) => label).join(' and ')}.`
  return {
    parts: [
      { text: [...problems.map(problem => `${problem}.`), question].join(' ') },
      { data: { offerId: id, needs: needs.map(({ field }) => field) } }
    ]
  }
}
