import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { verifyAuditFile } from '../audit/verify.ts'

export const usage = `fastify-a2a audit verify <file> [options]

Checks that no record of a chained audit log was changed, and that none is missing.

  --key-file <file>    holds the key of the chain, in base64; or AUDIT_KEY in the environment
  --after <seq:hash>   where the file before this one ended
  --end <seq:hash>     where this file must end
`

/** @returns the exit code: 0 for a chain without a flaw, 1 for one with flaws, 2 for a wrong call */
export async function command (args: readonly string[], say: (text: string) => void): Promise<number> {
  const { values, positionals: [command, file, ...more] } = parseArgs({
    args: [...args], allowPositionals: true, options: { 'key-file': { type: 'string' }, after: { type: 'string' }, end: { type: 'string' } }
  })
  const [after, end] = [placeOf(values.after), placeOf(values.end)]
  if (command !== 'verify' || file === undefined || more.length > 0 || after === null || end === null) {
    say(usage)
    return 2
  }
  const keyText = values['key-file'] === undefined ? process.env.AUDIT_KEY : await readFile(values['key-file'], 'utf8')
  const report = await verifyAuditFile(file, { ...keyText !== undefined && { key: Buffer.from(keyText.trim(), 'base64') }, ...after !== undefined && { after } })
  for (const { line, text } of report.problems) say(`${file}:${line}: ${text}\n`)
  const ends = `${report.end.seq}:${report.end.hash}`
  const isCut = end !== undefined && ends !== `${end.seq}:${end.hash}`
  if (isCut) say(`${file}: ends at record ${report.end.seq}, and not where it should\n`)
  const isWhole = report.problems.length === 0 && !isCut
  say(`${file}: ${report.records} records, ${isWhole ? 'no flaw' : 'not whole'}, ends at ${ends}\n`)
  return isWhole ? 0 : 1
}

/** Undefined for nothing, null for what is none. */
function placeOf (text: string | undefined): { seq: number, hash: string } | undefined | null {
  if (text === undefined) return undefined
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? []
  return seq === undefined || hash === undefined ? null : { seq: Number(seq), hash }
}
