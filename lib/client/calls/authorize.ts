/** What goes with each request to show who sends it: chosen from what the card asks for. */
import type { AgentCard, SecurityRequirement, SecurityScheme } from '../../../schemas/v1/card.ts'
import type { Credential, CredentialContext } from '../credentials/credential.ts'
import { ClientError, RemoteError } from '../errors.ts'
import type { Fetch } from '../http/exchange.ts'

export type Authorization = {
  readonly headers: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
}

/** Sends with authorization, and once more with new credentials where these were refused. */
export type Authorize = <T>(signal: AbortSignal | undefined, send: (authorization: Authorization) => Promise<T>) => Promise<T>

export const anonymous: Authorize = async (_signal, send) => await send({ headers: {}, query: {} })

/** A credential, and the scheme that it is for. */
type Use = { readonly credential: Credential, readonly scheme: SecurityScheme | undefined, readonly scopes: readonly string[] }

/**
 * @param origin of the card
 * @throws ClientError A2A_ERR_CREDENTIALS when the card requires what is not there
 */
export function createAuthorize (card: AgentCard, credentials: readonly Credential[], { origin, fetch }: { origin: string, fetch: Fetch }): Authorize {
  const uses = chooseUses(card, credentials)
  if (uses.length === 0) return anonymous

  const contextOf = ({ scheme, scopes }: Use, signal: AbortSignal | undefined, challenge?: string): CredentialContext => ({ scheme, scopes, origin, fetch, signal, challenge })

  async function current (signal: AbortSignal | undefined, challenge?: string): Promise<Authorization> {
    const all = await Promise.all(uses.map(async use => await use.credential.authorize(contextOf(use, signal, challenge))))
    const cookies = all.flatMap(({ headers }) => headers?.cookie ?? [])
    return {
      headers: Object.assign({}, ...all.map(({ headers }) => headers), cookies.length > 0 ? { cookie: cookies.join('; ') } : {}),
      query: Object.assign({}, ...all.map(({ query }) => query))
    }
  }

  async function renew (signal: AbortSignal | undefined, challenge: string | undefined): Promise<boolean> {
    const renewed = await Promise.all(uses.map(async use => await use.credential.renew?.(contextOf(use, signal, challenge)) ?? false))
    return renewed.includes(true)
  }

  return async (signal, send) => {
    try {
      return await send(await current(signal))
    } catch (error) {
      // Who was refused has not been heard: even a message may be sent again.
      if (!(error instanceof RemoteError) || (error.remote.status !== 401 && error.name !== 'UnauthenticatedError')) throw error
      const { challenge } = error.remote
      if (!await renew(signal, challenge)) throw error
      return await send(await current(signal, challenge))
    }
  }
}

function chooseUses ({ name, securitySchemes = {}, securityRequirements = [] }: AgentCard, credentials: readonly Credential[]): Use[] {
  if (securityRequirements.length === 0) {
    const credential = credentials.find(credential => credential.fits(undefined)) ?? schemeUse(securitySchemes, credentials)
    return credential === undefined ? [] : 'fits' in credential ? [{ credential, scheme: undefined, scopes: [] }] : [credential]
  }
  const ways = securityRequirements.map(requirement => usesOf(requirement, securitySchemes, credentials))
  const way = ways.find(uses => uses !== undefined && uses.length > 0) ?? ways.find(uses => uses !== undefined)
  if (way !== undefined) return way
  const asked = securityRequirements.map(({ schemes }) => Object.keys(schemes).join(' and ')).join(', or ')
  throw new ClientError('A2A_ERR_CREDENTIALS', `${name} requires ${asked}, and none of the credentials is for that`)
}

/** A card that declares schemes, and requires none. */
function schemeUse (schemes: Record<string, SecurityScheme>, credentials: readonly Credential[]): Use | undefined {
  for (const scheme of Object.values(schemes)) {
    const credential = credentials.find(credential => credential.fits(scheme))
    if (credential !== undefined) return { credential, scheme, scopes: [] }
  }
  return undefined
}

/** Of one requirement all schemes are needed. @returns undefined when one of them can't be met */
function usesOf ({ schemes }: SecurityRequirement, declared: Record<string, SecurityScheme>, credentials: readonly Credential[]): Use[] | undefined {
  const uses = Object.entries(schemes).map(([name, { list = [] }]): Use | undefined => {
    const scheme = Object.hasOwn(declared, name) ? declared[name] : undefined
    const credential = scheme && credentials.find(credential => credential.fits(scheme))
    return credential && { credential, scheme, scopes: list }
  })
  return uses.every(use => use !== undefined) ? uses : undefined
}
