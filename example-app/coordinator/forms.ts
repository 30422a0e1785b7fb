/** What the coordinator itself asks people. */
import { addDays, today } from '../shared/clock.ts'
import type { Form, FormField } from '../shared/messages.ts'
import { destinations, type Wish } from './wish.ts'

/** What a trip can't be planned without; undefined when all of it is known. */
export function askWhatIsMissing ({ destination, days, budget, travellers, starts }: Partial<Wish>): Form | undefined {
  const properties: Record<string, FormField> = {
    ...destination === undefined && { destination: { type: 'string', title: 'Where to', enum: destinations } },
    ...days === undefined && { days: { type: 'integer', title: 'Days', minimum: 2, maximum: 30, default: 7 } },
    ...budget === undefined && { budget: { type: 'number', title: 'Budget in EUR, for everybody', minimum: 1 } }
  }
  const isPast = starts !== undefined && starts < today()
  if (Object.keys(properties).length === 0 && !isPast && (days ?? 2) >= 2) return undefined
  const also: Record<string, FormField> = {
    ...(days ?? 2) < 2 && { days: { type: 'integer', title: 'Days', minimum: 2, maximum: 30, default: 2 } },
    ...isPast && { starts: { type: 'string', title: 'First day', format: 'date', default: addDays(today(), 30) } },
    ...Object.keys(properties).length > 1 && { travellers: { type: 'integer', title: 'Travellers', minimum: 1, maximum: 20, default: travellers ?? 1 } }
  }
  const all = { ...properties, ...also }
  const required = Object.keys(all).filter(field => field !== 'travellers')
  const known = destination === undefined ? 'your trip' : `your trip to ${destination}`
  return { kind: 'form', agent: 'coordinator', title: `Before I plan ${known} I need to know: ${required.map(field => (all[field]?.title ?? '').toLowerCase()).join('; ')}`, schema: { type: 'object', required, properties: all } }
}

export function askForMore ({ budget, destination }: Wish, needed: number): Form {
  return {
    kind: 'form',
    agent: 'coordinator',
    title: `The least that I find for ${destination} costs ${needed} EUR, and your budget is ${budget} EUR. What may it cost?`,
    schema: { type: 'object', required: ['budget'], properties: { budget: { type: 'number', title: 'Budget in EUR, for everybody', minimum: 1, default: Math.ceil(needed / 50) * 50 } } }
  }
}

export function askForAnotherWay ({ origin, destination, starts }: Wish): Form {
  return {
    kind: 'form',
    agent: 'coordinator',
    title: `Nobody flies from ${origin} to ${destination} then. From where, or when, may it be instead?`,
    schema: {
      type: 'object',
      required: ['origin', 'starts'],
      properties: {
        origin: { type: 'string', title: 'From', default: origin },
        starts: { type: 'string', title: 'First day', format: 'date', default: starts },
        timeOfDay: { type: 'string', title: 'Time of departure', enum: ['morning', 'evening'] }
      }
    }
  }
}
