import type { AgentId, Money } from '../../../shared/messages.ts'
import type { AgentNow } from '../trip/trip.ts'

export function money ({ amount, currency }: Money): string {
  return new Intl.NumberFormat('en', { style: 'currency', currency, maximumFractionDigits: Number.isInteger(amount) ? 0 : 2 }).format(amount)
}

/** `Mon, 3 May` @param starts `YYYY-MM-DD` of the first day @param day from 1 */
export function dateOfDay (starts: string, day: number): string {
  const date = new Date(`${starts}T00:00Z`)
  date.setUTCDate(date.getUTCDate() + day - 1)
  return Number.isNaN(date.getTime()) ? '' : new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' }).format(date)
}

/** `14:03:27.5` */
export function clock (at: string): string {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? at : new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 1 }).format(date)
}

export function nameOf (id: AgentId | 'page', agents: readonly AgentNow[]): string {
  if (id === 'page') return 'You'
  if (id === 'coordinator') return 'Coordinator'
  return agents.find(agent => agent.id === id)?.name ?? id
}
