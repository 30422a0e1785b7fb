/** Gathers pieces of text into chunks. */
export interface TextBuffer {
  /** Resolves when there is room for more. Rejects when a chunk could not be written. */
  push (text: string): Promise<void>
  /** Writes what is held back. */
  flush (): Promise<void>
  /** Hands over what is held back, unwritten. */
  take (): string
}

/**
 * @param limits how much is held back: ms since the first held piece, and bytes of UTF-8
 */
export function coalesce (write: (text: string) => Promise<void>, limits: { ms: number, bytes: number }): TextBuffer {
  let held = ''
  let size = 0
  let begun = false
  let timer: NodeJS.Timeout | undefined
  let written = Promise.resolve()

  function take (): string {
    clearTimeout(timer)
    timer = undefined
    const text = held
    held = ''
    size = 0
    return text
  }

  function flush (): Promise<void> {
    const text = take()
    if (text !== '') {
      written = (async () => { await write(text) })()
      // The timer has nobody to tell: the next push will.
      written.catch(() => {})
    }
    return written
  }

  return {
    take,
    flush,
    push (text) {
      held += text
      size += Buffer.byteLength(text)
      if (!begun || limits.ms === 0 || size >= limits.bytes) {
        begun ||= text !== ''
        return flush()
      }
      timer ??= setTimeout(flush, limits.ms)
      return written
    }
  }
}
