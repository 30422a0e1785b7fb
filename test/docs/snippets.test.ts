/** Every snippet of the documents does what it says. CONTRIBUTING.md tells the kinds. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { loadConfig } from '../../plugins/index.ts'
import { addressOf, root, run, startExample, type Example, type Running } from '../example/process.ts'
import { freePort } from '../helpers/postgres.ts'
import { brokenLinks, extractSnippets, placeOf, type Snippet } from './extract.ts'
import { runInShell, separator, unknownCommands } from './shell.ts'
import { isTutorial, tutorialModules } from './tutorial.ts'
import { typeCheck, writeModule, writeTsconfig } from './typescript.ts'

t.setTimeout(600_000)

const snippets = extractSnippets(root)
const dir = t.testdir({})
const ofKind = (...kinds: string[]) => snippets.filter(({ kind }) => kinds.includes(kind))

t.test('every snippet has a kind', async t => {
  const known = ofKind('ts', 'ts run', 'ts client', 'yaml', 'yaml compose', 'nginx', 'json', 'bash', 'sh', 'text')
  t.strictSame(snippets.filter(snippet => !known.includes(snippet) && !isTutorial(snippet)).map(placeOf), [])
})

t.test('ts: is right for the compiler', async t => {
  t.strictSame(await typeCheck([...ofKind('ts', 'ts run', 'ts client'), ...tutorialModules()].map(snippet => writeModule(join(dir, 'ts'), snippet))), [])
})

t.test('ts run: starts a server with an agent', async t => {
  const placed = await Promise.all(ofKind('ts run').map(atFreePort))
  const { output, exited } = runAll(t, 'run', placed.map(({ snippet }) => snippet))
  const end = exited.then(code => { throw new Error(`ended with ${code}: ${output()}`) })
  end.catch(() => {})
  for (const { snippet, port } of placed) await t.resolves(Promise.race([fetchCard(port), end]), placeOf(snippet))
})

t.test('ts client: talks to the example', async t => {
  const place = await placed(await startExample(t))
  const clients = ofKind('ts client')
  const { output, exited } = runAll(t, 'client', clients.map(snippet => ({ ...snippet, code: place(snippet.code) })))
  t.equal(await exited, 0, 'all of them end', { output: output() })
  const outputs = output().split(separator)
  for (const [index, snippet] of clients.entries()) {
    for (const expected of snippet.prints) t.ok(outputs[index]?.includes(expected), `${placeOf(snippet)} => ${expected}`, { output: outputs[index] })
  }
})

t.test('yaml: loads as a config file', async t => {
  for (const [index, snippet] of ofKind('yaml').entries()) {
    const file = writeConfig(join(dir, `yaml-${index}`), snippet)
    await t.resolves(loadConfig(file), placeOf(snippet))
  }
})

t.test('json: is JSON', async t => {
  for (const snippet of ofKind('json')) t.doesNotThrow(() => JSON.parse(snippet.code), placeOf(snippet))
})

t.test('bash: curl lines work as pasted', async t => {
  for (const [doc, lines] of byDocument(ofKind('bash'))) {
    // A server for each document: what one has left there is not in the way of another.
    const place = await placed(await startExample(t))
    const outputs = await runInShell(join(dir, `${doc.replace(/\W+/g, '-')}.sh`), lines, place)
    for (const [index, snippet] of lines.entries()) {
      const output = outputs[index] ?? ''
      t.match(snippet.code, /^(curl|\w+=\$\(curl) /, `${placeOf(snippet)} is a curl line`)
      t.notMatch(output, /"error":/, placeOf(snippet))
      for (const expected of snippet.prints) t.ok(output.includes(expected), `${placeOf(snippet)} => ${expected}`, { output })
    }
  }
})

t.test('links between documents lead somewhere', async t => {
  t.strictSame(brokenLinks(root), [])
})

t.test('sh: commands exist', async t => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  for (const snippet of ofKind('sh')) t.strictSame(unknownCommands(snippet, scripts), [], placeOf(snippet))
})

/** In the documents, the coordinator is at 3000 and the flight agent at 3001. */
async function placed (example: Example): Promise<(code: string) => string> {
  const flights = await addressOf('flights', example)
  return code => code.replaceAll('http://localhost:3000', example.url).replaceAll('http://localhost:3001', flights)
}

function byDocument (snippets: readonly Snippet[]): Map<string, Snippet[]> {
  const documents = new Map<string, Snippet[]>()
  for (const snippet of snippets) documents.set(snippet.doc, [...documents.get(snippet.doc) ?? [], snippet])
  return documents
}

/** Runs modules in one process, with {@link separator} between what they print. */
function runAll (t: Test, name: string, snippets: readonly Snippet[]): Running {
  const files = snippets.map(snippet => writeModule(join(dir, name), snippet).file)
  return run(t, join(root, 'test/docs/one-by-one.ts'), { TSX_TSCONFIG_PATH: writeTsconfig(join(dir, name)) }, files)
}

async function atFreePort (snippet: Snippet): Promise<{ port: number, snippet: Snippet }> {
  const port = await freePort()
  return { port, snippet: { ...snippet, code: snippet.code.replace('port: 3000', `port: ${port}`) } }
}

/** Waits until the server is there; gives up when the test does. */
async function fetchCard (port: number): Promise<void> {
  for (;;) {
    const response = await fetch(`http://localhost:${port}/.well-known/agent-card.json`).catch(() => undefined)
    if (response !== undefined) return response.ok ? undefined : await Promise.reject(new Error(`the card: ${response.status}`))
    await sleep(50)
  }
}

/** The file, with a module for each path that it names. */
function writeConfig (dir: string, { code }: Snippet): string {
  for (const [, path = '', name = 'default'] of code.matchAll(/: (\.\/[\w./-]+\.ts)(?:#(\w+))?/g)) {
    const file = join(dir, path)
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, `const serve = async () => 'done'\nexport { serve as ${name} }\n`)
  }
  writeFileSync(join(dir, 'agent.yaml'), code)
  return join(dir, 'agent.yaml')
}
