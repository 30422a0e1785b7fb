/** Snippets as TypeScript modules: where `fastify-a2a` is the source, and each line has the number that it has in its document. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { root } from '../example/process.ts'
import { placeOf, type Snippet } from './extract.ts'

export type WrittenSnippet = { file: string, snippet: Snippet }

export function writeModule (dir: string, snippet: Snippet): WrittenSnippet {
  mkdirSync(dir, { recursive: true })
  const file = join(dir, `${placeOf(snippet).replace(/\W+/g, '-')}.ts`)
  writeFileSync(file, `${'\n'.repeat(snippet.line - 1)}${snippet.code}\nexport {}\n`)
  return { file, snippet }
}

/** What the compiler has against the snippets, as `README.md:12: …`. */
export function typeCheck (modules: readonly WrittenSnippet[]): string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, ...sourcePaths() }, root)
  const prelude = join(root, 'test/docs/prelude.ts')
  const program = ts.createProgram([prelude, ...modules.map(({ file }) => file)], options)
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const doc = modules.find(module => module.file === file?.fileName)?.snippet.doc ?? file?.fileName ?? 'tsconfig'
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1
    return `${doc}:${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
}

/** A tsconfig that makes tsx find the source, too. */
export function writeTsconfig (dir: string): string {
  const file = join(dir, 'tsconfig.json')
  writeFileSync(file, JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions: sourcePaths(), include: [] }))
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
