/** The agent card of A2A 0.3 and its security objects, in OpenAPI's forms (specification 0.3.0 §5.5). */
import Type, { type Static } from 'typebox'
import { AgentCardSignature, AgentExtension, AgentProvider } from '../v1/card.ts'

const Text = Type.String({ minLength: 1 })
const MediaTypes = Type.Array(Type.String({ minLength: 1, maxLength: 256 }))
const Scopes = Type.Record(Type.String(), Type.String())
const description = Type.Optional(Type.String())
const refreshUrl = Type.Optional(Text)

/** Scheme name to scopes: all schemes of one object are needed, any object of a list will do. */
export const Security = Type.Record(Type.String(), Type.Array(Type.String()))
export type Security = Static<typeof Security>

export const OAuthFlows = Type.Object({
  authorizationCode: Type.Optional(Type.Object({ authorizationUrl: Text, tokenUrl: Text, refreshUrl, scopes: Scopes })),
  clientCredentials: Type.Optional(Type.Object({ tokenUrl: Text, refreshUrl, scopes: Scopes })),
  implicit: Type.Optional(Type.Object({ authorizationUrl: Text, refreshUrl, scopes: Scopes })),
  password: Type.Optional(Type.Object({ tokenUrl: Text, refreshUrl, scopes: Scopes }))
})
export type OAuthFlows = Static<typeof OAuthFlows>

const ApiKey = Type.Object({
  type: Type.Literal('apiKey'), description, in: Type.Enum(['query', 'header', 'cookie']), name: Text
})
const HttpAuth = Type.Object({
  type: Type.Literal('http'), description, scheme: Text, bearerFormat: Type.Optional(Type.String())
})
const OAuth2 = Type.Object({
  type: Type.Literal('oauth2'), description, flows: OAuthFlows, oauth2MetadataUrl: Type.Optional(Text)
})
const OpenIdConnect = Type.Object({ type: Type.Literal('openIdConnect'), description, openIdConnectUrl: Text })
const MutualTls = Type.Object({ type: Type.Literal('mutualTLS'), description })

export const SecurityScheme = Type.Unsafe<SecurityScheme>({
  type: 'object',
  required: ['type'],
  discriminator: { propertyName: 'type' },
  oneOf: [ApiKey, HttpAuth, OAuth2, OpenIdConnect, MutualTls]
})
export type SecurityScheme =
  | Static<typeof ApiKey>
  | Static<typeof HttpAuth>
  | Static<typeof OAuth2>
  | Static<typeof OpenIdConnect>
  | Static<typeof MutualTls>

export const AgentInterface = Type.Object({ url: Text, transport: Text })
export type AgentInterface = Static<typeof AgentInterface>

export const AgentCapabilities = Type.Object({
  streaming: Type.Optional(Type.Boolean()),
  pushNotifications: Type.Optional(Type.Boolean()),
  stateTransitionHistory: Type.Optional(Type.Boolean()),
  extensions: Type.Optional(Type.Array(AgentExtension))
})
export type AgentCapabilities = Static<typeof AgentCapabilities>

export const AgentSkill = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 256 }),
  name: Text,
  description: Text,
  tags: Type.Array(Type.String()),
  examples: Type.Optional(Type.Array(Type.String())),
  inputModes: Type.Optional(MediaTypes),
  outputModes: Type.Optional(MediaTypes),
  security: Type.Optional(Type.Array(Security))
})
export type AgentSkill = Static<typeof AgentSkill>

export const AgentCard = Type.Object({
  protocolVersion: Text,
  name: Text,
  description: Text,
  url: Text,
  preferredTransport: Type.Optional(Text),
  additionalInterfaces: Type.Optional(Type.Array(AgentInterface)),
  iconUrl: Type.Optional(Text),
  provider: Type.Optional(AgentProvider),
  version: Text,
  documentationUrl: Type.Optional(Text),
  capabilities: AgentCapabilities,
  securitySchemes: Type.Optional(Type.Record(Type.String(), SecurityScheme)),
  security: Type.Optional(Type.Array(Security)),
  defaultInputModes: MediaTypes,
  defaultOutputModes: MediaTypes,
  skills: Type.Array(AgentSkill),
  supportsAuthenticatedExtendedCard: Type.Optional(Type.Boolean()),
  signatures: Type.Optional(Type.Array(AgentCardSignature))
})
export type AgentCard = Static<typeof AgentCard>
