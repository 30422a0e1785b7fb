/** The option `signing`, in code and in a config file. */
import Type, { type TSchema } from 'typebox'
import { closed, filled } from './card-options.ts'

export const signingDefaults = { path: '/.well-known/jwks.json', compat: true } as const

const key = Type.Union([
  Type.String({ pattern: '-----BEGIN [A-Z ]*PRIVATE KEY-----', expects: 'a private key as PEM' }),
  Type.Object({ kty: Type.String({ ...filled, description: 'The type of the key: `EC`, `OKP` or `RSA`.' }) }, { description: 'A private key.', expects: 'a private key as JWK' })
])

/** What only code can say: a key that a service keeps, and a function in place of `keys`. */
type InCode = { key?: TSchema, keys?: TSchema }

export function signingKeys (description: string, more: InCode = {}): TSchema {
  const keys = Type.Array(more.key === undefined ? key : Type.Union([...key.anyOf, more.key]), { minItems: 1, description })
  return more.keys === undefined ? keys : Type.Union([keys, more.keys], { description })
}

export function signingOptions (more: InCode = {}) {
  return Type.Optional(Type.Object({
    keys: signingKeys('Private keys, each of which signs: JWK (RFC 7517) or PEM.', more),
    jku: Type.Optional(Type.Union([Type.Literal(false), Type.String({ format: 'http-url' })], {
      expects: 'an absolute http(s) URL, or false', description: 'Where signatures say that the keys are; false for nothing. Default: the URL of `path`.'
    })),
    path: Type.Optional(Type.String({
      pattern: '^/[^?#\\s]*$', expects: 'a path that starts with /', description: 'Where the public keys are, under the prefix. Default: `/.well-known/jwks.json`.', default: signingDefaults.path
    })),
    compat: Type.Optional(Type.Boolean({ description: 'Signs the forms that the official SDKs verify, too, where they differ from the specification\'s. Default: true.', default: signingDefaults.compat })),
    ttl: Type.Optional(Type.Integer({
      minimum: 60_000, expects: 'a whole number of milliseconds, at least 60000', description: 'How long a signature holds, in ms; it is made again at half of that. Default: as long as its key does.'
    }))
  }, { ...closed, description: 'Signs the cards, and publishes the keys. Needs `publicUrl`. Default: not at all.' }))
}
