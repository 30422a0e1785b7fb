/** Credentials that are known beforehand. */
import type { SecurityScheme } from '../../../schemas/v1/card.ts'
import { reveal, type Credential, type Secret } from './credential.ts'

type ApiKeyPlace = { readonly location: string, readonly name: string }

/**
 * An API key, sent where the card says.
 * @param place for a card that does not say where
 */
export function apiKey (key: Secret, place?: { location: 'header' | 'query' | 'cookie', name: string }): Credential {
  return {
    fits: scheme => scheme === undefined ? place !== undefined : scheme.apiKeySecurityScheme !== undefined,
    authorize: async context => {
      const wanted: ApiKeyPlace | undefined = context.scheme?.apiKeySecurityScheme ?? place
      if (wanted === undefined) return {}
      const value = await reveal(key, context)
      if (wanted.location === 'query') return { query: { [wanted.name]: value } }
      return { headers: wanted.location === 'cookie' ? { cookie: `${wanted.name}=${encodeURIComponent(value)}` } : { [wanted.name.toLowerCase()]: value } }
    },
    renew: () => typeof key === 'function'
  }
}

/** A token that somebody else has got: for the HTTP scheme Bearer, OAuth 2 and OpenID Connect. */
export function bearer (token: Secret): Credential {
  return {
    fits: scheme => scheme === undefined || isHttp(scheme, 'bearer') || scheme.oauth2SecurityScheme !== undefined || scheme.openIdConnectSecurityScheme !== undefined,
    authorize: async context => ({ headers: { authorization: `Bearer ${await reveal(token, context)}` } }),
    renew: () => typeof token === 'function'
  }
}

/** User name and password (RFC 7617). */
export function basic (user: string, password: Secret): Credential {
  return {
    fits: scheme => scheme === undefined || isHttp(scheme, 'basic'),
    authorize: async context => ({ headers: { authorization: `Basic ${Buffer.from(`${user}:${await reveal(password, context)}`).toString('base64')}` } }),
    renew: () => typeof password === 'function'
  }
}

/** A client certificate. */
export function mutualTls (tls: NonNullable<Credential['tls']>): Credential {
  return { fits: scheme => scheme?.mtlsSecurityScheme !== undefined, authorize: () => ({}), tls }
}

function isHttp ({ httpAuthSecurityScheme }: SecurityScheme, name: string): boolean {
  return httpAuthSecurityScheme?.scheme.toLowerCase() === name
}
