/** Secrets at rest: AES-256-GCM, bound to the place where they stand. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

export type Sealer = {
  /** @param place where the text will stand; it can't be opened anywhere else */
  seal (text: string, place: string): string
  /** @throws SealError when it was sealed with a key that is not known, for another place, or was changed */
  open (sealed: string, place: string): string
}

export class SealError extends Error {
  override readonly name = 'SealError'
}

type Key = { readonly id: string, readonly key: Uint8Array }

/** @param keys of 32 bytes; the first one seals, all of them open */
export function createSealer (keys: readonly Uint8Array[]): Sealer {
  const known: Key[] = keys.map(key => ({ id: createHash('sha256').update(key).digest('base64url').slice(0, 8), key }))
  const [sealing] = known
  if (sealing === undefined) throw new TypeError('a sealer needs a key')
  return {
    seal: (text, place) => {
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', sealing.key, iv).setAAD(Buffer.from(place))
      const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return [sealing.id, ...[iv, cipher.getAuthTag(), data].map(bytes => bytes.toString('base64url'))].join('.')
    },
    open: (sealed, place) => {
      const [id, ...parts] = sealed.split('.')
      const [iv, tag, data] = parts.map(part => Buffer.from(part, 'base64url'))
      const key = known.find(key => key.id === id)
      if (key === undefined) throw new SealError(`there is no key ${id} to open this with: add the one it was sealed with to push.key`)
      if (iv?.length !== 12 || tag?.length !== 16 || data === undefined) throw new SealError('this is not what a sealer wrote')
      try {
        const decipher = createDecipheriv('aes-256-gcm', key.key, iv).setAAD(Buffer.from(place)).setAuthTag(tag)
        return Buffer.concat([decipher.update(data), decipher.final()]).toString('utf8')
      } catch (cause) {
        throw new SealError('this was changed, or sealed for another place', { cause })
      }
    }
  }
}
