/** What a request shows of its caller. */
import { malformed } from './auth-error.ts'

/** The certificate of a client, and whether the server trusts who issued it. */
export type ClientCertificate = {
  readonly isTrusted: boolean
  /** `CN=flights,O=Example`, the most specific first. */
  readonly subject: string
  readonly commonName: string | undefined
  /** URIs and DNS names among its alternative names. */
  readonly uris: readonly string[]
  readonly dnsNames: readonly string[]
  /** SHA-256 of the DER, in lower-case hex. */
  readonly fingerprint: string
  /** In ms since the epoch. */
  readonly validTo: number
}

/** A request, as far as schemes look at it. */
export type Credentials = {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Without a certificate, undefined. */
  certificate (): ClientCertificate | undefined
  query (name: string): string | string[] | undefined
  /** The body as it came, `''` for none; undefined where the binding does not show it. */
  body (): Uint8Array | string | undefined
}

/** @throws AuthError for a header that is there twice */
export function headerOf ({ headers }: Credentials, name: string): string | undefined {
  return once(headers[name.toLowerCase()], name)
}

/** What stands after the name of a scheme in `Authorization` (RFC 9110 §11.6.2). @param scheme in lower case */
export function authorizationOf ({ headers }: Credentials, scheme: string): string | undefined {
  const { authorization } = headers
  if (typeof authorization !== 'string' || authorization.slice(0, scheme.length).toLowerCase() !== scheme) return undefined
  const rest = authorization.slice(scheme.length)
  if (rest !== '' && rest[0] !== ' ') return undefined
  const credentials = rest.trim()
  if (!/^[\w.~+/-]+=*$/.test(credentials)) throw malformed('The Authorization header is malformed')
  return credentials
}

/** @throws AuthError for a parameter that is there twice */
export function queryOf (credentials: Credentials, name: string): string | undefined {
  return once(credentials.query(name), name)
}

/** @throws AuthError for a cookie that is there twice */
export function cookieOf ({ headers: { cookie = '' } }: Credentials, name: string): string | undefined {
  const found = String(cookie).split(';').flatMap(pair => {
    const [key = '', ...value] = pair.split('=')
    return key.trim() === name ? [value.join('=').trim().replace(/^"(.*)"$/, '$1')] : []
  })
  return once(found.length > 1 ? found : found[0], name)
}

function once (value: string | string[] | undefined, name: string): string | undefined {
  if (Array.isArray(value)) throw malformed(`${name} is there more than once`)
  return value
}
