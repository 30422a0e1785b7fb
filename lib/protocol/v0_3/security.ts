/** Security schemes and requirements in 0.3's (OpenAPI's) forms. */
import type { OAuthFlows as V03Flows, Security, SecurityScheme as V03Scheme } from '../../../schemas/v0_3/card.ts'
import type { OAuthFlows, SecurityRequirement, SecurityScheme } from '../../../schemas/v1/card.ts'
import { pick } from './pick.ts'

/** Undefined for a scheme that sets none of the five forms. */
export function toV03Scheme (scheme: SecurityScheme): V03Scheme | undefined {
  const { apiKeySecurityScheme, httpAuthSecurityScheme, oauth2SecurityScheme, openIdConnectSecurityScheme, mtlsSecurityScheme } = scheme
  if (apiKeySecurityScheme !== undefined) {
    return { type: 'apiKey', in: apiKeySecurityScheme.location, ...pick(apiKeySecurityScheme, 'name', 'description') }
  }
  if (httpAuthSecurityScheme !== undefined) {
    return { type: 'http', ...pick(httpAuthSecurityScheme, 'scheme', 'bearerFormat', 'description') }
  }
  if (oauth2SecurityScheme !== undefined) {
    return {
      type: 'oauth2',
      flows: toV03Flows(oauth2SecurityScheme.flows),
      ...pick(oauth2SecurityScheme, 'oauth2MetadataUrl', 'description')
    }
  }
  if (openIdConnectSecurityScheme !== undefined) {
    return { type: 'openIdConnect', ...pick(openIdConnectSecurityScheme, 'openIdConnectUrl', 'description') }
  }
  return mtlsSecurityScheme && { type: 'mutualTLS', ...pick(mtlsSecurityScheme, 'description') }
}

/** `{ schemes: { google: { list: ['openid'] } } }` is `{ google: ['openid'] }` in 0.3. */
export function toV03Security (requirements: readonly SecurityRequirement[]): Security[] {
  return requirements.map(({ schemes }) =>
    Object.fromEntries(Object.entries(schemes).map(([name, { list }]) => [name, list ?? []])))
}

/**
 * Device code has no form in 0.3, and is left out: the scheme stays, so that requirements still find it.
 * So is a flow without the URL that 0.3 requires of it.
 */
function toV03Flows ({ authorizationCode, clientCredentials, implicit, password }: OAuthFlows): V03Flows {
  return {
    ...authorizationCode !== undefined && {
      authorizationCode: pick(authorizationCode, 'authorizationUrl', 'tokenUrl', 'refreshUrl', 'scopes')
    },
    ...clientCredentials !== undefined && {
      clientCredentials: pick(clientCredentials, 'tokenUrl', 'refreshUrl', 'scopes')
    },
    ...implicit?.authorizationUrl !== undefined && {
      implicit: { authorizationUrl: implicit.authorizationUrl, scopes: {}, ...pick(implicit, 'refreshUrl', 'scopes') }
    },
    ...password?.tokenUrl !== undefined && {
      password: { tokenUrl: password.tokenUrl, scopes: {}, ...pick(password, 'refreshUrl', 'scopes') }
    }
  }
}
