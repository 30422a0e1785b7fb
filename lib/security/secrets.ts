import { timingSafeEqual } from 'node:crypto'

/** Finds who a secret belongs to, in a time that tells nothing of which secrets there are. */
export type SecretLookup<T> = (secret: string) => T | undefined

/** How many bytes are compared at least: shorter secrets do not show how long they are. */
const usualSize = 256
/** Marks the end of a secret: no byte of UTF-8. */
const end = 0xff

/** Compares with all of them, and with each to its end: neither how much matches nor where it stands shows. */
export function createSecretLookup<T> (entries: ReadonlyArray<{ secret: string, value: T }>): SecretLookup<T> {
  const size = entries.reduce((size, { secret }) => Math.max(size, Buffer.byteLength(secret)), usualSize) + 1
  const known = entries.map(({ secret, value }) => ({ bytes: fill(Buffer.alloc(size), secret), value }))
  const given = Buffer.alloc(size)
  return secret => {
    fill(given, secret)
    let found: T | undefined
    for (const { bytes, value } of known) {
      if (timingSafeEqual(bytes, given)) found = value
    }
    return found
  }
}

/** What has no room is none of them, and like none of them. */
function fill (bytes: Buffer, secret: string): Buffer {
  // A character is three bytes at most: what is short need not be measured.
  const hasRoom = secret.length * 3 < bytes.length || Buffer.byteLength(secret) < bytes.length
  const length = hasRoom ? bytes.write(secret) : 0
  bytes.fill(0, length)
  if (hasRoom) bytes[length] = end
  return bytes
}
