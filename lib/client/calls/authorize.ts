/** What goes with each request to show who sends it. */

export type Authorization = {
  readonly headers: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
}

/** Sends with authorization, and once more with new credentials where these were refused. */
export type Authorize = <T>(signal: AbortSignal | undefined, send: (authorization: Authorization) => Promise<T>) => Promise<T>

export const anonymous: Authorize = async (_signal, send) => await send({ headers: {}, query: {} })
