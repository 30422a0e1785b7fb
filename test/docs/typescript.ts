/** Snippets as TypeScript modules: where `fastify-a2a` is the source, and each line has the number that it has in its document. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { root } from '../example/process.ts'
import { placeOf, type Snippet } from './extract.ts'

export type WrittenSnippet = { file: string, snippet: Snippet }

export function writeModule (dir: string, snippet: Snippet): WrittenSnippet {
  mkdirSync(dir, { recursive: true })
  const file = join(dir, `${placeOf(snippet).replace(/\W+/g, '-')}.ts`)
  writeFileSync(file, `${'\n'.repeat(snippet.line - 1)}${snippet.code}\nexport {}\n`)
  return { file, snippet }
}

/** What the compiler has against the snippets, which are all in one folder, as `README.md:12: …`. */
export async function typeCheck (modules: readonly WrittenSnippet[]): Promise<string[]> {
  const dir = dirname(modules[0]?.file ?? '')
  const files = [join(root, 'test/docs/prelude.ts'), ...modules.map(({ file }) => file)]
  writeTsconfig(dir, files)
  const compiler = join(root, 'node_modules/typescript-7/bin/tsc')
  const child = spawn(process.execPath, [compiler, '--pretty', 'false'], { cwd: dir, stdio: ['ignore', 'pipe', 'inherit'] })
  const [output, [status]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  const complaints = output.split('\n').filter(line => line !== '').map(line => {
    const [, path, row, message] = /^(.*?)\((\d+),\d+\): (.*)$/.exec(line) ?? []
    const doc = path === undefined ? undefined : modules.find(({ file }) => file === resolve(dir, path))?.snippet.doc
    return doc === undefined ? line : `${doc}:${row}: ${message}`
  })
  return status === 0 || complaints.length > 0 ? complaints : [`the compiler has ended with ${status}`]
}

/** A tsconfig that makes tsx find the source, too. @param files those to compile */
export function writeTsconfig (dir: string, files?: readonly string[]): string {
  const file = join(dir, 'tsconfig.json')
  writeFileSync(file, JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions: sourcePaths(), files, include: [] }))
  return file
}

/** `exports` of the package, with the sources in place of what is built from them. */
function sourcePaths () {
  const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const paths = Object.entries<{ default?: string }>(exports).flatMap(([subpath, { default: built }]) => built === undefined
    ? []
    : [[join(name, subpath), [join(root, built.replace('/dist/', '/').replace(/\.js$/, '.ts'))]]])
  return { paths: Object.fromEntries(paths), rootDir: root }
}
