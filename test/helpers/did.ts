/** Agents that sign their requests by a DID. */
import { createHash, ECDH, randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'

export type Signer = { did: string, alg: string, privateKey: CryptoKey, publicJwk: JWK }

export type SignOptions = { audience?: string, body?: string | Uint8Array, expires?: number, age?: number, jti?: string, header?: Record<string, unknown>, claims?: Record<string, unknown> }

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

/** Ed25519, or P-256. @param did of a did:web; default: the did:key of the key */
export async function signer (alg: 'EdDSA' | 'ES256', did?: string): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const publicJwk = await exportJWK(publicKey)
  return { did: did ?? `did:key:${multikey(publicJwk)}`, alg, privateKey, publicJwk }
}

export function multikey ({ crv, x = '', y = '' }: JWK): string {
  const [xBytes, yBytes] = [Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]
  const bytes = crv === 'Ed25519'
    ? Buffer.concat([Buffer.from([0xed, 0x01]), xBytes])
    : Buffer.concat([Buffer.from([0x80, 0x24]), Buffer.from(ECDH.convertKey(Buffer.concat([Buffer.from([4]), xBytes, yBytes]), 'prime256v1', undefined, 'hex', 'compressed').toString(), 'hex')])
  let number = BigInt(`0x${bytes.toString('hex')}`)
  let text = ''
  for (; number > 0n; number /= 58n) text = `${alphabet[Number(number % 58n)]}${text}`
  return `z${text}`
}

/** Times in seconds. */
export async function signRequest ({ did, alg, privateKey }: Signer, { audience = 'https://flights.example.com', body, expires = 60, age = 0, jti = randomUUID(), header = {}, claims = {} }: SignOptions = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000) - age
  return await new SignJWT({ ...body !== undefined && { request_body_sha256: createHash('sha256').update(body).digest('hex') }, ...claims })
    .setProtectedHeader({ alg, ...header })
    .setIssuer(did)
    .setAudience(audience)
    .setJti(jti)
    .setIssuedAt(now)
    .setExpirationTime(now + expires)
    .sign(privateKey)
}
