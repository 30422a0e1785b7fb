import type { RateLimitOptions } from '../agent/rate-limit-options.ts'
import type { Limits } from '../agent/options.ts'
import type { ResolvedCard } from '../agent/resolved-card.ts'
import { defineExtension, type Extension } from './extension.ts'

export const limitsUri = 'https://fastify-a2a.dev/extensions/limits/v1'

const defaultWindow = 60_000

/**
 * The extension by which a card says what applies to a caller (A2A 1.0 §4.6), so that a client can keep to it instead of
 * running into it. Its params are
 * `{ rates?: [{ operation?, max, window }], concurrency: { turns, streams }, message: { bodySize, parts }, skills?: { [skillId]: { timeout?, idleTimeout?, securityRequirements? } } }`,
 * with times in ms and sizes in bytes; a rate without `operation` is that of all together. It changes nothing on the wire.
 */
export function limitsExtension (limits: Readonly<Required<Limits>>, rateLimit: RateLimitOptions | undefined): Extension {
  const rates = ratesOf(rateLimit)
  return defineExtension({
    uri: limitsUri,
    description: 'What applies to a caller: rates, concurrency, sizes, and what single skills need',
    params: ({ skills }: ResolvedCard) => {
      const special = skills.flatMap(skill => {
        const { timeout, idleTimeout, securityRequirements } = skill
        const params = { ...timeout !== undefined && { timeout }, ...idleTimeout !== undefined && { idleTimeout }, ...securityRequirements !== undefined && { securityRequirements } }
        return Object.keys(params).length === 0 ? [] : [[skill.id, params]]
      })
      return {
        ...rates.length > 0 && { rates },
        concurrency: { turns: limits.turnsPerClient, streams: limits.streams },
        message: { bodySize: limits.bodySize, parts: limits.parts },
        ...special.length > 0 && { skills: Object.fromEntries(special) }
      }
    }
  })
}

function ratesOf ({ max, window = defaultWindow, operations = {} }: RateLimitOptions = {}) {
  return [
    ...max === undefined ? [] : [{ max, window }],
    ...Object.entries(operations).map(([operation, { max, window = defaultWindow }]) => ({ operation, max, window }))
  ]
}
