/** Text as bytes, in a buffer that it shares with others. */
export type Bytes = { readonly slab: Buffer, readonly start: number, readonly end: number }

const size = 262_144
let slab = Buffer.alloc(0)
let used = 0

/**
 * Keeps a text where the garbage collector neither copies nor scans it. A slab is given back when the last text in it is:
 * what is kept together should go together.
 */
export function keepText (text: string): Bytes {
  const length = Buffer.byteLength(text)
  if (length > size / 4) return { slab: Buffer.from(text), start: 0, end: length }
  if (used + length > slab.length) {
    slab = Buffer.allocUnsafeSlow(size)
    used = 0
  }
  const start = used
  used += slab.write(text, start)
  return { slab, start, end: used }
}

export function readText ({ slab, start, end }: Bytes): string {
  return slab.toString('utf8', start, end)
}
