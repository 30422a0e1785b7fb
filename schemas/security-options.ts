/** The option `security`, in code and in a config file. */
import Type, { type TSchema } from 'typebox'
import { closed, filled, milliseconds } from './option-forms.ts'
import { RequirementOptions } from './requirement-options.ts'
import { SecurityScheme, type OAuthFlows } from './v1/card.ts'

export const securityDefaults = {
  realm: 'a2a',
  apiKey: { in: 'header', name: 'x-api-key' },
  /** Those with which nobody can sign who can only check. */
  algorithms: ['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  clockTolerance: 30_000,
  jwksCooldown: 30_000,
  jwksMaxAge: 600_000,
  introspectionCache: 0,
  did: { methods: ['web', 'key'], maxAge: 300_000, remember: 100_000 },
  timeout: 5_000
} as const

const defaults = securityDefaults

const text = (description: string) => Type.String({ ...filled, description })
const httpUrl = (description: string) => Type.String({ format: 'http-url', expects: 'an absolute http(s) URL without query and fragment', description })
const texts = (description: string) => Type.Union([Type.String(filled), Type.Array(Type.String(filled), { minItems: 1 })], { description })
const optional = Type.Optional
const description = optional(text('For people, in the card.'))

/** Who comes with a credential that is listed here. */
const who = {
  id: text('Who it is.'),
  scopes: optional(Type.Array(Type.String(filled), { description: 'What it may do.' })),
  claims: optional(Type.Unsafe<Record<string, unknown>>({ type: 'object', description: 'What else the executor is told.' }))
}

/** A list, or in code a function that looks one up. */
const listed = (entry: Record<string, TSchema>, about: string, lookup: TSchema | undefined) => {
  const list = Type.Array(Type.Object(entry, closed), { minItems: 1, description: about })
  return lookup === undefined ? list : Type.Union([list, lookup], { description: about })
}

/** What tokens of an issuer must be like. */
const tokenRules = {
  audience: texts('Whom a token must be for: one of them.'),
  algorithms: optional(Type.Array(Type.Enum(defaults.algorithms), { minItems: 1, uniqueItems: true, description: 'Signatures that are taken. Default: all asymmetric ones of JOSE.', default: defaults.algorithms })),
  clockTolerance: milliseconds('By how much clocks may differ, in ms. Default: 30,000.', defaults.clockTolerance),
  tokenType: optional(text('What `typ` of a token must be, as in `at+jwt`. Default: not looked at.')),
  idClaim: optional(text('The claim that says who it is. Default: `sub`, else `client_id`.')),
  scopesClaim: optional(text('The claim that says what it may do. Default: `scope`, else `scp`.'))
}

const keyTimes = {
  jwksCooldown: milliseconds('Between two requests for keys that a token names and that are not known, in ms. Default: 30,000.', defaults.jwksCooldown),
  jwksMaxAge: milliseconds('How long keys are kept, in ms. Default: 600,000.', defaults.jwksMaxAge)
}

const jwk = Type.Object({ kty: Type.String({ ...filled, description: 'The type of the key: `EC`, `OKP` or `RSA`.' }) }, { description: 'A public key (RFC 7517).' })
const keys = Type.Array(jwk, { minItems: 1, description: 'Public keys (RFC 7517).' })

const introspection = Type.Object({
  url: httpUrl('Where tokens are asked for (RFC 7662).'),
  clientId: text('Who asks.'),
  clientSecret: text('Its secret.'),
  issuer: optional(text('Who must have issued a token, where the answer says so.')),
  audience: optional(texts('Whom a token must be for.')),
  cache: milliseconds('How long an answer holds, in ms: a token that is revoked is taken for so long. Default: 0.', defaults.introspectionCache),
  idClaim: tokenRules.idClaim,
  scopesClaim: tokenRules.scopesClaim
}, { ...closed, description: 'Asks the authorization server about each token (RFC 7662).' })

const url = (about: string) => Type.String({ format: 'absolute-uri', expects: 'an absolute URL', description: about })
const scopes = Type.Record(Type.String(), Type.String(), { description: 'What each scope stands for.' })
const tokenUrl = url('Where tokens are had.')
const refreshUrl = optional(url('Where they are renewed.'))

/** Those that A2A 1.0 has beside the ones that are deprecated (§4.5.7). */
const flows = Type.Object({
  authorizationCode: optional(Type.Object({
    authorizationUrl: url('Where people agree.'),
    tokenUrl,
    refreshUrl,
    scopes,
    pkceRequired: optional(Type.Boolean({ description: 'Whether clients must use PKCE.' }))
  }, { ...closed, description: 'For clients that act for people.' })),
  clientCredentials: optional(Type.Object({ tokenUrl, refreshUrl, scopes }, { ...closed, description: 'For clients that act for themselves.' })),
  deviceCode: optional(Type.Object({ deviceAuthorizationUrl: url('Where a device asks.'), tokenUrl, refreshUrl, scopes }, { ...closed, description: 'For clients without a browser.' }))
} satisfies Partial<Record<keyof OAuthFlows, TSchema>>, {
  ...closed, minProperties: 1, maxProperties: 1, expects: 'one of authorizationCode, clientCredentials and deviceCode', description: 'How clients get a token (A2A 1.0 §4.5.7).'
})

const type = <const Name extends string>(name: Name) => Type.Literal(name, { description: 'The kind of scheme.' })

type More = { lookup?: TSchema, custom?: TSchema }

function schemesOf ({ lookup, custom }: More): TSchema[] {
  return [
    Type.Object({
      type: type('apiKey'),
      in: optional(Type.Enum(['header', 'query', 'cookie'], { description: 'Where the key stands. Default: `header`.', default: defaults.apiKey.in })),
      name: optional(Type.String({ pattern: '^[\\w!#$%&\'*+.^`|~-]+$', expects: 'the name of a header, a parameter or a cookie', description: 'Its name. Default: `x-api-key`.', default: defaults.apiKey.name })),
      keys: listed({ key: text('The key.'), ...who }, 'Who comes with which key.', lookup),
      description
    }, closed),
    Type.Object({
      type: type('bearer'),
      tokens: listed({ token: text('The token.'), ...who }, 'Who comes with which token.', lookup),
      bearerFormat: optional(text('What tokens look like, in the card.')),
      description
    }, closed),
    Type.Object({
      type: type('basic'),
      users: listed({
        username: Type.String({ pattern: '^[^:]+$', expects: 'a name without a colon', description: 'The name.' }),
        password: text('The password.'),
        ...who,
        id: optional(text('Who it is. Default: the name.'))
      }, 'Who comes with which name and password.', lookup),
      description
    }, closed),
    Type.Object({
      type: type('jwt'),
      issuer: texts('Who must have issued a token: one of them.'),
      keys: optional(keys),
      jwksUrl: optional(httpUrl('Where the public keys of the issuer are.')),
      ...tokenRules,
      ...keyTimes,
      description
    }, closed),
    Type.Object({
      type: type('openIdConnect'),
      issuer: httpUrl('The provider: its metadata are at `/.well-known/openid-configuration` below it.'),
      ...tokenRules,
      ...keyTimes,
      description
    }, closed),
    Type.Object({
      type: type('oauth2'),
      flows,
      metadataUrl: optional(httpUrl('The metadata of the authorization server (RFC 8414). Default: at the place that belongs to `issuer`.')),
      issuer: optional(text('Who must have issued a token.')),
      keys: optional(keys),
      jwksUrl: optional(httpUrl('Where the public keys of the issuer are. Default: where its metadata say.')),
      ...tokenRules,
      audience: optional(tokenRules.audience),
      ...keyTimes,
      introspection: optional(introspection),
      description
    }, closed),
    Type.Object({
      type: type('mutualTLS'),
      identity: optional(Type.Enum(['subject', 'commonName', 'uri', 'dns', 'fingerprint'], { description: 'What of a certificate says who it is. Default: `subject`.', default: 'subject' })),
      clients: optional(listed({
        certificate: text('The identity, as its certificate says it.'), ...who
      }, 'Who is let in. Default: everybody whose certificate the server trusts.', lookup)),
      description
    }, closed),
    Type.Object({
      type: type('did'),
      audience: texts('The URL of this agent, which requests are signed for: one of them.'),
      methods: optional(Type.Array(Type.Enum(defaults.did.methods), { minItems: 1, uniqueItems: true, description: 'Methods of DIDs. Default: `web` and `key`.', default: defaults.did.methods })),
      clients: optional(Type.Array(Type.Object({
        did: Type.String({ pattern: '^did:(web|key):\\S+$', expects: 'a did:web or a did:key', description: 'The DID.' }), ...who, id: optional(who.id)
      }, closed), { minItems: 1, description: 'Who is let in. Default: everybody who has a DID.' })),
      maxAge: milliseconds('How long a signature may hold, in ms. Default: 300,000.', defaults.did.maxAge),
      clockTolerance: tokenRules.clockTolerance,
      bodyHash: optional(Type.Boolean({ description: 'Whether the body must be signed, too. Default: true.', default: true })),
      remember: optional(Type.Integer({ minimum: 1, expects: 'a whole number, at least 1', description: 'Signatures that are known when they come again. Default: 100,000.', default: defaults.did.remember })),
      description
    }, closed),
    ...custom === undefined
      ? []
      : [Type.Object({
          type: type('custom'),
          authenticate: custom,
          card: Type.Unsafe<SecurityScheme>({ ...SecurityScheme, expects: 'one security scheme in the form of the card', description: 'How the card declares it (A2A 1.0 §4.5.1).' }),
          challenge: optional(text('What a `WWW-Authenticate` says.'))
        }, closed)]
  ]
}

/** @param more what only code can say */
export function securityOptions (more: More = {}) {
  const scheme = Type.Unsafe<{ type: string }>({ type: 'object', required: ['type'], discriminator: { propertyName: 'type' }, oneOf: schemesOf(more), description: 'How callers are authenticated.' })
  return optional(Type.Object({
    schemes: Type.Record(Type.String({ pattern: '^[\\w.-]{1,64}$' }), scheme, { ...closed, minProperties: 1, description: 'Security schemes, by the names that the card gives them.' }),
    requirements: optional(Type.Array(RequirementOptions, { minItems: 1, description: 'What a caller needs; one of the list is enough. Default: any one of the schemes.' })),
    realm: optional(Type.String({ pattern: '^[\\x20-\\x7e]+$', expects: 'printable ASCII', description: 'What `WWW-Authenticate` calls this place. Default: `a2a`.', default: defaults.realm })),
    timeout: milliseconds('How long a provider of keys, tokens or DIDs may take to answer, in ms. Default: 5,000.', defaults.timeout),
    targets: optional(Type.Object({
      http: optional(Type.Boolean({ description: 'Whether `http:` will do, too. Default: false.', default: false })),
      allow: optional(Type.Array(
        Type.String({ format: 'host-entry', expects: 'a host such as id.example.com or *.example.com, or addresses such as 10.1.0.0/16' }),
        { description: 'Hosts and addresses that may be reached although they are not public. Those that options name are.' }
      )),
      ca: optional(text('Certificates that are trusted beside those of Node. PEM.'))
    }, { ...closed, description: 'Where keys and documents may be that others name. Default: https, and public addresses alone.' }))
  }, { ...closed, description: 'How callers are authenticated, and what they need. The card declares it.' }))
}
