/** A model as the mind of the coordinator. */
import { generateText, jsonSchema, Output, type JSONSchema7, type LanguageModel } from 'ai'
import { today } from '../shared/clock.ts'
import { interests } from './interests.ts'
import type { Mind } from './mind.ts'
import { destinations, readWish, type Wish } from './wish.ts'

/** What the model can't do, the rules do: a provider that is down spoils no trip. */
export function modelMind (model: LanguageModel): Mind {
  return {
    async read (conversation, { signal, log }) {
      const found = readWish(conversation)
      try {
        const { output } = await generateText({
          model,
          abortSignal: signal,
          output: Output.object({ schema: jsonSchema<Partial<Wish>>(wishSchema) }),
          system: `You read what travellers wish for. Today is ${today()}. Leave out what they do not say. The budget is in EUR, for everybody.`,
          prompt: conversation.map(({ text, data }) => [text, ...Object.keys(data).length > 0 ? [JSON.stringify(data)] : []].join('\n')).join('\n\n')
        })
        // It goes through the same checks as what a form gives.
        return { ...found, ...readWish([{ text: '', data: { ...output } }]) }
      } catch (error) {
        signal.throwIfAborted()
        log.warn({ err: error }, 'the model could not read the wish')
        return found
      }
    },

    async introduce (itinerary, { signal, log }) {
      try {
        const { text } = await generateText({
          model,
          abortSignal: signal,
          system: 'Introduce this itinerary to its traveller in two sentences, without prices, and add nothing that is not in it.',
          prompt: JSON.stringify(itinerary)
        })
        return text
      } catch (error) {
        signal.throwIfAborted()
        log.warn({ err: error }, 'the model could not introduce the itinerary')
        return undefined
      }
    }
  }
}

const wishSchema: JSONSchema7 = {
  type: 'object',
  properties: {
    origin: { type: 'string', description: 'A city' },
    destination: { type: 'string', enum: destinations },
    starts: { type: 'string', description: 'The first day, YYYY-MM-DD' },
    days: { type: 'integer' },
    travellers: { type: 'integer' },
    budget: { type: 'number' },
    interests: { type: 'array', items: { type: 'string', enum: interests } },
    timeOfDay: { type: 'string', enum: ['morning', 'evening'], description: 'When to fly' }
  }
}
