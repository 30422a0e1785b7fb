import type { Itinerary } from '../../../shared/messages.ts'
import type { Phase, Trip } from '../trip/trip.ts'
import { money } from './format.ts'

const headlines: Readonly<Record<Phase, string>> = {
  idle: 'Where to?',
  running: 'Planning your trip',
  asking: 'Your answer is needed',
  done: 'Your trip is planned',
  failed: 'This trip could not be planned',
  canceled: 'Trip canceled',
  rejected: 'This is not a trip that the agents plan'
}

export function headline ({ phase }: Pick<Trip, 'phase'>): string {
  return headlines[phase]
}

/** How it stands, in a sentence: screen readers are told each time it changes. */
export function nowLine ({ phase, lines, ending }: Trip, plan: Itinerary | undefined): string {
  switch (phase) {
    case 'running': return lines.at(-1) ?? 'The wish is on its way to the coordinator.'
    case 'asking': return 'The agents wait for your answer.'
    case 'done': return plan === undefined ? ending ?? 'The agents are done.' : `${plan.destination}: ${money(plan.total)} of ${money(plan.budget)}.`
    case 'canceled': return ending ?? 'The agents have stopped. Nothing was booked.'
    default: return ending ?? 'The coordinator did not say why.'
  }
}
