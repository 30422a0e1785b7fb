/** What the traveller gets in the end: for programs and for people. */
import type { ArtifactInput } from '../../plugins/index.ts'
import { addDays } from '../shared/clock.ts'
import type { Itinerary, ItineraryItem, Money } from '../shared/messages.ts'
import type { Helper } from './agents.ts'
import { stayOf, type Plan } from './compose.ts'
import { activityItem, flightItem, hotelItem } from './items.ts'
import type { Wish } from './wish.ts'

/** Whose offers they were. */
export type Sources = { flights: Helper, hotels: Helper, activities: Helper }

export function toItinerary (wish: Wish, plan: Plan, sources: Sources, notes: string[]): Itinerary {
  const { destination, starts, days, travellers, budget } = wish
  const arrival = 1 + Math.round((Date.parse(stayOf(wish, plan.flight).checkIn) - Date.parse(starts)) / (24 * 60 * 60 * 1000))
  const items: ItineraryItem[] = [
    { ...flightItem(plan.flight, sources.flights), day: 1 },
    { ...hotelItem(plan.hotel, sources.hotels), day: arrival },
    ...plan.visits.map(({ day, activity }) => ({ ...activityItem(activity, sources.activities), day }))
  ]
  return { kind: 'itinerary', destination, starts, days, travellers, budget: euros(budget), total: euros(plan.total), items, notes }
}

/** @param introduction of a model, where there is one */
export function toArtifact (itinerary: Itinerary, introduction?: string): ArtifactInput {
  return { artifactId: 'itinerary', name: 'itinerary', parts: [{ text: toMarkdown(itinerary, introduction), mediaType: 'text/markdown' }, { data: itinerary }] }
}

function toMarkdown ({ destination, starts, days, travellers, budget, total, items, notes }: Itinerary, introduction?: string): string {
  const rows = items.map(({ day = 1, title, detail, price }) => `| ${day} | ${addDays(starts, day - 1)} | **${cell(title)}** ${cell(detail)} | ${price.amount} ${price.currency} |`)
  return [
    `# ${days} days in ${destination}`,
    ...introduction === undefined ? [] : [introduction],
    `For ${travellers === 1 ? 'one traveller' : `${travellers} travellers`}, from ${starts}.`,
    ['| day | date | | price |', '|---|---|---|---|', ...rows].join('\n'),
    `**${total.amount} ${total.currency}** of ${budget.amount} ${budget.currency}.`,
    ...notes.length === 0 ? [] : [notes.map(note => `- ${note}`).join('\n')]
  ].join('\n\n')
}

/** What agents have written stays in its cell. */
function cell (text: string): string {
  return text.replace(/[\r\n]+/g, ' ').replaceAll('|', '\\|')
}

function euros (amount: number): Money {
  return { amount, currency: 'EUR' }
}
