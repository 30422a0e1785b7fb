/** OAuth 2: tokens that are got when they are needed, kept as long as they are good, and got once for all who wait. */
import * as oauth from 'oauth4webapi'
import type { OAuthFlows } from '../../../schemas/v1/card.ts'
import { ClientError } from '../errors.ts'
import type { Credential, CredentialContext } from './credential.ts'

type OAuthClient = {
  clientId: string
  /** Default: none, for a public client. */
  clientSecret?: string
  /** How the client shows who it is. Default: `basic`. */
  clientAuth?: 'basic' | 'post'
  /** Default: those that the card requires. */
  scopes?: readonly string[]
  /** Default: the card's, if it is at the origin of the card. Another one has to be named here: whoever writes a card could ask for your secret. */
  tokenUrl?: string
}

export type ClientCredentialsOptions = OAuthClient & { clientSecret: string }

export type RefreshTokenOptions = OAuthClient & {
  refreshToken: string
  /** Told of each new refresh token, which replaces the last one. */
  onRefresh?: (refreshToken: string) => void | Promise<void>
}

/** The client credentials grant (RFC 6749 §4.4). */
export function clientCredentials (options: ClientCredentialsOptions): Credential {
  return tokenCredential(options, flows => flows.clientCredentials?.tokenUrl, async (server, client, auth, parameters, http) => {
    return await oauth.processClientCredentialsResponse(server, client, await oauth.clientCredentialsGrantRequest(server, client, auth, parameters, http))
  })
}

/** A user who has signed in before (RFC 6749 §6). */
export function refreshToken (options: RefreshTokenOptions): Credential {
  let current = options.refreshToken
  const tokenUrl = ({ authorizationCode, deviceCode }: OAuthFlows) => authorizationCode?.refreshUrl ?? authorizationCode?.tokenUrl ?? deviceCode?.refreshUrl ?? deviceCode?.tokenUrl
  return tokenCredential(options, tokenUrl, async (server, client, auth, parameters, http) => {
    const response = await oauth.refreshTokenGrantRequest(server, client, auth, current, { ...http, additionalParameters: parameters })
    const tokens = await oauth.processRefreshTokenResponse(server, client, response)
    if (tokens.refresh_token !== undefined && tokens.refresh_token !== current) {
      current = tokens.refresh_token
      await options.onRefresh?.(current)
    }
    return tokens
  })
}

type Grant = (
  server: oauth.AuthorizationServer, client: oauth.Client, auth: oauth.ClientAuth, parameters: Record<string, string>, http: oauth.TokenEndpointRequestOptions
) => Promise<oauth.TokenEndpointResponse>

type Token = { readonly value: string, /** ms since the epoch */ readonly goodUntil: number }

/** A token is not used in its last moments, in ms. */
const margin = 30_000

function tokenCredential (options: OAuthClient, urlIn: (flows: OAuthFlows) => string | undefined, grant: Grant): Credential {
  let token: Promise<Token> | undefined

  async function fetchToken (context: CredentialContext): Promise<Token> {
    const { clientId, scopes = context.scopes } = options
    const endpoint = tokenEndpoint(options, urlIn, context)
    try {
      const server = { issuer: endpoint.origin, token_endpoint: endpoint.href }
      const tokens = await grant(server, { client_id: clientId }, clientAuth(options), scopes.length > 0 ? { scope: scopes.join(' ') } : {}, {
        [oauth.customFetch]: async (url, { body, ...init }) => await context.fetch(url, { ...init, body: body ?? null }),
        // A card of http:, as on one's own machine, has its tokens there, too.
        ...endpoint.protocol === 'http:' && { [oauth.allowInsecureRequests]: true },
        signal: AbortSignal.timeout(30_000)
      })
      const { access_token: value, expires_in: seconds = 300 } = tokens
      return { value, goodUntil: Date.now() + Math.max(seconds * 1000 - margin, seconds * 500) }
    } catch (cause) {
      throw new ClientError('A2A_ERR_CREDENTIALS', `${endpoint.origin} gives no token to ${clientId}: ${reasonOf(cause)}`, { cause })
    }
  }

  async function current (context: CredentialContext): Promise<Token> {
    const known = await token?.catch(() => undefined)
    if (token !== undefined && known !== undefined && known.goodUntil > Date.now()) return known
    // Whoever comes meanwhile waits for the same one.
    const asked = fetchToken(context)
    token = asked
    return await asked
  }

  return {
    fits: scheme => scheme?.oauth2SecurityScheme === undefined ? scheme === undefined && options.tokenUrl !== undefined : options.tokenUrl !== undefined || urlIn(scheme.oauth2SecurityScheme.flows) !== undefined,
    authorize: async context => ({ headers: { authorization: `Bearer ${(await current(context)).value}` } }),
    renew: () => {
      token = undefined
      return true
    }
  }
}

function tokenEndpoint ({ tokenUrl }: OAuthClient, urlIn: (flows: OAuthFlows) => string | undefined, { scheme, origin }: CredentialContext): URL {
  const found = tokenUrl ?? (scheme?.oauth2SecurityScheme === undefined ? undefined : urlIn(scheme.oauth2SecurityScheme.flows))
  if (found === undefined || !URL.canParse(found)) throw new ClientError('A2A_ERR_CREDENTIALS', 'The card does not say where its tokens come from: set tokenUrl')
  const url = new URL(found)
  if (tokenUrl === undefined && url.origin !== origin) {
    throw new ClientError('A2A_ERR_TRUST', `The card of ${origin} has its tokens come from ${url.origin}: set tokenUrl to ${found} if you trust it with your client's secret`)
  }
  return url
}

function clientAuth ({ clientSecret, clientAuth = 'basic' }: OAuthClient): oauth.ClientAuth {
  if (clientSecret === undefined) return oauth.None()
  return clientAuth === 'basic' ? oauth.ClientSecretBasic(clientSecret) : oauth.ClientSecretPost(clientSecret)
}

function reasonOf (error: unknown): string {
  if (error instanceof oauth.ResponseBodyError) return error.error_description ?? error.error
  return error instanceof Error ? error.message : String(error)
}
