/** Public keys in the form of did:key: multibase (base58btc) of multicodec (W3C Controlled Identifiers §2.2.2, did:key §3). */
import { ECDH } from 'node:crypto'
import type { JWK } from 'jose'

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

/** @param text as in `z6Mk...` @throws Error for what is neither an Ed25519 nor a P-256 key */
export function readMultikey (text: string): JWK {
  const bytes = readBase58(text)
  const [first, second] = bytes
  const key = bytes.subarray(2)
  if (first === 0xed && second === 0x01 && key.length === 32) return { kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url') }
  if (first === 0x80 && second === 0x24 && key.length === 33) return p256(key)
  throw new Error('the key is neither Ed25519 nor P-256')
}

/** @param compressed one coordinate, and the sign of the other */
function p256 (compressed: Buffer): JWK {
  const point = Buffer.from(ECDH.convertKey(compressed, 'prime256v1', undefined, 'hex', 'uncompressed').toString(), 'hex')
  return { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') }
}

function readBase58 (text: string): Buffer {
  if (!/^z[1-9A-HJ-NP-Za-km-z]{1,100}$/.test(text)) throw new Error('the key is not in base58btc')
  const number = [...text.slice(1)].reduce((sum, digit) => sum * 58n + BigInt(alphabet.indexOf(digit)), 0n)
  const hex = number.toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
}
