import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'

/** A file to which lines are appended; each is with the operating system when `append` returns, and outlives this process. */
export type LineFile = {
  /** The last line that was there; undefined where there was none. */
  readonly last: string | undefined
  /** Bytes of a line that was broken off, and is cut off now: its process died while it wrote. */
  readonly torn: number
  append (line: string): void
  close (): void
}

/** What is read at once when the last line is looked for. */
const step = 65_536

/** @throws Error when the file can't be opened */
export function openLineFile (path: string): LineFile {
  const file = openSync(path, 'a+', 0o600)
  const { size } = fstatSync(file)
  const text = readTail(file, size)
  const end = text.lastIndexOf(10) + 1
  const torn = text.length - end
  if (torn > 0) ftruncateSync(file, size - torn)
  const lines = text.subarray(0, Math.max(0, end - 1))
  return {
    last: end === 0 ? undefined : lines.subarray(lines.lastIndexOf(10) + 1).toString('utf8'),
    torn,
    append: line => { writeAll(file, Buffer.from(`${line}\n`)) },
    close: () => closeSync(file)
  }
}

/** The end of the file, with at least one whole line before what may be torn. */
function readTail (file: number, size: number): Buffer {
  for (let length = Math.min(step, size); ; length = Math.min(length * 2, size)) {
    const tail = Buffer.alloc(length)
    readSync(file, tail, 0, length, size - length)
    const last = tail.lastIndexOf(10)
    const isEnough = last > 0 && tail.lastIndexOf(10, last - 1) !== -1
    if (isEnough || length === size) return tail
  }
}

function writeAll (file: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written)
}
