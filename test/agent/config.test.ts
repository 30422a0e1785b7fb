/* eslint-disable no-template-curly-in-string -- placeholders are what is tested */
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { join, relative } from 'node:path'
import { Ajv } from 'ajv'
import { expectTypeOf } from 'expect-type'
import t, { type Test } from 'tap'
import type { Static } from 'typebox'
import { parse } from 'yaml'
import { AgentOptionsSchema, type AgentConfigSchema } from '../../schemas/options.ts'
import { loadConfig, readOptions } from '../../lib/agent/config.ts'
import { resolveOptions } from '../../lib/agent/options.ts'
import { generateSchema, schemaFile } from '../../scripts/generate-schema.ts'
import agent, { card, route, search, store } from './fixtures/agents.ts'

const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url))

/** Writes a config file and answers its path; modules are named from there. */
async function file (t: Test, text: string, name = 'agent.yaml'): Promise<string> {
  const path = join(t.testdir(), name)
  const prefix = relative(join(path, '..'), fixtures)
  await writeFile(path, text.replaceAll('FIXTURES', prefix))
  return path
}

async function load (t: Test, text: string, env: Record<string, string> = {}) {
  return loadConfig(await file(t, text), env)
}

/** @param lines `line:column: text`; the name of the file goes before each */
async function failsWith (t: Test, text: string, ...lines: string[]): Promise<void> {
  const path = await file(t, text)
  const error: unknown = await loadConfig(path, {}).then(() => undefined, error => error)
  t.match(error, { name: 'MisuseError', code: 'A2A_ERR_CONFIG' })
  t.equal(error instanceof Error && error.message, lines.map(line => `${path}:${line}`).join('\n'))
}

const head = 'card:\n  name: Flight agent\n  description: Books flights\n'

t.test('a config file says all that the code says', async t => {
  const options = await load(t, `# yaml-language-server: $schema=x
$schema: ./agent-config.schema.json
card:
  name: Flight agent
  description: >
    Searches and
    books flights
  version: "2.0"
  provider: { url: https://example.com, organization: Example }
  skills:
    - id: search
      tags: [travel]
      handler: FIXTURES/agents.ts#search
      inputSchema: { type: object, required: [from] }
      timeout: 5000
    - id: book
executor: FIXTURES/agents.ts
route: FIXTURES/agents.ts#route
store: FIXTURES/agents.ts#store
versions: ["1.0"]
publicUrl: https://agents.example.com
allowAnonymous: true
limits:
  parts: 5
paths:
  legacyCard: false
`)
  t.same(options, {
    card: {
      name: 'Flight agent',
      description: 'Searches and books flights\n',
      version: '2.0',
      provider: { url: 'https://example.com', organization: 'Example' },
      skills: [
        { id: 'search', tags: ['travel'], handler: search, inputSchema: { type: 'object', required: ['from'] }, timeout: 5000 },
        { id: 'book' }
      ]
    },
    executor: agent,
    route,
    store,
    versions: ['1.0'],
    publicUrl: 'https://agents.example.com',
    allowAnonymous: true,
    limits: { parts: 5 },
    paths: { legacyCard: false }
  })
  t.equal(options.executor, agent)
  t.doesNotThrow(() => resolveOptions(options))
})

t.test('JSON is fine, by file URL as well', async t => {
  const path = await file(t, '{\n\t"card": { "name": "A", "description": "B" },\n\t"executor": "FIXTURES/agents.ts"\n}\n', 'agent.json')
  t.match(await loadConfig(pathToFileURL(path)), { card: { name: 'A' }, executor: agent })
})

t.test('a card may come from a module', async t => {
  t.equal((await load(t, 'card: FIXTURES/agents.ts#card\n')).card, card)
  await failsWith(t, 'executor: FIXTURES/agents.ts\ncard: FIXTURES/agents.ts#broken\n',
    `2:1: card.description is missing (from ${relative(t.testdirName, fixtures)}/agents.ts#broken)`)
})

t.test('an error has line, column and path', async t => {
  await failsWith(t, 'card:\n  name: x\n  description: y\n  skills:\n    - id: a\n      tags: travel\n', '6:7: card.skills[0].tags must be an array')
  await failsWith(t, 'card:\n  name: x\nversions: [1.0]\n', '1:1: card.description is missing', '3:12: versions[0] must be one of 1.0, 0.3')
  await failsWith(t, `${head}limits:\n  part: 5\n`, '5:3: limits.part is not an option; did you mean parts?')
  await failsWith(t, `${head}  skills:\n    - id: a\n    - id: a\n`, '6:7: card.skills[1].id must be unique: skill 0 has the id "a" too')
  await failsWith(t, `${head}publicUrl: /x\n`, '4:1: publicUrl must be an absolute http(s) URL without query and fragment')
  await failsWith(t, `${head}limits:\n`, '4:1: limits must be an object')
  await failsWith(t, '', '1:1: the file must be an object')
  await failsWith(t, 'just text', '1:1: the file must be an object')
  const wrong = await load(t, `${head}  skills:\n    - id: a\n      inputSchema: { type: objekt }\n`).catch(error => error)
  t.match(wrong.message, /agent\.yaml:6:7: card\.skills\[0\]\.inputSchema is wrong: /)
})

