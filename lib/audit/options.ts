/** The option `audit`, and what becomes of it. */

export type AuditOptions = {
  /** A file to append to; each process has its own. Default: the log of the server. */
  file?: string
  /** Takes each record as a line of JSON: a destination of pino, a stream. */
  stream?: { write (line: string): unknown }
  /** Links the records, so that a gap and a change show; with a key (32 bytes or more in base64), nobody without it can make a chain. Default: false. */
  chain?: boolean | { key: string }
  /** Whether records hold the parameters of requests, without secrets. Default: false. */
  content?: boolean
}

export type AuditSettings = {
  readonly file: string | undefined
  readonly stream: AuditOptions['stream'] | undefined
  /** Undefined without a chain. */
  readonly chain: { readonly key: Uint8Array | undefined } | undefined
  readonly content: boolean
}

/** Undefined where nothing is recorded. @param option checked already */
export function resolveAudit (option: boolean | AuditOptions = false): AuditSettings | undefined {
  if (option === false) return undefined
  const { file, stream, chain = false, content = false } = option === true ? {} : option
  return Object.freeze({
    file,
    stream,
    chain: chain === false ? undefined : Object.freeze({ key: chain === true ? undefined : Buffer.from(chain.key, 'base64') }),
    content
  })
}
