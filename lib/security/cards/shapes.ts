/** What may stand in a card, with the presence of each field: unset fields have no place in what is signed (A2A 1.0 §5.7, §8.4.1). */

/** A field that is not `required` or `optional` is left out where it holds its default. */
export type Presence = 'required' | 'optional' | 'implicit'

export type Shape =
  | { readonly kind: 'value', readonly presence: Presence, readonly fallback: string | boolean }
  | { readonly kind: 'list' | 'map', readonly presence: Presence, readonly of: Shape }
  /** Messages are there or not: an empty one says something. */
  | { readonly kind: 'message', readonly presence: 'optional', readonly fields: Fields }
  /** Any JSON object. */
  | { readonly kind: 'struct', readonly presence: 'optional' }

export type Fields = Readonly<Record<string, Shape>>

const value = (fallback: string | boolean, presence: Presence = 'implicit'): Shape => ({ kind: 'value', presence, fallback })
const text = value('')
const bool = value(false)
const list = (of: Shape): Shape => ({ kind: 'list', presence: 'implicit', of })
const map = (of: Shape): Shape => ({ kind: 'map', presence: 'implicit', of })
const message = (fields: Fields): Shape => ({ kind: 'message', presence: 'optional', fields })
const struct: Shape = { kind: 'struct', presence: 'optional' }

function required (shape: Shape): Shape {
  return shape.kind === 'message' || shape.kind === 'struct' ? shape : { ...shape, presence: 'required' }
}

function optional (shape: Shape): Shape {
  return shape.kind === 'message' || shape.kind === 'struct' ? shape : { ...shape, presence: 'optional' }
}

const needed = required(text)
const provider = message({ url: needed, organization: needed })
const extension = message({ uri: text, description: text, required: bool, params: struct })
const requirement = message({ schemes: map(message({ list: list(text) })) })
const scopes = required(map(text))

const securityScheme = message({
  apiKeySecurityScheme: message({ description: text, location: needed, name: needed }),
  httpAuthSecurityScheme: message({ description: text, scheme: needed, bearerFormat: text }),
  oauth2SecurityScheme: message({
    description: text,
    flows: message({
      authorizationCode: message({ authorizationUrl: needed, tokenUrl: needed, refreshUrl: text, scopes, pkceRequired: bool }),
      clientCredentials: message({ tokenUrl: needed, refreshUrl: text, scopes }),
      implicit: message({ authorizationUrl: text, refreshUrl: text, scopes: map(text) }),
      password: message({ tokenUrl: text, refreshUrl: text, scopes: map(text) }),
      deviceCode: message({ deviceAuthorizationUrl: needed, tokenUrl: needed, refreshUrl: text, scopes })
    }),
    oauth2MetadataUrl: text
  }),
  openIdConnectSecurityScheme: message({ description: text, openIdConnectUrl: needed }),
  mtlsSecurityScheme: message({ description: text })
})

const modes = required(list(text))

/** The `AgentCard` of the 1.0 proto, without its signatures. */
export const v1Card: Fields = {
  name: needed,
  description: needed,
  supportedInterfaces: required(list(message({ url: needed, protocolBinding: needed, tenant: text, protocolVersion: needed }))),
  provider,
  version: needed,
  documentationUrl: optional(text),
  capabilities: message({ streaming: optional(bool), pushNotifications: optional(bool), extensions: list(extension), extendedAgentCard: optional(bool) }),
  securitySchemes: map(securityScheme),
  securityRequirements: list(requirement),
  defaultInputModes: modes,
  defaultOutputModes: modes,
  skills: required(list(message({
    id: needed, name: needed, description: needed, tags: required(list(text)), examples: list(text), inputModes: list(text), outputModes: list(text), securityRequirements: list(requirement)
  }))),
  iconUrl: optional(text)
}

const given = optional(text)
const flag = optional(bool)
const securityV03 = list(map(list(text)))
const flowV03 = message({ authorizationUrl: given, tokenUrl: given, refreshUrl: given, scopes: map(text) })

/** A 0.3 card as the Python SDK holds it: what has the default of its model is left out. */
export const v03Card: Fields = {
  protocolVersion: value('0.3.0'),
  name: given,
  description: given,
  url: given,
  preferredTransport: value('JSONRPC'),
  additionalInterfaces: list(message({ url: given, transport: given })),
  iconUrl: given,
  provider,
  version: given,
  documentationUrl: given,
  capabilities: message({
    streaming: flag, pushNotifications: flag, stateTransitionHistory: flag, extensions: list(message({ uri: given, description: given, required: flag, params: struct }))
  }),
  // `type` is the default of each kind of scheme.
  securitySchemes: map(message({
    description: given,
    in: given,
    name: given,
    scheme: given,
    bearerFormat: given,
    flows: message({ authorizationCode: flowV03, clientCredentials: flowV03, implicit: flowV03, password: flowV03 }),
    oauth2MetadataUrl: given,
    openIdConnectUrl: given
  })),
  security: securityV03,
  defaultInputModes: list(text),
  defaultOutputModes: list(text),
  skills: list(message({
    id: given, name: given, description: given, tags: list(text), examples: list(text), inputModes: list(text), outputModes: list(text), security: securityV03
  })),
  supportsAuthenticatedExtendedCard: flag
}
