/** docs/tutorial.md, as somebody works through it: its files in a folder, its commands as processes, and what it says one sees then. */
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { root, run, type Running } from '../example/process.ts'
import { freePort } from '../helpers/postgres.ts'
import { until } from '../helpers/wait.ts'
import { placeOf, type Snippet } from './extract.ts'
import { fileOf, tutorial, tutorialModules, tutorialSteps } from './tutorial.ts'
import { writeTsconfig } from './typescript.ts'

t.setTimeout(300_000)

type Output = () => string

const dir = t.testdir({})
const env = { TSX_TSCONFIG_PATH: writeTsconfig(dir) }
const steps = tutorialSteps()
const files = new Map<string, string>()
/** By the files that they run. */
const servers = new Map<string, Running>()
const ports = new Map(await Promise.all(['3000', '3001', '3002', '3003', '3004'].map(async port => [port, String(await freePort())] as const)))

t.test('it has seven steps', async t => {
  t.strictSame(steps.map(({ title }) => Number.parseInt(title)), [1, 2, 3, 4, 5, 6, 7])
})

t.test('what it uses is installed', async t => {
  const text = readFileSync(join(root, tutorial), 'utf8')
  const installed = /npm install (.*)/.exec(text)?.[1]?.split(' ') ?? []
  const used = [
    ...tutorialModules().flatMap(({ code }) => [...code.matchAll(/ from '((?:@[^/']+\/)?[^/'.:]+)[/']/g)]),
    ...text.matchAll(/npx (\S+)/g)
  ].map(([, name = '']) => name)
  t.strictSame([...new Set(used)].filter(name => !installed.includes(name)), [])
  for (const name of ['fastify', 'fastify-a2a', 'tsx']) t.ok(used.includes(name), name)
})

for (const { title, snippets } of steps) {
  t.test(title, async t => {
    let output: Output = () => ''
    for (const snippet of snippets) {
      const place = placeOf(snippet)
      const file = fileOf(snippet, files)
      if (file !== undefined) write(file)
      else if (snippet.kind === 'sh tutorial start') output = await start(snippet)
      else if (snippet.kind.startsWith('text tutorial stop')) await stop(snippet.kind.split(' ').at(-1) ?? '')
      else if (snippet.kind === 'sh tutorial') output = await finish(snippet)
      else if (snippet.kind === 'bash tutorial') output = await inShell(snippet)
      else t.match(output().trimEnd(), new RegExp(`^${toPattern(atPorts(snippet.code))}$`), place)
    }
  })
}

function write ({ name, text }: { name: string, text: string }): void {
  files.set(name, text)
  writeFileSync(join(dir, name), atPorts(text))
}

/** The server of each line, in place of the one that runs the same file. @returns what the last one writes */
async function start (snippet: Snippet): Promise<Output> {
  let output: Output = () => ''
  for (const line of snippet.code.split('\n')) {
    const { file, running } = await launch(line, stop)
    servers.set(file, running)
    output = running.output
    let isOver = false
    void running.exited.then(() => { isOver = true })
    await until(() => isOver || / at http/.test(running.output()))
    if (isOver) throw new Error(`${placeOf(snippet)}: ${line} has ended: ${running.output()}`)
  }
  return output
}

async function stop (file: string): Promise<void> {
  const server = servers.get(file)
  server?.child.kill('SIGINT')
  await server?.exited
}

async function finish (snippet: Snippet): Promise<Output> {
  const { running } = await launch(snippet.code)
  const status = await running.exited
  if (status !== 0) throw new Error(`${placeOf(snippet)}: it ends with ${status}: ${running.output()}`)
  return running.output
}

async function inShell ({ code }: Snippet): Promise<Output> {
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', atPorts(code)])
  return () => stdout
}

/** A line such as `KEY=1 npx tsx file.ts 'an argument'`. */
async function launch (line: string, before: (file: string) => Promise<void> = async () => {}): Promise<{ file: string, running: Running }> {
  const words = [...atPorts(line).matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')
  const settings = words.slice(0, words.indexOf('npx')).map(word => word.split('='))
  const [command, ...rest] = words.slice(words.indexOf('npx') + 1)
  const [file = '', ...args] = command === 'tsx' ? rest : [join(root, 'lib/cli/main.ts'), ...rest]
  await before(file)
  return { file, running: run(t, file, { ...env, ...Object.fromEntries(settings) }, args, dir) }
}

/** The ports of this run in place of those in the document. */
function atPorts (text: string): string {
  return text.replace(/\b300[0-4]\b/g, port => ports.get(port) ?? port)
}

/** An ellipsis stands for any text. */
function toPattern (text: string): string {
  return text.split('…').map(literal => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^]*')
}
