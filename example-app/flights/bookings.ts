/** Bookings. They live in the tasks that made them: a later task of the same conversation finds them there. */
import type { Artifact, Task } from '../../plugins/index.ts'
import type { Offer } from './offers.ts'
import type { Passenger } from './passenger.ts'
import { seeded } from '../shared/random.ts'

export type Booking = {
  locator: string
  offer: Offer
  /** Of the passport no more than its end. */
  passenger: { name: string, passport: string }
}

export type Cancellation = { locator: string, refund: { amount: number, currency: 'EUR' } }

const locatorAlphabet = 'BCDFGHJKLMNPQRSTVWXZ23456789'
const day = 24 * 60 * 60 * 1000

/** The same task gives the same booking: a turn that runs again after a crash books nothing twice. */
export function book (taskId: string, offer: Offer, { name, passportNumber }: Passenger): Booking {
  const random = seeded(taskId)
  const locator = Array.from({ length: 6 }, () => locatorAlphabet[Math.floor(random() * locatorAlphabet.length)]).join('')
  return { locator, offer, passenger: { name, passport: passportNumber.slice(-3).padStart(passportNumber.length, '*') } }
}

/** All of the fare until two weeks before the departure, half of it after that. */
export function cancel ({ locator, offer: { price, departs } }: Booking): Cancellation {
  const share = Date.parse(departs) - Date.now() > 14 * day ? 1 : 0.5
  return { locator, refund: { amount: Math.round(price.amount * share), currency: price.currency } }
}

export function confirmation ({ locator, offer, passenger }: Booking) {
  const { from, to, departs, price } = offer
  return {
    artifactId: `confirmation-${locator}`,
    name: 'confirmation',
    parts: [
      { text: `Booked ${locator}: ${from} to ${to}, ${departs.slice(0, 16).replace('T', ' ')}, for ${passenger.name}, ${price.amount} ${price.currency}.` },
      { data: { locator, offer, passenger } }
    ]
  }
}

export function receipt ({ locator, refund }: Cancellation) {
  return {
    artifactId: `cancellation-${locator}`,
    name: 'cancellation',
    parts: [{ text: `Canceled ${locator}, ${refund.amount} ${refund.currency} will be refunded.` }, { data: { locator, refund } }]
  }
}

/** The booking, unless there is none, or it has been canceled. */
export function findBooking (locator: string, tasks: readonly Task[]): Booking | 'canceled' | undefined {
  const artifacts = tasks.flatMap(({ artifacts }) => artifacts ?? [])
  if (findArtifact(artifacts, `cancellation-${locator}`) !== undefined) return 'canceled'
  const data = findArtifact(artifacts, `confirmation-${locator}`)?.parts.find(({ data }) => data !== undefined)?.data
  // Only `confirmation` makes artifacts of that id.
  return data as Booking | undefined
}

function findArtifact (artifacts: readonly Artifact[], id: string): Artifact | undefined {
  return artifacts.find(({ artifactId }) => artifactId === id)
}
