/** Agent discovery and security objects (A2A 1.0 §4.4, §4.5). */
import Type, { type Static } from 'typebox'
import { Struct } from './common.ts'

const Uri = Type.String({ minLength: 1, maxLength: 8192, format: 'absolute-uri' })
const Text = Type.String({ minLength: 1 })
const MediaTypes = Type.Array(Type.String({ minLength: 1, maxLength: 256 }))
const Scopes = Type.Record(Type.String(), Type.String())
const description = Type.Optional(Type.String())

export const AgentProvider = Type.Object({ url: Uri, organization: Text })
export type AgentProvider = Static<typeof AgentProvider>

export const AgentExtension = Type.Object({
  uri: Uri,
  description,
  required: Type.Optional(Type.Boolean()),
  params: Type.Optional(Struct)
})
export type AgentExtension = Static<typeof AgentExtension>

export const AgentCapabilities = Type.Object({
  streaming: Type.Optional(Type.Boolean()),
  pushNotifications: Type.Optional(Type.Boolean()),
  extensions: Type.Optional(Type.Array(AgentExtension)),
  extendedAgentCard: Type.Optional(Type.Boolean())
})
export type AgentCapabilities = Static<typeof AgentCapabilities>

export const SecurityRequirement = Type.Object({
  schemes: Type.Record(Type.String(), Type.Object({ list: Type.Optional(Type.Array(Type.String())) }))
})
export type SecurityRequirement = Static<typeof SecurityRequirement>

export const OAuthFlows = Type.Object({
  authorizationCode: Type.Optional(Type.Object({
    authorizationUrl: Uri,
    tokenUrl: Uri,
    refreshUrl: Type.Optional(Uri),
    scopes: Scopes,
    pkceRequired: Type.Optional(Type.Boolean())
  })),
  clientCredentials: Type.Optional(Type.Object({ tokenUrl: Uri, refreshUrl: Type.Optional(Uri), scopes: Scopes })),
  implicit: Type.Optional(Type.Object({
    authorizationUrl: Type.Optional(Uri), refreshUrl: Type.Optional(Uri), scopes: Type.Optional(Scopes)
  })),
  password: Type.Optional(Type.Object({
    tokenUrl: Type.Optional(Uri), refreshUrl: Type.Optional(Uri), scopes: Type.Optional(Scopes)
  })),
  deviceCode: Type.Optional(Type.Object({
    deviceAuthorizationUrl: Uri, tokenUrl: Uri, refreshUrl: Type.Optional(Uri), scopes: Scopes
  }))
}, { minProperties: 1, maxProperties: 1 })
export type OAuthFlows = Static<typeof OAuthFlows>

/** Exactly one member is set. */
export const SecurityScheme = Type.Object({
  apiKeySecurityScheme: Type.Optional(Type.Object({
    description, location: Type.Enum(['query', 'header', 'cookie']), name: Text
  })),
  httpAuthSecurityScheme: Type.Optional(Type.Object({
    description, scheme: Text, bearerFormat: Type.Optional(Type.String())
  })),
  oauth2SecurityScheme: Type.Optional(Type.Object({
    description, flows: OAuthFlows, oauth2MetadataUrl: Type.Optional(Uri)
  })),
  openIdConnectSecurityScheme: Type.Optional(Type.Object({ description, openIdConnectUrl: Uri })),
  mtlsSecurityScheme: Type.Optional(Type.Object({ description }))
}, { minProperties: 1, maxProperties: 1 })
export type SecurityScheme = Static<typeof SecurityScheme>

export const AgentSkill = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 256 }),
  name: Text,
  description: Text,
  tags: Type.Array(Type.String()),
  examples: Type.Optional(Type.Array(Type.String())),
  inputModes: Type.Optional(MediaTypes),
  outputModes: Type.Optional(MediaTypes),
  securityRequirements: Type.Optional(Type.Array(SecurityRequirement))
})
export type AgentSkill = Static<typeof AgentSkill>

export const AgentInterface = Type.Object({
  url: Text,
  protocolBinding: Text,
  tenant: Type.Optional(Type.String()),
  protocolVersion: Text
})
export type AgentInterface = Static<typeof AgentInterface>

export const AgentCardSignature = Type.Object({
  protected: Text,
  signature: Text,
  header: Type.Optional(Struct)
})
export type AgentCardSignature = Static<typeof AgentCardSignature>

export const AgentCard = Type.Object({
  name: Text,
  description: Text,
  supportedInterfaces: Type.Array(AgentInterface, { minItems: 1 }),
  provider: Type.Optional(AgentProvider),
  version: Text,
  documentationUrl: Type.Optional(Uri),
  capabilities: AgentCapabilities,
  securitySchemes: Type.Optional(Type.Record(Type.String(), SecurityScheme)),
  securityRequirements: Type.Optional(Type.Array(SecurityRequirement)),
  defaultInputModes: MediaTypes,
  defaultOutputModes: MediaTypes,
  skills: Type.Array(AgentSkill),
  signatures: Type.Optional(Type.Array(AgentCardSignature)),
  iconUrl: Type.Optional(Uri)
})
export type AgentCard = Static<typeof AgentCard>
