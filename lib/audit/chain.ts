/** Records as links of a chain: each holds the hash of the one before, so that a gap and a change show. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** The last link that there is. */
export type ChainEnd = { readonly seq: number, readonly hash: string }

/** What the first record follows. */
export const chainStart: ChainEnd = Object.freeze({ seq: 0, hash: '0'.repeat(64) })

/** A link as it was written. */
export type Link = { readonly seq: number, readonly prev: string, readonly hash: string, readonly isWhole: boolean }

export type Chain = {
  /** @returns the record as a line, without its newline; it is part of the chain once `end` is set to it */
  seal (record: object): { line: string, end: ChainEnd }
  /** Undefined for a line that is no link. */
  read (line: string): Link | undefined
}

/** @param key without one, whoever can write the file can make the whole chain anew */
export function createChain (from: () => ChainEnd, key?: Uint8Array): Chain {
  const hashOf = (text: string) => (key === undefined ? createHash('sha256') : createHmac('sha256', key)).update(text).digest('hex')

  return {
    seal: record => {
      const { seq, hash: prev } = from()
      const text = JSON.stringify({ ...record, seq: seq + 1, prev })
      const hash = hashOf(text)
      return { line: `${text.slice(0, -1)},"hash":"${hash}"}`, end: { seq: seq + 1, hash } }
    },
    read: line => {
      // The bytes that were written are what counts: no parser comes between.
      const [, text, hash] = /^(\{.*),"hash":"([0-9a-f]{64})"\}$/.exec(line) ?? []
      const place = text === undefined ? undefined : placeOf(`${text}}`)
      if (text === undefined || hash === undefined || place === undefined) return undefined
      return { ...place, hash, isWhole: timingSafeEqual(Buffer.from(hashOf(`${text}}`)), Buffer.from(hash)) }
    }
  }
}

function placeOf (text: string): { seq: number, prev: string } | undefined {
  try {
    const { seq, prev } = Object(JSON.parse(text))
    return Number.isSafeInteger(seq) && typeof prev === 'string' ? { seq, prev } : undefined
  } catch {
    return undefined
  }
}
