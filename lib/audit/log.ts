import { resolve } from 'node:path'
import { MisuseError } from '../agent/errors.ts'
import type { Logger } from '../agent/executor.ts'
import { chainStart, createChain, type ChainEnd } from './chain.ts'
import { openLineFile } from './file.ts'
import type { AuditSettings } from './options.ts'
import type { AuditLog, AuditRecord } from './record.ts'

const message = 'a2a audit'
/** As pino numbers `info`. */
const level = 30

/** @throws MisuseError when the file can't be opened, or goes on with something else than a chain */
export function openAudit (settings: AuditSettings, log: Logger): AuditLog {
  const { file, stream, content } = settings
  if (file === undefined && stream === undefined) {
    return { content, write: record => log.info({ audit: record }, message), close: () => {} }
  }
  const { write, close } = file === undefined ? writerTo(settings, toStream(stream)) : sharedFile(resolve(file), settings, log)
  return {
    content,
    write: record => {
      try {
        write(record)
      } catch (error) {
        // What is served does not stop because of it; a chain goes on where it was, and shows no gap that is none.
        log.error({ err: error, audit: record }, 'a record of the audit log could not be written')
      }
    },
    close
  }
}

type Writer = { write (record: AuditRecord): void, close (): void }

/** Agents of one process that write to one file write one chain. */
const files = new Map<string, { readonly writer: Writer, readonly form: string, users: number }>()

function sharedFile (path: string, settings: AuditSettings, log: Logger): Writer {
  const form = settings.chain === undefined ? 'plain' : `chain ${Buffer.from(settings.chain.key ?? []).toString('hex')}`
  const shared = files.get(path) ?? { writer: writerTo(settings, toFile(path, settings, log)), form, users: 0 }
  if (shared.form !== form) throw new MisuseError('A2A_ERR_OPTIONS', `a2a options: audit.chain is not that of another agent, which writes to ${JSON.stringify(path)}, too`)
  shared.users++
  files.set(path, shared)
  const close = () => {
    if (--shared.users > 0) return
    files.delete(path)
    shared.writer.close()
  }
  return { write: shared.writer.write, close }
}

type Target = { readonly end: ChainEnd, append (line: string): void, close (): void }

function toStream (stream: AuditSettings['stream']): Target {
  return { end: chainStart, append: line => { stream?.write(`${line}\n`) }, close: () => {} }
}

function toFile (path: string, { chain }: AuditSettings, log: Logger): Target {
  const { last, torn, append, close } = open(path)
  if (torn > 0) log.warn({ file: path, bytes: torn }, 'the audit log ended in a record that was broken off; it was cut off')
  if (chain === undefined || last === undefined) return { end: chainStart, append, close }
  const end = createChain(() => chainStart, chain.key).read(last)
  if (end === undefined) {
    close()
    throw new MisuseError('A2A_ERR_OPTIONS', `a2a options: audit.file ${JSON.stringify(path)} does not end in a record of a chain: move it away, or do without audit.chain`)
  }
  if (!end.isWhole) log.error({ file: path, seq: end.seq }, 'the last record of the audit log was changed, or audit.chain.key is another one')
  return { end, append, close }
}

function open (path: string): ReturnType<typeof openLineFile> {
  try {
    return openLineFile(path)
  } catch (cause) {
    throw new MisuseError('A2A_ERR_OPTIONS', `a2a options: audit.file can't be opened: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

function writerTo ({ chain }: AuditSettings, { end: start, append, close }: Target): Writer {
  if (chain === undefined) return { write: record => append(JSON.stringify({ level, ...record, msg: message })), close }
  let end = start
  const { seal } = createChain(() => end, chain.key)
  const write = (record: AuditRecord) => {
    const sealed = seal({ level, ...record, msg: message })
    append(sealed.line)
    end = sealed.end
  }
  return { write, close }
}
