/** Keys that sign: of a file, of a JWKS, or of a service that keeps them and signs itself. */
import { createPrivateKey } from 'node:crypto'
import { base64url, calculateJwkThumbprint, exportJWK, FlattenedSign, generateKeyPair, importJWK, type JWK, type JWSHeaderParameters } from 'jose'

/** A key that never leaves where it is kept: a KMS, an HSM, another process. */
export type RemoteKey = {
  /** `ES256`, `RS256`, `EdDSA` or another one of JWS (RFC 7518 §3.1). */
  alg: string
  /** Its public half; `kid` names the key. */
  publicKey: JWK
  /**
   * Signs these bytes. The answer has the form of JWS: for ES256 that is r and s, 32 bytes each (RFC 7518 §3.4), and not the
   * DER that many services answer with.
   */
  sign (data: Uint8Array): Uint8Array | Promise<Uint8Array>
}

/** A private key as a JWK (RFC 7517) or as PEM, or one that is kept elsewhere. */
export type KeySource = JWK | string | RemoteKey

/** All of them, or a function that answers them and is asked again from time to time. */
export type KeySources = readonly KeySource[] | (() => readonly KeySource[] | Promise<readonly KeySource[]>)

/** The parts of a JWS (RFC 7515 §7.2.2), but for its payload. */
export type DetachedSignature = { readonly protected: string, readonly signature: string }

export type SigningKey = {
  readonly kid: string
  readonly alg: string
  readonly public: JWK
  /** `alg` and `kid` are added to the header. */
  sign (header: Omit<JWSHeaderParameters, 'alg' | 'kid'>, payload: Uint8Array): Promise<DetachedSignature>
}

/** Those with which nobody can sign who can only check. */
export const signatureAlgorithms: readonly string[] = ['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']

/** @throws Error when it is no private key */
export async function readSigningKey (source: KeySource): Promise<SigningKey> {
  if (typeof source === 'object' && isRemote(source)) return await remoteKey(source)
  const jwk = typeof source === 'string' ? readPem(source) : source
  const alg = jwk.alg ?? usualAlgorithm(jwk)
  const key = await importJWK(jwk, alg)
  if (jwk.d === undefined || key instanceof Uint8Array) throw new Error('it is not a private key')
  const name = await nameOf(jwk, alg)
  return {
    ...name,
    sign: async (header, payload) => {
      const { protected: head = '', signature } = await new FlattenedSign(payload).setProtectedHeader({ alg, ...header, kid: name.kid }).sign(key)
      return { protected: head, signature }
    }
  }
}

/** A key of this process, which nobody knows tomorrow. */
export async function createSigningKey (): Promise<KeySource> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { ...await exportJWK(privateKey), alg: 'ES256' }
}

export function compact ({ protected: head, signature }: DetachedSignature, payload: Uint8Array): string {
  return `${head}.${base64url.encode(payload)}.${signature}`
}

async function remoteKey ({ alg, publicKey, sign }: RemoteKey): Promise<SigningKey> {
  if (!signatureAlgorithms.includes(alg)) throw new Error(`${alg} is not an algorithm of public keys`)
  await importJWK(publicPart(publicKey), alg)
  const name = await nameOf(publicKey, alg)
  return {
    ...name,
    sign: async (header, payload) => {
      const head = base64url.encode(JSON.stringify({ alg, ...header, kid: name.kid }))
      const signature = await sign(new TextEncoder().encode(`${head}.${base64url.encode(payload)}`))
      return { protected: head, signature: base64url.encode(signature) }
    }
  }
}

async function nameOf (jwk: JWK, alg: string): Promise<Pick<SigningKey, 'kid' | 'alg' | 'public'>> {
  const kid = jwk.kid ?? await calculateJwkThumbprint(jwk)
  return { kid, alg, public: { ...publicPart(jwk), kid, alg, use: 'sig' } }
}

function isRemote (source: JWK | RemoteKey): source is RemoteKey {
  return 'sign' in source && typeof source.sign === 'function'
}

/** PKCS #8, or what OpenSSL wrote before it. */
function readPem (text: string): JWK {
  // Both have the fields of RFC 7517; Node's type allows any other beside them.
  return createPrivateKey(text).export({ format: 'jwk' }) as JWK
}

export function usualAlgorithm ({ kty, crv }: JWK): string {
  if (kty === 'EC') return ({ 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' } as Record<string, string>)[crv ?? ''] ?? 'ES256'
  return kty === 'OKP' ? 'EdDSA' : 'RS256'
}

/** Named one by one: what else a key holds stays here. */
export function publicPart ({ kty, crv, x, y, n, e }: JWK): JWK {
  return {
    ...kty !== undefined && { kty },
    ...crv !== undefined && { crv },
    ...x !== undefined && { x },
    ...y !== undefined && { y },
    ...n !== undefined && { n },
    ...e !== undefined && { e }
  }
}
