/** The option `security`, and what becomes of it. */
import type { JWK } from 'jose'
import { securityDefaults as defaults } from '../../schemas/security-options.ts'
import type { OAuthFlows, SecurityRequirement, SecurityScheme } from '../../schemas/v1/card.ts'
import type { Principal } from '../agent/executor.ts'
import { given } from '../agent/options/given.ts'
import { toCardScheme } from './card.ts'
import type { Credentials } from './credentials.ts'
import { toCardRequirement, toRequirement, type Requirement } from './requirements.ts'

/** Who a credential belongs to. */
export type Identity = Pick<Principal, 'id' | 'scopes' | 'claims'>

type Found = Identity | undefined | Promise<Identity | undefined>

type Described = {
  /** For people, in the card. */
  description?: string
}

export type ApiKeyOptions = Described & {
  type: 'apiKey'
  /** Default: `header`. */
  in?: 'header' | 'query' | 'cookie'
  /** Of the header, parameter or cookie. Default: `x-api-key`. */
  name?: string
  /** Who comes with which key: a list, or a function that looks it up. */
  keys: ReadonlyArray<Identity & { key: string }> | ((key: string) => Found)
}

export type BearerOptions = Described & {
  type: 'bearer'
  tokens: ReadonlyArray<Identity & { token: string }> | ((token: string) => Found)
  /** What tokens look like, in the card. */
  bearerFormat?: string
}

export type BasicOptions = Described & {
  type: 'basic'
  /** Default of `id`: the name. */
  users: ReadonlyArray<Partial<Identity> & { username: string, password: string }> | ((username: string, password: string) => Found)
}

/** What tokens of an issuer must be like. */
export type TokenRules = {
  /** Whom a token must be for: one of them. */
  audience: string | string[]
  /** Signatures that are taken. Default: all asymmetric ones of JOSE. Never `none`, and none that share a secret. */
  algorithms?: Array<typeof defaults.algorithms[number]>
  /** By how much clocks may differ, in ms. Default: 30,000. */
  clockTolerance?: number
  /** What `typ` of a token must be, as in `at+jwt`. Default: not looked at. */
  tokenType?: string
  /** Default: `sub`, else `client_id`. */
  idClaim?: string
  /** Default: `scope`, else `scp`. */
  scopesClaim?: string
}

export type KeyTimes = {
  /** Between two requests for keys that are not known, in ms. Default: 30,000. */
  jwksCooldown?: number
  /** How long keys are kept, in ms. Default: 600,000. */
  jwksMaxAge?: number
}

/** One of `keys` and `jwksUrl`. */
export type JwtOptions = Described & TokenRules & KeyTimes & {
  type: 'jwt'
  issuer: string | string[]
  /** Public keys. */
  keys?: readonly JWK[]
  jwksUrl?: string
}

export type OpenIdConnectOptions = Described & TokenRules & KeyTimes & {
  type: 'openIdConnect'
  issuer: string
}

export type IntrospectionOptions = Pick<TokenRules, 'idClaim' | 'scopesClaim'> & {
  url: string
  clientId: string
  clientSecret: string
  issuer?: string
  audience?: string | string[]
  /** How long an answer holds, in ms. Default: 0. */
  cache?: number
}

/** Tokens are checked by `introspection`, or by `issuer`, `audience` and keys: given, at `jwksUrl`, or where the metadata of the server say. */
export type OAuth2Options = Described & Partial<TokenRules> & KeyTimes & {
  type: 'oauth2'
  flows: OAuthFlows
  /** Of the authorization server (RFC 8414). Default: at the place that belongs to `issuer`. */
  metadataUrl?: string
  issuer?: string
  keys?: readonly JWK[]
  jwksUrl?: string
  introspection?: IntrospectionOptions
}

