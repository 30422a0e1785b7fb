/** What the coordinator itself asks people. */
import { addDays, today } from '../shared/clock.ts'
import type { Form, FormField } from '../shared/messages.ts'
import { destinations, type Wish } from './wish.ts'

/** What a trip can't be planned without, or not as it was said; undefined when all of it is right. */
export function askWhatIsMissing (wish: Partial<Wish>): Form | undefined {
  const wrong = fields.filter(({ isRight }) => !isRight(wish))
  if (wrong.length === 0) return undefined
  // Who is asked for several things anyway may say how many they are as well.
  const asked = fields.filter(field => wrong.includes(field) || (wrong.length > 1 && field.name === 'travellers'))
  const trip = wish.destination === undefined ? 'your trip' : `your trip to ${wish.destination}`
  return {
    kind: 'form',
    agent: 'coordinator',
    title: `Before I plan ${trip} I need to know: ${wrong.map(({ question }) => question).join('; ')}`,
    schema: {
      type: 'object',
      required: wrong.map(({ name }) => name),
      properties: Object.fromEntries(asked.map(({ name, form }) => [name, form(wish)]))
    }
  }
}

type Field = { name: string, question: string, isRight: (wish: Partial<Wish>) => boolean, form: (wish: Partial<Wish>) => FormField }

const budgetField = { type: 'number' as const, title: 'Budget in EUR, for everybody', minimum: 1 }

const fields: readonly Field[] = [
  {
    name: 'destination',
    question: 'where to',
    isRight: ({ destination }) => destination !== undefined,
    form: () => ({ type: 'string', title: 'Where to', enum: destinations })
  },
  {
    name: 'days',
    question: 'for how many days, from 2 to 30',
    isRight: ({ days = 0 }) => days >= 2 && days <= 30,
    form: () => ({ type: 'integer', title: 'Days', minimum: 2, maximum: 30, default: 7 })
  },
  {
    name: 'budget',
    question: 'what it may cost',
    isRight: ({ budget }) => budget !== undefined,
    form: () => budgetField
  },
  {
    name: 'starts',
    question: 'from which day on, in the future',
    isRight: ({ starts = '' }) => starts >= today(),
    form: () => ({ type: 'string', title: 'First day', format: 'date', default: addDays(today(), 30) })
  },
  {
    name: 'travellers',
    question: 'for how many people, up to 20',
    isRight: ({ travellers = 0 }) => travellers >= 1 && travellers <= 20,
    form: ({ travellers = 1 }) => ({ type: 'integer', title: 'Travellers', minimum: 1, maximum: 20, default: Math.min(20, Math.max(1, travellers)) })
  }
]

export function askForMore ({ budget, destination }: Wish, needed: number): Form {
  return {
    kind: 'form',
    agent: 'coordinator',
    title: `The least that I find for ${destination} costs ${needed} EUR, and your budget is ${budget} EUR. What may it cost?`,
    schema: { type: 'object', required: ['budget'], properties: { budget: { ...budgetField, default: Math.ceil(needed / 50) * 50 } } }
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
