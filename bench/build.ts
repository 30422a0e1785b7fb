import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Packages are found from here, too. */
const out = join(root, 'node_modules/.cache', `fastify-a2a-bench-${process.pid}`)

/**
 * Compiles the engine and the servers as `npm run build` does, to a place of their own:
 * a build that runs at the same time does not get in the way. It goes
 * when this process does.
 * @returns the folder of the servers
 */
export function build (): string {
  const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'))
  process.once('exit', () => rmSync(out, { recursive: true, force: true }))
  execFileSync(process.execPath, [join(typescript, 'bin/tsc'), '-p', join(root, 'bench/tsconfig.json'), '--outDir', out], { stdio: 'inherit' })
  writeFileSync(join(out, 'package.json'), '{"type":"module"}\n')
  return join(out, 'bench/servers')
}
