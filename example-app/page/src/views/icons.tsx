import type { ItineraryItem } from '../../../shared/messages.ts'
import type { AgentNow } from '../trip/trip.ts'

const paths = {
  flight: 'M3 13l18-7-5 15-4-6-9-2z',
  hotel: 'M4 20V6m0 11h16m0 3v-6a3 3 0 0 0-3-3h-7v6M7 11.5a1.2 1.2 0 1 0 0-.1z',
  activity: 'M12 21s-7-6.2-7-11.2a7 7 0 0 1 14 0C19 14.8 12 21 12 21zm0-9a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.600z',
  idle: 'M12 5a7 7 0 1 0 0 14 7 7 0 0 0 0-14z',
  working: 'M12 4a8 8 0 1 1-7.5 5.2',
  waiting: 'M9 9.200a3 3 0 1 1 4.2 2.700c-.8.4-1.2 1-1.2 1.900v.7M12 17.800v.2',
  done: 'M5 12.500l4.5 4.500L19 7.5',
  failed: 'M6 6l12 12M18 6L6 18',
  stopped: 'M7 12h10'
} as const

export type IconName = keyof typeof paths | AgentNow['state'] | ItineraryItem['kind']

/** Beside words that say the same: not for screen readers. */
export function Icon ({ name }: { name: IconName }) {
  return <svg class={`icon icon-${name}`} viewBox='0 0 24 24' aria-hidden='true' focusable='false'><path d={paths[name]} /></svg>
}
