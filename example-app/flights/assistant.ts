/** The same skills with a model in front: an agent of the AI SDK whose tools are the functions of the domain. */
import { jsonSchema, stepCountIs, streamText, tool, type LanguageModel, type ModelMessage } from 'ai'
import type { TaskContext } from '../../plugins/index.ts'
import { fromAiSdk } from '../../lib/adapters/ai-sdk.ts'
import { book, cancel, confirmation, findBooking, receipt } from './bookings.ts'
import { today } from '../shared/clock.ts'
import { findOffer, search, timesOfDay, type Criteria, type Offer } from './offers.ts'
import { isName, isPassportNumber, type Passenger } from './passenger.ts'

export function assistant (model: LanguageModel) {
  return fromAiSdk(({ messages, abortSignal, task }) => streamText({
    model,
    system: instructions(),
    // The cast: the adapter's messages are those of every version of the SDK.
    messages: messages as ModelMessage[],
    abortSignal,
    tools: flightTools(task),
    stopWhen: stepCountIs(12),
    onError () {} // the adapter logs; the SDK would print to the console
  }), {
    toolUpdates: ({ toolName }) => toolName === 'askTraveller' ? undefined : `Working: ${toolName}`,
    question: requests => requests.map(({ input }) => questionOf(input)).join('\n')
  })
}

function instructions (): string {
  return `You are a travel agent for flights. Today is ${today()}. Search, book and cancel by the tools alone, and never make up offers.
Before you book, ask the traveller for the full name and the passport number with askTraveller.
The client sees offers, confirmations and receipts by itself: summarize them in one or two sentences.`
}

function flightTools (task: TaskContext) {
  return {
    searchFlights: tool({
      description: 'Finds flights. Cities by their English names, or IATA codes of airports',
      inputSchema: jsonSchema<Criteria>({
        type: 'object',
        required: ['from', 'to', 'date'],
        properties: {
          from: { type: 'string' },
          to: { type: 'string' },
          date: { type: 'string', description: 'YYYY-MM-DD' },
          timeOfDay: { enum: [...timesOfDay] },
          maxPrice: { type: 'number', description: 'in EUR' },
          nonstop: { type: 'boolean' }
        }
      }),
      execute: async (criteria, { toolCallId, abortSignal }) => {
        const artifact = task.artifactStream({ artifactId: `offers-${toolCallId}`, name: 'offers' })
        const offers: Offer[] = []
        for await (const offer of search(criteria, { signal: abortSignal })) {
          await artifact.write({ data: offer })
          offers.push(offer)
        }
        await artifact.end()
        return offers.map(({ legs, ...offer }) => offer)
      }
    }),
    /** Without `execute`: the task waits for its client, whose answer is the output of the tool. */
    askTraveller: tool({
      description: 'Asks the traveller a question, and gives the answer',
      inputSchema: jsonSchema<{ question: string }>({ type: 'object', required: ['question'], properties: { question: { type: 'string' } } })
    }),
    bookFlight: tool({
      description: 'Books an offer for a passenger',
      inputSchema: jsonSchema<Passenger & { offerId: string }>({
        type: 'object',
        required: ['offerId', 'name', 'passportNumber'],
        properties: { offerId: { type: 'string' }, name: { type: 'string' }, passportNumber: { type: 'string' } }
      }),
      execute: async ({ offerId, name, passportNumber }) => {
        const offer = findOffer(offerId)
        if (offer === undefined) return { problem: `there is no offer ${offerId}` }
        if (!isName(name) || !isPassportNumber(passportNumber)) return { problem: 'the name or the passport number is not valid: ask the traveller again' }
        const booking = book(task.taskId, offer, { name, passportNumber })
        await task.artifact(confirmation(booking))
        return { locator: booking.locator }
      }
    }),
    cancelBooking: tool({
      description: 'Cancels a booking of this conversation by its locator',
      inputSchema: jsonSchema<{ locator: string }>({ type: 'object', required: ['locator'], properties: { locator: { type: 'string' } } }),
      execute: async ({ locator }) => {
        const booking = findBooking(locator, await task.contextTasks({ limit: 100 }))
        if (booking === undefined || booking === 'canceled') return { problem: 'there is no such booking in this conversation' }
        const cancellation = cancel(booking)
        await task.artifact(receipt(cancellation))
        return cancellation
      }
    })
  }
}

function questionOf (input: unknown): string {
  return typeof input === 'object' && input !== null && 'question' in input ? String(input.question) : 'More is needed to go on.'
}
