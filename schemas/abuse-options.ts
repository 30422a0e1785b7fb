/** The options `rateLimit` and `network`, in code and in a config file. */
import Type, { type TSchema } from 'typebox'
import { closed, filled } from './card-options.ts'

const max = Type.Integer({ minimum: 1, expects: 'a whole number, at least 1', description: 'Requests of one caller.' })
const window = Type.Optional(Type.Integer({
  minimum: 1000, maximum: 2 ** 31 - 1, expects: 'a whole number of milliseconds, at least 1000', description: 'In ms. Default: 60,000.', default: 60_000
}))

const operations = [
  'SendMessage', 'SendStreamingMessage', 'GetTask', 'ListTasks', 'CancelTask', 'SubscribeToTask', 'CreateTaskPushNotificationConfig',
  'GetTaskPushNotificationConfig', 'ListTaskPushNotificationConfigs', 'DeleteTaskPushNotificationConfig', 'GetExtendedAgentCard'
]

/** @param more what only code can say: a client of Redis */
export function rateLimitOptions (more: { redis?: TSchema } = {}) {
  const rateOf = (operation: string) => Type.Optional(Type.Object({ max, window }, { ...closed, description: `For ${operation}.` }))
  return Type.Optional(Type.Object({
    max: Type.Optional(max),
    window,
    operations: Type.Optional(Type.Object(Object.fromEntries(operations.map(name => [name, rateOf(name)])), {
      ...closed, description: 'For single operations, counted apart and beside `max`.'
    })),
    failures: Type.Optional(Type.Union([Type.Object({ max, window }, closed), Type.Literal(false)], {
      expects: '{ max, window }, or false', description: 'How often one address may show credentials that are wrong; from then on, it is not listened to. Default: 100 within a minute.', default: { max: 100 }
    })),
    ...more.redis !== undefined && { redis: Type.Optional(more.redis) },
    skipOnError: Type.Optional(Type.Boolean({ description: 'Whether requests pass while Redis can\'t be reached. Default: true.', default: true }))
  }, { ...closed, description: 'How often a principal, else an address, may call. Needs `@fastify/rate-limit`. Default: as often as it likes.' }))
}

const callers = (description: string) => Type.Optional(Type.Object({
  addresses: Type.Optional(Type.Array(Type.String({ format: 'address-block', expects: 'an address or a block of addresses, such as 10.0.0.0/8' }), { description: 'Addresses and blocks of them.' })),
  certificates: Type.Optional(Type.Array(Type.String({ pattern: '^([0-9A-Fa-f]{2}:?){32}$', expects: 'a SHA-256 fingerprint in hex' }), { description: 'SHA-256 fingerprints of client certificates.' })),
  principals: Type.Optional(Type.Array(Type.Union([Type.String(filled), Type.Object({ id: Type.String({ ...filled, description: 'Its id.' }), issuer: Type.String({ ...filled, description: 'Who vouches for it.' }) }, closed)], {
    expects: 'an id, or { id, issuer }'
  }), { description: 'Ids of principals, whoever vouches for them; or of one issuer alone, `{ id, issuer }`.' }))
}, { ...closed, description }))

export const networkOptions = Type.Optional(Type.Object({
  allow: callers('Where given, nobody else may call. Any of the lists is enough.'),
  deny: callers('Who may not call, whatever `allow` says.')
}, { ...closed, description: 'Who may call at all. Default: everybody.' }))
