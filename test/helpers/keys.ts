import { exportJWK, exportPKCS8, exportSPKI, generateKeyPair, type JWK } from 'jose'

export type KeyPair = { jwk: JWK, publicJwk: JWK, pem: string, publicPem: string }

/** A key of a test's own, in every form. */
export async function keyPair (alg: string, kid: string): Promise<KeyPair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return {
    jwk: { ...await exportJWK(privateKey), alg, kid },
    publicJwk: { ...await exportJWK(publicKey), alg, kid },
    pem: await exportPKCS8(privateKey),
    publicPem: await exportSPKI(publicKey)
  }
}
