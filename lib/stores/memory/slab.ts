/** Text as bytes, in a buffer that it shares with others. */
export type Bytes = { readonly slab: Buffer, readonly start: number, readonly end: number }

const size = 262_144

/**
 * Keeps texts where the garbage collector neither copies nor scans them. A slab is given back when the last text in it is: what is
 * kept by one keeper should go together.
 */
export class TextKeeper {
  #slab = Buffer.alloc(0)
  #used = 0

  keep (text: string): Bytes {
    if (this.#used + maxBytes(text) > this.#slab.length) {
      const length = Buffer.byteLength(text)
      if (length > size / 4) return { slab: Buffer.from(text), start: 0, end: length }
      if (this.#used + length > this.#slab.length) {
        this.#slab = Buffer.allocUnsafeSlow(size)
        this.#used = 0
      }
    }
    const start = this.#used
    this.#used += this.#slab.write(text, start)
    return { slab: this.#slab, start, end: this.#used }
  }
}

/** What it takes at most; to count would take as long as to write. */
function maxBytes ({ length }: string): number {
  return 3 * length
}

export function readText ({ slab, start, end }: Bytes): string {
  return slab.toString('utf8', start, end)
}
