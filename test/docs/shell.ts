/** Snippets for the shell. */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Snippet } from './extract.ts'

/** Between what snippets print that run in one process. */
export const separator = '\u0001'

/**
 * Runs snippets in one shell, as if they were pasted one after the other.
 * @param place puts the addresses of this run in place of those in the documents
 * @returns what each has written, on both streams
 */
export async function runInShell (script: string, snippets: readonly Snippet[], place: (code: string) => string): Promise<string[]> {
  const lines = snippets.map(({ code }) => `${place(code)}\nprintf '${separator}'`)
  writeFileSync(script, lines.join('\n'))
  // `cat` makes it a pipe: what Node gives to a child is a socket, which `tee /dev/stderr` can't open.
  const { stdout } = await promisify(execFile)('bash', ['-o', 'pipefail', '-c', 'bash -euo pipefail "$0" 2>&1 | cat', script])
  return stdout.split(separator)
}

/** Lines that are no npm command, or run a script that does not exist. */
export function unknownCommands ({ code }: Snippet, scripts: Record<string, string>): string[] {
  return code.split('\n').filter(line => {
    const [, command = '', script] = /^npm (ci|install|test|start|run ([\w:-]+))\b/.exec(line) ?? []
    if (command === 'ci' || command === 'install') return false
    return !((script ?? command) in scripts)
  })
}
