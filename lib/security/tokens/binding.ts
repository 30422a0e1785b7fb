import { AuthError } from '../auth-error.ts'
import type { Credentials } from '../credentials.ts'

/**
 * A token that is bound to a key is good for nobody else (RFC 7800): to a certificate (RFC 8705 §3), or to a key by a proof
 * that is not known here, as DPoP is.
 * @throws AuthError
 */
export function checkBinding ({ cnf }: Readonly<Record<string, unknown>>, credentials: Credentials): void {
  if (cnf === undefined) return
  const thumbprint = typeof cnf === 'object' && cnf !== null && 'x5t#S256' in cnf ? cnf['x5t#S256'] : undefined
  const certificate = thumbprint === undefined ? undefined : credentials.certificate()
  if (certificate !== undefined && Buffer.from(certificate.fingerprint, 'hex').toString('base64url') === thumbprint) return
  throw new AuthError('The token is bound to a key that was not shown')
}
