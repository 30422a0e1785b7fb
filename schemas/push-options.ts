/** The option `push`, in code and in a config file. */
import Type, { type TSchema } from 'typebox'
import { closed, filled } from './card-options.ts'
import { signingKeys } from './signing-options.ts'

export const pushDefaults = {
  events: ['status', 'artifact'],
  timeout: 15_000,
  retry: { attempts: 15, minDelay: 1_000, maxDelay: 3_600_000, maxAge: 86_400_000 },
  circuit: { failures: 5, pause: 30_000 },
  concurrency: 8,
  configs: 16,
  bodySize: 1024 * 1024,
  revealSecrets: false,
  poll: 1_000,
  sign: { keys: undefined, issuer: undefined, path: '/.well-known/jwks.json', ttl: 300_000 }
} as const

const defaults = pushDefaults

const count = (description: string, fallback: number) => Type.Optional(Type.Integer({
  description, minimum: 1, default: fallback, expects: 'a whole number, at least 1'
}))

/** A delay that is not none: a server would do nothing else. */
const longestDelay = 2 ** 31 - 1

/** At least something: a server would do nothing else. */
const delay = (description: string, fallback: number, minimum = 1) => Type.Optional(Type.Integer({
  description, minimum, maximum: longestDelay, default: fallback, expects: `a whole number of milliseconds, ${minimum} to ${longestDelay}`
}))

const key = Type.String({ pattern: '^[A-Za-z0-9+/_-]{43}=?$', expects: '32 bytes in base64, as `openssl rand -base64 32` writes them' })

const hosts = (description: string) => Type.Optional(Type.Array(
  Type.String({ format: 'host-entry', expects: 'a host such as hooks.example.com or *.example.com, or addresses such as 10.1.0.0/16' }), { description }
))

const keysDescription = 'Private keys (JWK or PEM), the one that signs first. Default: those of `signing`, else a key of this process.'

/** @param more what only code can say: a function in place of `events` and of `sign.keys`, and a key that a service keeps */
export function pushOptions (more: { events?: TSchema, keys?: TSchema, key?: TSchema } = {}) {
  const events = Type.Array(Type.Enum(['status', 'artifact', 'chunk']), { uniqueItems: true, minItems: 1, default: defaults.events })
  return Type.Optional(Type.Union([
    Type.Boolean(),
    Type.Object({
      key: Type.Optional(Type.Union([key, Type.Array(key, { minItems: 1 })], {
        description: 'Seals what clients have confided to the agent: 32 bytes in base64. Of several, the first one seals, and all of them open. Default: a key of this process, with the memory store.'
      })),
      events: Type.Optional(Type.Union([events, ...more.events === undefined ? [] : [more.events]], {
        description: 'What is worth a notification: `status`, `artifact` (complete ones), `chunk` (every update of an artifact). Default: `status` and `artifact`.'
      })),
      targets: Type.Optional(Type.Object({
        http: Type.Optional(Type.Boolean({ description: 'Whether `http:` will do, too. Default: false.', default: false })),
        allow: hosts('Hosts and addresses that may be reached although they are not public.'),
        only: hosts('Where given, nothing else may be reached.')
      }, { ...closed, description: 'Where notifications may go. Default: https, and public addresses alone.' })),
      timeout: delay('For one attempt, in ms. Default: 15,000.', defaults.timeout),
      retry: Type.Optional(Type.Object({
        attempts: count('Default: 15.', defaults.retry.attempts),
        minDelay: delay('Before the second attempt, in ms; twice as long before each further one. Default: 1,000.', defaults.retry.minDelay),
        maxDelay: delay('In ms. Default: 3,600,000, one hour.', defaults.retry.maxDelay),
        maxAge: delay('How long a delivery is tried, in ms. Default: 86,400,000, one day.', defaults.retry.maxAge)
      }, { ...closed, description: 'When a delivery is tried again, and when it is given up.' })),
      circuit: Type.Optional(Type.Object({
        failures: count('Failures in a row. Default: 5.', defaults.circuit.failures),
        pause: delay('For how long, in ms. Default: 30,000.', defaults.circuit.pause)
      }, { ...closed, description: 'When a host is left alone.' })),
      concurrency: count('Deliveries to one host at once. Default: 8.', defaults.concurrency),
      configs: count('Configurations of one task. Default: 16.', defaults.configs),
      bodySize: count('Bytes of one notification. Default: 1 MiB.', defaults.bodySize),
      revealSecrets: Type.Optional(Type.Boolean({ description: 'Whether Get and List answer with `token` and `authentication.credentials`. Default: false.', default: false })),
      poll: delay('How often deliveries that other replicas left are looked for, in ms. Default: 1,000.', defaults.poll, 10),
      sign: Type.Optional(Type.Union([
        Type.Boolean(),
        Type.Object({
          keys: Type.Optional(signingKeys(keysDescription, more)),
          issuer: Type.Optional(Type.String({ ...filled, description: 'Who signs. Default: the URL of the agent.' })),
          path: Type.Optional(Type.String({
            pattern: '^/[^?#\\s]*$', expects: 'a path that starts with /', description: 'Where the public keys are, under the prefix. Default: `/.well-known/jwks.json`.', default: defaults.sign.path
          })),
          ttl: delay('How long a signature holds, in ms. Default: 300,000.', defaults.sign.ttl, 1000)
        }, closed)
      ], { description: 'Signs notifications, and publishes the keys. Default: false.' }))
    }, closed)
  ], { description: 'Push notifications: `true`, or how they are delivered. Declares the capability. Default: false.', default: false }))
}