t.test('broken YAML is an error with its place', async t => {
  await failsWith(t, 'card:\n  name: x\n  name: y\n', '3:3: Map keys must be unique')
  await failsWith(t, 'id: !!js/function x\n', '1:5: Unresolved tag: tag:yaml.org,2002:js/function')
  const error = await load(t, 'card: [1\n').catch(error => error)
  t.match(error.message, /agent\.yaml:\d+:\d+: Flow sequence/)
  await t.rejects(load(t, 'id: a\n---\nid: b\n'), { message: /:2:1: .*multiple documents/ })
  await t.rejects(loadConfig('/nowhere/agent.yaml'), { code: 'A2A_ERR_CONFIG', message: /^\/nowhere\/agent\.yaml: can't be read: ENOENT/ })
})

t.test('aliases and merges work, bombs do not', async t => {
  const options = await load(t, `${head}  skills:\n    - &first\n      id: a\n      tags: [travel]\n    - <<: *first\n      id: b\n`)
  t.same(options.card, {
    name: 'Flight agent', description: 'Books flights', skills: [{ id: 'a', tags: ['travel'] }, { id: 'b', tags: ['travel'] }]
  })
  await failsWith(t, `${head}  skills:\n    - &first\n      id: a\n      timeout: x\n    - <<: *first\n      id: b\n`,
    '7:7: card.skills[0].timeout must be a whole number of milliseconds, at most 2147483647',
    '7:7: card.skills[1].timeout must be a whole number of milliseconds, at most 2147483647')
  const levels = Array.from({ length: 9 }, (_, i) => `- &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`).join('\n')
  for (const text of [`- &l0 [x]\n${levels}\n`, 'id: &x [*x]\n', 'card: &x\n  provider: *x\n']) {
    await t.rejects(load(t, text), { code: 'A2A_ERR_CONFIG', message: /an alias refers to itself, or aliases multiply/ })
  }
})

t.test('a key that is the name of a prototype is an unknown option', async t => {
  await failsWith(t, `${head}__proto__: { executor: x }\n`, '4:1: __proto__ is not an option')
  t.notOk('polluted' in {})
})

t.test('strings take environment variables', async t => {
  const env = { NAME: 'Flight', EMPTY: '', PORT: '3000', INJECT: 'x\nexecutor: ./evil.ts' }
  const text = (description: string) => `card:\n  name: \${NAME} agent\n  description: ${description}\n`
  const description = async (value: string) => {
    const { card } = await load(t, text(value), env)
    return typeof card === 'object' ? card.description : undefined
  }
  t.same((await load(t, text('y'), env)).card, { name: 'Flight agent', description: 'y' })
  t.equal(await description('"http://localhost:${PORT}/${NAME}"'), 'http://localhost:3000/Flight')
  t.equal(await description('"${MISSING:-a default: with colon}"'), 'a default: with colon')
  t.equal(await description('a${EMPTY:-b}c${EMPTY}'), 'abc')
  t.equal(await description('a$${NAME} $5 $$'), 'a${NAME} $5 $$')
  t.equal(await description('${PORT}'), '3000', 'text stays text')
  t.equal(await description('${INJECT}'), env.INJECT, 'a value is not parsed')
})

t.test('a variable that is not set is an error with its place', async t => {
  await failsWith(t, `${head}publicUrl: \${PUBLIC_URL}\n`,
    '4:1: publicUrl needs the environment variable PUBLIC_URL, which is not set; ${PUBLIC_URL:-default} would give a default')
  await failsWith(t, `${head}  skills:\n    - id: \${A}\n      tags: [x, "\${B}"]\n`,
    '5:7: card.skills[0].id needs the environment variable A, which is not set; ${A:-default} would give a default',
    '6:17: card.skills[0].tags[1] needs the environment variable B, which is not set; ${B:-default} would give a default')
  await failsWith(t, `${head}id: "\${not a name}"\n`, '4:1: id holds "${" that starts no placeholder; "$${" stands for the characters themselves')
})

t.test('a placeholder alone stands for a number or a boolean where one is asked for', async t => {
  const env = { PARTS: '5', ANONYMOUS: 'true', CORS: 'false', LEGACY: 'false', VERSION: '2', TTL: '1000' }
  const options = await load(t, `${head}  version: \${VERSION}
allowAnonymous: \${ANONYMOUS}
cardCors: "\${CORS}"
timeout: \${TIMEOUT:-0}
limits: { parts: "\${PARTS}" }
paths: { legacyCard: "\${LEGACY}" }
idempotency: { ttl: "\${TTL}" }
`, env)
  t.same(options, {
    card: { name: 'Flight agent', description: 'Books flights', version: '2' },
    allowAnonymous: true,
    cardCors: false,
    timeout: 0,
    limits: { parts: 5 },
    paths: { legacyCard: false },
    idempotency: { ttl: 1000 }
  })
  await failsWith(t, `${head}timeout: "5"\n`, '4:1: timeout must be a whole number of milliseconds, at most 2147483647')
  await failsWith(t, `${head}timeout: \${X:-soon}\n`, '4:1: timeout must be a whole number of milliseconds, at most 2147483647')
})

t.test('a module that does not fit is an error with its place', async t => {
  const message = async (line: string) => {
    const error = await load(t, `${head}${line}\n`).catch(error => error)
    t.match(error, { name: 'MisuseError', code: 'A2A_ERR_CONFIG' })
    return error.message
  }
  t.match(await message('executor: ./nowhere.ts'), /agent\.yaml:4:1: executor can't be imported: Cannot find module .*nowhere\.ts/)
  t.match(await message('executor: FIXTURES/throws.ts'), /agent\.yaml:4:1: executor can't be imported: this module can not load/)
  t.match(await message('executor: FIXTURES/no-default.ts'), /4:1: executor names .*no-default\.ts, which has no default export; there is .*no-default\.ts#only$/)
  t.match(await message('executor: FIXTURES/agents.ts#serch'), /4:1: executor names .*agents\.ts, which has no export "serch"; there is .*agents\.ts#search/)
  t.match(await message('executor: FIXTURES/agents.ts#notAnExecutor'), /4:1: executor must be a function, or an object with the function execute \(from .*#notAnExecutor\)$/)
  t.match(await message('  skills: [{ id: a, handler: FIXTURES/agents.ts#notAnExecutor }]'), /4:21: card\.skills\[0\]\.handler must be a function/)
  t.match(await message('executor: lodash'), /4:1: executor must be the path of a module, such as/)
})

t.test('options in code win over the file', async t => {
  const config = await file(t, `${head}executor: FIXTURES/agents.ts\ntimeout: 5\nlimits: { parts: 5, turns: 6 }\n`)
  const options = await readOptions({ config, timeout: 7, executor: undefined, limits: { parts: 8 } })
  t.match(options, { card: { name: 'Flight agent' }, executor: agent, timeout: 7, limits: { parts: 8, turns: 6 } })
  t.equal(resolveOptions(options).deadlines.timeout, 7)
  const code = { card: { name: 'x', description: 'y' }, executor: agent }
  t.equal(await readOptions(code), code, 'without a file there is nothing to do')
})

t.test('the published schema is up to date', async t => {
  t.equal(await readFile(schemaFile, 'utf8'), generateSchema(), 'run: npx tsx scripts/generate-schema.ts')
})

type Schema = { description?: string, properties?: Record<string, Schema>, items?: Schema, anyOf?: Schema[] }

t.test('the published schema describes every property, and takes what the loader takes', async t => {
  const describe = (schema: Schema, path: string): void => {
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      t.ok(property.description, `${path}.${name}`)
      describe(property, `${path}.${name}`)
    }
    if (schema.items) describe(schema.items, `${path}[]`)
    schema.anyOf?.forEach(branch => describe(branch, path))
  }
  const schema = JSON.parse(generateSchema())
  describe(schema, '')

  const validate = new Ajv({ strict: true, allowUnionTypes: true, validateFormats: false }).compile(schema)
  t.ok(validate(parse(`${head}executor: \${EXECUTOR}\ntimeout: \${TIMEOUT:-5}\nlimits: { parts: 5 }\npublicUrl: \${URL}\nallowAnonymous: true`)), JSON.stringify(validate.errors))
  for (const line of ['excutor: ./a.ts', 'timeout: soon', 'versions: [2]']) t.notOk(validate(parse(`${head}${line}`)), line)
})

t.test('the documentation knows every option, and its example is one', async t => {
  const text = await readFile(new URL('../../docs/configuration.md', import.meta.url), 'utf8')
  const { properties } = AgentOptionsSchema
  const groups = ['capabilities', 'limits', 'paths', 'stream'] as const
  const names = [
    ...Object.keys(properties).filter(name => !groups.some(group => group === name)),
    ...groups.flatMap(group => Object.keys(properties[group].properties).map(name => `${group}.${name}`))
  ]
  for (const name of names) t.ok(text.includes(`| \`${name}\` |`), name)
  const example = /```yaml\n(.*?)```/s.exec(text)?.[1] ?? ''
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(JSON.parse(generateSchema()))
  t.ok(validate(parse(example)), JSON.stringify(validate.errors))
})

t.test('types: a file can say all that code can say', async () => {
  expectTypeOf<Exclude<keyof Static<typeof AgentConfigSchema>, '$schema'>>().toEqualTypeOf<Exclude<keyof Static<typeof AgentOptionsSchema>, 'config'>>()
})
