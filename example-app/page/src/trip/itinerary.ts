import type { Artifact } from '../../../../schemas/v1/common.ts'
import type { Itinerary, ItineraryItem, Money } from '../../../shared/messages.ts'
import { saidIn, textIn } from './said.ts'

export type Day = { readonly day: number, readonly items: readonly ItineraryItem[] }

/** As far as it has come: the text as it is written, then the plan. */
export function itineraryIn (artifacts: readonly Artifact[]): { text: string, plan: Itinerary | undefined } {
  const parts = artifacts.find(({ artifactId }) => artifactId === 'itinerary')?.parts ?? []
  return { text: textIn(parts), plan: saidIn(parts, 'itinerary').at(-1) }
}

/** All days, also those without a plan. What has no day belongs to the first one. */
export function daysOf ({ days, items }: Itinerary): Day[] {
  const last = Math.max(days, ...items.map(({ day = 1 }) => day))
  return Array.from({ length: last }, (_, index) => ({ day: index + 1, items: items.filter(({ day = 1 }) => day === index + 1) }))
}

/** By what is booked, in the order of the plan. */
export function sharesOf ({ items }: Itinerary): Array<{ kind: ItineraryItem['kind'], price: Money }> {
  const sums = new Map<ItineraryItem['kind'], Money>()
  for (const { kind, price } of items) sums.set(kind, { ...price, amount: price.amount + (sums.get(kind)?.amount ?? 0) })
  return [...sums].map(([kind, price]) => ({ kind, price }))
}
