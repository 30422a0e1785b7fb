/**
 * Generates the code of the proto files, in schemas/proto/gen. Run it after a change in schemas/proto:
 *
 *     npx tsx scripts/generate-proto.ts
 */
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = fileURLToPath(new URL('..', import.meta.url))

export const generatedFolder = join(root, 'schemas/proto/gen')

/** @param out the folder that the code is written to @throws Error when buf can't be run, or doesn't like what it reads */
export async function generateProto (out: string): Promise<void> {
  const require = createRequire(import.meta.url)
  const bin = (name: string, file: string) => join(dirname(require.resolve(`${name}/package.json`)), 'bin', file)
  const template = {
    version: 'v2',
    plugins: [{
      local: [process.execPath, bin('@bufbuild/protoc-gen-es', 'protoc-gen-es')],
      out,
      opt: ['target=ts', 'import_extension=ts', 'ts_nocheck=true']
    }]
  }
  await run(process.execPath, [bin('@bufbuild/buf', 'buf'), 'generate', join(root, 'schemas/proto'), '--template', JSON.stringify(template)])
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await generateProto(generatedFolder)
