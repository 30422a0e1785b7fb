import type { ConnectionOptions } from 'node:tls'
import type { SecurityScheme } from '../../../schemas/v1/card.ts'
import type { Authorization } from '../calls/authorize.ts'
import type { Fetch } from '../http/exchange.ts'

/** For whom credentials are wanted. */
export type CredentialContext = {
  /** The scheme of the card; undefined where the card names none. */
  readonly scheme: SecurityScheme | undefined
  /** That the card requires. */
  readonly scopes: readonly string[]
  /** Where the card came from. */
  readonly origin: string
  readonly fetch: Fetch
  readonly signal: AbortSignal | undefined
  /** `WWW-Authenticate` of the answer that refused the last ones. */
  readonly challenge?: string | undefined
}

/** Something that shows who calls. It is never asked on behalf of an origin that is not the card's. */
export type Credential = {
  /** Whether it is what a scheme asks for; undefined for a card without schemes. */
  fits (scheme: SecurityScheme | undefined): boolean
  /** @throws ClientError A2A_ERR_CREDENTIALS when there are none to be had */
  authorize (context: CredentialContext): Partial<Authorization> | Promise<Partial<Authorization>>
  /** The last ones were refused. @returns whether there are others now */
  renew? (context: CredentialContext): boolean | Promise<boolean>
  /** For connections. */
  readonly tls?: Pick<ConnectionOptions, 'cert' | 'key' | 'pfx' | 'passphrase' | 'ca'>
}

/** A secret, or where to get it from at each call. */
export type Secret = string | ((challenge: string | undefined) => string | Promise<string>)

export async function reveal (secret: Secret, { challenge }: CredentialContext): Promise<string> {
  return typeof secret === 'string' ? secret : await secret(challenge)
}
