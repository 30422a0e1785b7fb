import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { chainStart, createChain, type ChainEnd, type Link } from './chain.ts'

/** `line` counts from 1. */
export type ChainProblem = { readonly line: number, readonly text: string }

export type ChainReport = {
  readonly records: number
  readonly problems: readonly ChainProblem[]
  /** Where the chain ends: what is kept elsewhere shows that nothing was cut off. */
  readonly end: ChainEnd
}

export type VerifyOptions = {
  /** The one that the records were made with. */
  key?: Uint8Array
  /** Where the file before this one ended. Default: this is the first one. */
  after?: ChainEnd
}

/** More of them say no more. */
const maxProblems = 1000

/** Reads a file of chained records to its end. @throws Error when it can't be read */
export async function verifyAuditFile (path: string, { key, after = chainStart }: VerifyOptions = {}): Promise<ChainReport> {
  const { read } = createChain(() => chainStart, key)
  const problems: ChainProblem[] = []
  let end = after
  let line = 0
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    line++
    const link = read(text)
    if (problems.length < maxProblems) problems.push(...problemsOf(link, end).map(text => ({ line, text })))
    if (link !== undefined) end = link
  }
  return { records: line, problems, end: { seq: end.seq, hash: end.hash } }
}

function problemsOf (link: Link | undefined, { seq, hash }: ChainEnd): string[] {
  if (link === undefined) return ['is no record of the chain']
  const problems: string[] = []
  if (!link.isWhole) problems.push(`record ${link.seq} was changed, or made with another key`)
  if (link.seq > seq + 1) problems.push(link.seq === seq + 2 ? `record ${seq + 1} is missing before it` : `records ${seq + 1} to ${link.seq - 1} are missing before it`)
  else if (link.seq <= seq) problems.push(`record ${link.seq} stands after record ${seq}`)
  else if (link.prev !== hash) problems.push(`record ${link.seq} does not follow the record before it`)
  return problems
}
