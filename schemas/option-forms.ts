/** What options of all kinds have in common. */
import Type from 'typebox'

export const closed = { additionalProperties: false } as const
export const filled = { minLength: 1, expects: 'a string that is not empty' } as const

/** The longest delay that a timer of Node takes, about 24 days. */
const longestDelay = 2 ** 31 - 1

/** A delay in ms that a timer can keep. */
export function milliseconds (description: string, fallback?: number) {
  return Type.Optional(Type.Integer({
    description,
    minimum: 0,
    maximum: longestDelay,
    ...fallback !== undefined && { default: fallback },
    expects: `a whole number of milliseconds, at most ${longestDelay}`
  }))
}
