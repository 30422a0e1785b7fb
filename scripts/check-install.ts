/** The package as npm would publish it, in a project that has Fastify and Node's types. Run by `.ci/run`, after the build. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'

t.setTimeout(600_000)

const root = fileURLToPath(new URL('../', import.meta.url))
// Not within this checkout: what the package lacks would be found in its node_modules.
const project = mkdtempSync(join(tmpdir(), 'hello-world-'))
t.teardown(() => rmSync(project, { recursive: true }))
writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'hello-world', private: true, type: 'module' }))
const run = async (cwd: string, command: string, ...args: string[]) => (await promisify(execFile)(command, args, { cwd })).stdout

const [{ filename, files }] = JSON.parse(await run(root, 'npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', project))
await run(project, 'npm', 'install', '--no-audit', '--no-fund', `./${filename}`, 'fastify@5', '@types/node@20')
const { exports, peerDependenciesMeta } = JSON.parse(readFileSync(join(project, 'node_modules/fastify-a2a/package.json'), 'utf8'))

t.test('holds what is needed and nothing else', async t => {
  const paths: string[] = files.map(({ path }: { path: string }) => path)
  for (const path of ['LICENSE', 'README.md', 'CHANGELOG.md', 'schemas/agent-config.schema.json']) t.ok(paths.includes(path), path)
  t.strictSame(paths.filter(path => /^(test|lib|plugins|example-app|bench)\//.test(path)), [])
})

t.test('pulls no optional peer', async t => {
  const optional = Object.keys(peerDependenciesMeta)
  t.not(optional.length, 0)
  t.strictSame(optional.filter(name => existsSync(join(project, 'node_modules', name))), [])
})

t.test('every export can be imported', async t => {
  for (const [subpath, { default: file }] of Object.entries<{ default?: string }>(exports)) {
    if (file === undefined) continue
    await t.resolves(run(project, process.execPath, '--eval', `await import('${join('fastify-a2a', subpath)}')`, '--input-type=module'), subpath)
  }
})

const quickStart = /```ts run\n(.*?)```/s.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1] ?? ''

t.test('the quick start of the README has the right types', async t => {
  writeFileSync(join(project, 'quick-start.ts'), quickStart)
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  await t.resolves(run(project, process.execPath, tsc, '--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2023', 'quick-start.ts'))
})

t.test('the quick start of the README answers', async t => {
  const port = await freePort()
  writeFileSync(join(project, 'quick-start.js'), quickStart.replace('port: 3000', `port: ${port}`))
  const server = spawn(process.execPath, ['quick-start.js'], { cwd: project, stdio: 'inherit' })
  t.teardown(async () => {
    server.kill()
    await once(server, 'exit')
  })
  const { result } = await ask(`http://localhost:${port}/a2a`)
  t.match(result.task, { status: { state: 'TASK_STATE_COMPLETED' }, artifacts: [{ parts: [{ text: 'Hello, Ada!' }] }] })
})

async function freePort (): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, resolve))
  const { port } = server.address() as AddressInfo // of a server that listens at a port
  await new Promise(resolve => server.close(resolve))
  return port
}

/** As soon as the server is there. */
async function ask (url: string): Promise<{ result: { task: unknown } }> {
  const params = { message: { messageId: '1', role: 'ROLE_USER', parts: [{ text: 'Ada' }] } }
  for (;;) {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'a2a-version': '1.0' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'SendMessage', params })
      })
      return await response.json() as { result: { task: unknown } } // what the test looks at
    } catch {
      await sleep(50)
    }
  }
}
