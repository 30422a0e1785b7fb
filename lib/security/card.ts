/** Security schemes as the card declares them (A2A 1.0 §4.5). Those of 0.3 are made of these, see protocol/v0_3/security.ts. */
import { securityDefaults as defaults } from '../../schemas/security-options.ts'
import type { SecurityScheme } from '../../schemas/v1/card.ts'
import type { SchemeOptions } from './options.ts'

export function toCardScheme (scheme: SchemeOptions): SecurityScheme {
  if (scheme.type === 'custom') return scheme.card
  const described = scheme.description !== undefined && { description: scheme.description }
  switch (scheme.type) {
    case 'apiKey':
      return { apiKeySecurityScheme: { ...described, location: scheme.in ?? defaults.apiKey.in, name: scheme.name ?? defaults.apiKey.name } }
    case 'bearer':
      return { httpAuthSecurityScheme: { ...described, scheme: 'Bearer', ...scheme.bearerFormat !== undefined && { bearerFormat: scheme.bearerFormat } } }
    case 'basic':
      return { httpAuthSecurityScheme: { ...described, scheme: 'Basic' } }
    case 'jwt':
      return { httpAuthSecurityScheme: { ...described, scheme: 'Bearer', bearerFormat: 'JWT' } }
    case 'did':
      return { httpAuthSecurityScheme: { ...described, scheme: 'Bearer', bearerFormat: 'did-jwt' } }
    case 'openIdConnect':
      return { openIdConnectSecurityScheme: { ...described, openIdConnectUrl: discoveryUrl(scheme.issuer) } }
    case 'oauth2':
      return { oauth2SecurityScheme: { ...described, flows: scheme.flows, ...scheme.metadataUrl !== undefined && { oauth2MetadataUrl: scheme.metadataUrl } } }
    case 'mutualTLS':
      return { mtlsSecurityScheme: { ...described } }
  }
}

/** OpenID Connect Discovery 1.0 §4. */
export function discoveryUrl (issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
}

/** RFC 8414 §3.1: the well-known part goes before the path of the issuer. */
export function metadataUrl (issuer: string): string {
  const { origin, pathname } = new URL(issuer)
  return `${origin}/.well-known/oauth-authorization-server${pathname.replace(/\/$/, '')}`
}
