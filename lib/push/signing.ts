/** Signatures of notifications: a JWT over the hash of the body, and the keys by which it is checked. */
import { createHash } from 'node:crypto'
import type { JWK } from 'jose'
import { KeyRing, type RingTimes } from '../security/keys/ring.ts'
import { compact, createSigningKey } from '../security/keys/signing-key.ts'
import type { SignSettings } from './options.ts'

/** What is signed. */
export type Statement = {
  /** The delivery: the same in every attempt. */
  id: string
  /** The URL that it is sent to. */
  audience: string
  issuer: string
  body: string
}

export type Signer = {
  /** A compact JWS. */
  sign (statement: Statement): Promise<string>
  /** The public keys (RFC 7517 §5). */
  jwks (): Promise<{ keys: JWK[] }>
}

/** The claim that holds the SHA-256 of the body, in hex. */
export const bodyClaim = 'request_body_sha256'

export function hashBody (body: string | Uint8Array): string {
  return createHash('sha256').update(body).digest('hex')
}

/**
 * @param shared the keys of the agent, for where the option names none
 * @throws MisuseError when a key is none, or can't sign
 */
export async function createSigner ({ keys, issuer, ttl }: SignSettings, { times, now = Date.now, shared }: { times?: RingTimes, now?: () => number, shared?: KeyRing | undefined } = {}): Promise<Signer> {
  const ring = keys === undefined && shared !== undefined ? shared : new KeyRing(keys ?? [await createSigningKey()], 'push.sign.keys', times, now)
  await ring.refresh()
  return {
    sign: async statement => {
      const key = await ring.signing()
      const time = Math.floor(now() / 1000)
      const claims = {
        [bodyClaim]: hashBody(statement.body),
        iss: issuer ?? statement.issuer,
        aud: statement.audience,
        jti: statement.id,
        iat: time,
        exp: time + Math.ceil(ttl / 1000)
      }
      const payload = Buffer.from(JSON.stringify(claims))
      return compact(await key.sign({ typ: 'JWT' }, payload), payload)
    },
    jwks: async () => ({ keys: await ring.published() })
  }
}