export type MutualTlsOptions = Described & {
  type: 'mutualTLS'
  /** What of a certificate says who it is. Default: `subject`. */
  identity?: 'subject' | 'commonName' | 'uri' | 'dns' | 'fingerprint'
  /** Default: everybody whose certificate the server trusts. */
  clients?: ReadonlyArray<Identity & { certificate: string }> | ((identity: string) => Found)
}

export type DidOptions = Described & {
  type: 'did'
  /** The URL of this agent, which requests are signed for. */
  audience: string | string[]
  methods?: Array<'web' | 'key'>
  /** Default: everybody who has a DID. */
  clients?: ReadonlyArray<Partial<Identity> & { did: string }>
  /** How long a signature may hold, in ms. Default: 300,000. */
  maxAge?: number
  clockTolerance?: number
  /** Whether the body must be signed, too. Default: true. */
  bodyHash?: boolean
  /** Signatures that are known when they come again. Default: 100,000. */
  remember?: number
}

export type CustomOptions = {
  type: 'custom'
  /** Answers undefined for a request without credentials of its kind; throws an AuthError for wrong ones. */
  authenticate: (credentials: Credentials) => Found
  /** How the card declares it. */
  card: SecurityScheme
  /** What a `WWW-Authenticate` says. */
  challenge?: string
}

export type SchemeOptions =
  | ApiKeyOptions | BearerOptions | BasicOptions | JwtOptions | OpenIdConnectOptions | OAuth2Options | MutualTlsOptions | DidOptions | CustomOptions

/** Scopes by the names of schemes: all of them are needed. Also in the form of the card. */
export type RequirementOptions = Record<string, string[]> | SecurityRequirement

export type SecurityOptions = {
  /** By the names that the card gives them. */
  schemes: Record<string, SchemeOptions>
  /** One of the list is enough. Default: any one of the schemes. */
  requirements?: RequirementOptions[]
  /** What `WWW-Authenticate` calls this place. Default: `a2a`. */
  realm?: string
  /** How long a provider of keys, tokens or DIDs may take to answer, in ms. Default: 5,000. */
  timeout?: number
  /** Where keys and documents may be that others name. Default: https, and public addresses alone. */
  targets?: {
    http?: boolean
    /** Hosts and addresses that may be reached although they are not public. Those that options name are. */
    allow?: string[]
    /** Certificates that are trusted beside those of Node. PEM. */
    ca?: string
  }
}

/** Where requests of the library's own may go. */
export type Targets = Readonly<Required<Omit<NonNullable<SecurityOptions['targets']>, 'ca'>>> & { readonly ca?: string, readonly timeout: number }

/** The option with every default applied. */
export type SecuritySettings = {
  readonly realm: string
  readonly schemes: ReadonlyMap<string, SchemeOptions>
  readonly requirements: readonly Requirement[]
  readonly targets: Targets
  /** What the card says of it. */
  readonly declared: { readonly securitySchemes: Readonly<Record<string, SecurityScheme>>, readonly securityRequirements: SecurityRequirement[] }
}

/**
 * @param option checked already
 * @param servesAnonymous whether who shows nothing is served as well: the card then says so
 */
export function resolveSecurity (option: SecurityOptions | undefined, servesAnonymous: boolean): SecuritySettings | undefined {
  if (option === undefined) return undefined
  const { schemes, realm = defaults.realm, timeout = defaults.timeout, targets } = option
  const requirements = option.requirements?.map(toRequirement) ?? Object.keys(schemes).map(name => ({ [name]: [] }))
  return Object.freeze({
    realm,
    schemes: new Map(Object.entries(schemes)),
    requirements: Object.freeze(requirements),
    targets: Object.freeze({ http: false, allow: [], ...given(targets), timeout }),
    declared: Object.freeze({
      securitySchemes: Object.fromEntries(Object.entries(schemes).map(([name, scheme]) => [name, toCardScheme(scheme)])),
      securityRequirements: [...requirements, ...servesAnonymous ? [{}] : []].map(toCardRequirement)
    })
  })
}
