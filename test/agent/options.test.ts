import { expectTypeOf } from 'expect-type'
import t, { type Test } from 'tap'
import type { Static } from 'typebox'
import { skillSchema } from '../../lib/extensions/skill-schema.ts'
import type { AgentOptionsSchema, CardOptionsSchema } from '../../schemas/options.ts'
import { resolveOptions, type AgentOptions, type CardOptions, type Limits, type Paths, type Settings, type SkillOptions, type StreamOptions } from '../../lib/agent/options.ts'
import { resolveCard } from '../../lib/agent/resolved-card.ts'
import type { TaskStore } from '../../lib/task/store.ts'

const card: CardOptions = { name: 'Flight agent', description: 'Searches and books flights' }
const executor = async () => 'done'

/** Options as JavaScript may pass them. */
function resolveUntyped (options: unknown): Settings {
  return resolveOptions(options as AgentOptions)
}

function failsWith (t: Test, options: unknown, message: string): void {
  let thrown: unknown
  try {
    resolveUntyped(options)
  } catch (error) {
    thrown = error
  }
  t.match(thrown, { name: 'MisuseError', code: 'A2A_ERR_OPTIONS' })
  t.equal(thrown instanceof Error && thrown.message, `a2a options: ${message}`)
}

t.test('a card and an executor are enough', async t => {
  const settings = resolveOptions({ card, executor })
  t.same({ ...settings, card: undefined }, {
    id: 'default',
    tenant: '',
    card: undefined,
    extendedCard: undefined,
    executor,
    route: undefined,
    deadlines: { timeout: 3_600_000, idleTimeout: 0 },
    extensions: [skillSchema],
    requiredExtensions: [],
    versions: ['1.0', '0.3'],
    bindings: ['JSONRPC', 'HTTP+JSON'],
    publicUrl: undefined,
    capabilities: { streaming: true, extendedAgentCard: false },
    cardMaxAge: 300,
    cardCors: false,
    allowAnonymous: undefined,
    store: undefined,
    cancelGrace: 3_000,
    shutdownGrace: 10_000,
    recovery: { onCrash: 'fail', maxAttempts: 3 },
    execution: 'process',
    leaseTtl: 15_000,
    replyWindow: 1_000,
    idempotency: false,
    limits: {
      bodySize: 10_485_760, jsonDepth: 100, parts: 1_000, history: 1_000, artifactSize: 67_108_864, events: 100_000, turns: 1_000, turnsPerClient: 500, queuedTurns: 16, streams: 1_000, tenants: 1_000, requestTime: 60_000
    },
    stream: { heartbeat: 15_000, buffer: 1_048_576, stall: 30_000 },
    preset: undefined,
    preview: { generation: false, longPoll: 30_000 },
    paths: { card: '/.well-known/agent-card.json', legacyCard: '/.well-known/agent.json', rpc: '/a2a' },
    prefix: '',
    logLevel: undefined
  })
  t.same(await settings.card(), {
    name: 'Flight agent',
    description: 'Searches and books flights',
    version: '1.0.0',
    defaultInputModes: ['text/plain', 'application/json'],
    defaultOutputModes: ['text/plain', 'application/json'],
    extensions: [],
    skills: [{ id: 'agent', name: 'Flight agent', description: 'Searches and books flights', tags: ['agent'] }]
  })
})

t.test('what is given wins over its default, one by one', async t => {
  // The check only asks for the methods.
  const store = { append () {}, read () {}, get () {} } as unknown as TaskStore
  const settings = resolveOptions({
    card,
    executor,
    store,
    prefix: '/flights/',
    logLevel: 'warn',
    publicUrl: 'https://agents.example.com/flights/',
    versions: ['0.3'],
    timeout: 0,
    limits: { parts: 5, history: undefined },
    stream: { heartbeat: 0 },
    paths: { legacyCard: false },
    idempotency: true,
    cardCors: ['https://app.example.com']
  })
  t.equal(settings.prefix, '/flights')
  t.equal(settings.id, '/flights', 'the id is the prefix')
  t.equal(settings.publicUrl, 'https://agents.example.com/flights')
  t.same(settings.versions, ['0.3'])
  t.same(settings.deadlines, { timeout: 0, idleTimeout: 0 })
  t.match(settings.limits, { parts: 5, history: 1_000 })
  t.match(settings.stream, { heartbeat: 0, stall: 30_000 })
  t.match(settings.paths, { legacyCard: false, rpc: '/a2a' })
  t.same(settings.idempotency, { ttl: 86_400_000 })
  t.same(settings.cardCors, ['https://app.example.com'])
  t.equal(settings.store, store)
  t.equal(resolveOptions({ card, executor, id: 'mine', prefix: '/x' }).id, 'mine')
})

t.test('the options stay as they are, and the settings can not be changed', async t => {
  const tags = ['travel']
  const inputSchema = { type: 'object', properties: { from: { type: 'string' } } }
  const options: AgentOptions = {
    card: { ...card, skills: [{ id: 'search', tags, inputSchema }] }, executor, limits: { parts: 5 }, versions: ['1.0']
  }
  const before = structuredClone({ ...options, executor: undefined })
  const settings = resolveOptions(options)
  t.same({ ...options, executor: undefined }, before)

  tags.push('later')
  inputSchema.type = 'array'
  const resolved = await settings.card()
  t.same(resolved.skills[0]?.tags, ['travel'], 'a later change is not seen')
  t.same(resolved.skills[0]?.input?.schema.type, 'object')
  for (const frozen of [settings, settings.limits, settings.stream, settings.paths, settings.versions, settings.deadlines, settings.capabilities, resolved, resolved.skills, resolved.skills[0], resolved.skills[0]?.tags, resolved.skills[0]?.input?.schema]) {
    t.ok(Object.isFrozen(frozen))
  }
})

t.test('an error names the path and what is expected there', async t => {
  const skill = { id: 'search' }
  const cases: Array<[unknown, string]> = [
    [{ card: { ...card, skills: [{ ...skill, tags: 'travel' }] }, executor }, 'card.skills[0].tags must be an array'],
    [{ card: { name: 'x' }, executor }, 'card.description is missing'],
    [{ card: { ...card, name: '' }, executor }, 'card.name must be a string that is not empty'],
    [{ card: 'x', executor }, 'card must be an object or a function'],
    [{ card, executor: 'x' }, 'executor must be a function, or an object with the function execute'],
    [{ card, executor: { run () {} } }, 'executor must be a function, or an object with the function execute'],
    [{ card: { ...card, skills: [{ ...skill, handler: {} }] } }, 'card.skills[0].handler must be a function, or an object with the function execute'],
    [{ card, executor, versions: [] }, 'versions must not be empty'],
    [{ card, executor, versions: ['2.0'] }, 'versions[0] must be one of 1.0, 0.3'],
    [{ card, executor, versions: ['1.0', '1.0'] }, 'versions must not hold "1.0" twice'],
    [{ card, executor, publicUrl: '/a2a' }, 'publicUrl must be an absolute http(s) URL without query and fragment'],
    [{ card, executor, publicUrl: 'ftp://example.com' }, 'publicUrl must be an absolute http(s) URL without query and fragment'],
    [{ card, executor, publicUrl: 'https://example.com/?a=1' }, 'publicUrl must be an absolute http(s) URL without query and fragment'],
    [{ card, executor, paths: { rpc: 'a2a' } }, 'paths.rpc must be a path that starts with /'],
    [{ card, executor, paths: { legacyCard: true } }, 'paths.legacyCard must be a path that starts with /, or false'],
    [{ card, executor, paths: { card: '/card', legacyCard: '/card' } }, 'paths.legacyCard must not be the path of the card'],
    [{ card, executor, prefix: 'x' }, 'prefix must be a path that starts with /'],
    [{ card, executor, limits: { parts: 0 } }, 'limits.parts must be a whole number, at least 1'],
    [{ card, executor, limits: { parts: '5' } }, 'limits.parts must be a whole number, at least 1'],
    [{ card, executor, timeout: -1 }, 'timeout must be a whole number of milliseconds, at most 2147483647'],
    [{ card, executor, timeout: 2 ** 31 }, 'timeout must be a whole number of milliseconds, at most 2147483647'],
    [{ card, executor, idempotency: { ttl: 0 } }, 'idempotency.ttl must be a whole number of milliseconds, at least 1'],
    [{ card, executor, idempotency: 'yes' }, 'idempotency must be a boolean or an object'],
    [{ card, executor, cardCors: ['https://example.com/'] }, 'cardCors[0] must be an origin such as https://example.com'],
    [{ card, executor, store: {} }, 'store must be a TaskStore'],
    [{ card, executor, route: 'x' }, 'route must be a function'],
    [{ card: { ...card, defaultInputModes: ['text'] }, executor }, 'card.defaultInputModes[0] must be a media type such as text/plain'],
    [{ card: { ...card, provider: { url: 'example.com', organization: 'x' } }, executor }, 'card.provider.url must be an absolute URL'],
    [{ executor }, 'card is missing'],
    [{ card }, 'executor is missing: give one, or a handler to every skill'],
    [{ card: { ...card, skills: [{ ...skill, handler: executor }, { id: 'book' }] } }, 'card.skills[1].handler is missing, and there is no executor that would serve the skill'],
    [{ card: { ...card, skills: [skill, skill] }, executor }, 'card.skills[1].id must be unique: skill 0 has the id "search" too'],
    [{ card, extendedCard: { ...card, skills: [skill, skill] }, executor }, 'extendedCard.skills[1].id must be unique: skill 0 has the id "search" too'],
    [7, 'the options must be an object']
  ]
  for (const [options, message] of cases) failsWith(t, options, message)
})

t.test('all that is wrong is said at once', async t => {
  failsWith(t, { card: { name: 'x', skills: [{ tags: 1 }] }, executor, versions: [] },
    'card.description is missing; card.skills[0].id is missing; card.skills[0].tags must be an array; versions must not be empty')
})

t.test('an unknown option is an error that knows what was meant', async t => {
  failsWith(t, { card, excutor: executor, executor }, 'excutor is not an option; did you mean executor?')
  failsWith(t, { card, executor, skills: [] }, 'skills is not an option; did you mean card.skills?')
  failsWith(t, { card: { ...card, skils: [] }, executor }, 'card.skils is not an option; did you mean skills?')
  failsWith(t, { card: { ...card, skills: [{ id: 'a', inputschema: {} }] }, executor }, 'card.skills[0].inputschema is not an option; did you mean inputSchema?')
  failsWith(t, { card, executor, limits: { 'x y': 1 } }, 'limits["x y"] is not an option')
  failsWith(t, { card: { ...card, url: 'https://example.com' }, executor }, 'card.url is derived: set publicUrl, or leave it out')
  failsWith(t, { card: { ...card, capabilities: {} }, executor }, 'card.capabilities is derived: set capabilities beside the card, or leave it out')
})

t.test('schemas of skills are compiled at once, and a wrong one is an error', async t => {
  t.throws(() => resolveOptions({ card: { ...card, skills: [{ id: 'a', inputSchema: { type: 'objekt' } }] }, executor }),
    { code: 'A2A_ERR_OPTIONS', message: /^a2a options: card\.skills\[0\]\.inputSchema is wrong: .*type/ })
  t.throws(() => resolveOptions({ card: { ...card, skills: [{ id: 'a', outputSchema: { $ref: '#/nowhere' } }] }, executor }),
    { message: /^a2a options: card\.skills\[0\]\.outputSchema is wrong: .*nowhere/ })
  const cycle: Record<string, unknown> = {}
  cycle.self = cycle
  t.throws(() => resolveOptions({ card: { ...card, extensions: [{ uri: 'https://example.com/x', params: cycle }] }, executor }),
    { message: /^a2a options: card\.extensions\[0\]\.params must be JSON: / })
})

t.test('a card that is a function is asked at every use, and checked there', async t => {
  let current: unknown = card
  const settings = resolveOptions({ card: async () => current as CardOptions, executor })
  const first = await settings.card()
  t.equal(first.name, 'Flight agent')
  t.equal(await settings.card(), first, 'the same object is worked on once')
  current = { ...card, name: 'Train agent' }
  t.equal((await settings.card()).name, 'Train agent')
  current = { ...card, skills: [{ id: 'a', tags: 'x' }] }
  await t.rejects(async () => settings.card(), { code: 'A2A_ERR_OPTIONS', message: 'a2a options: card.skills[0].tags must be an array' })
  current = undefined
  await t.rejects(async () => settings.card(), { code: 'A2A_ERR_OPTIONS', message: 'a2a options: card must be an object' })
  current = { ...card, url: 'https://example.com' }
  await t.rejects(async () => settings.card(), { message: 'a2a options: card.url is derived: set publicUrl, or leave it out' })
})

t.test('the extended card declares the capability', async t => {
  const fixed = resolveOptions({ card, executor, extendedCard: { ...card, name: 'More' } })
  t.equal(fixed.capabilities.extendedAgentCard, true)
  t.equal((await fixed.extendedCard?.(undefined))?.name, 'More')
  const perCaller = resolveOptions({ card, executor, extendedCard: principal => ({ ...card, name: `For ${principal?.id}` }) })
  t.equal((await perCaller.extendedCard?.({ id: 'ada' }))?.name, 'For ada')
  t.equal(resolveOptions({ card, executor, extendedCard: card, capabilities: { extendedAgentCard: false } }).capabilities.extendedAgentCard, false)
})

t.test('a card without skills is one skill', async t => {
  t.same(resolveCard({ ...card, skills: [] }).skills.map(({ id }) => id), ['agent'])
  t.same(resolveCard({ ...card, skills: [{ id: 'search' }] }).skills, [{ id: 'search', name: 'search', description: 'search', tags: ['search'] }])
  t.equal(resolveCard({ ...card, skills: [{ id: 'search', name: 'Search' }] }).skills[0]?.description, 'Search')
})

t.test('types: the schema and the options say the same', async () => {
  type Schema = Static<typeof AgentOptionsSchema>
  type SchemaCard = Static<typeof CardOptionsSchema>
  expectTypeOf<keyof Schema>().toEqualTypeOf<keyof AgentOptions>()
  expectTypeOf<keyof SchemaCard>().toEqualTypeOf<keyof CardOptions>()
  expectTypeOf<keyof NonNullable<SchemaCard['skills']>[number]>().toEqualTypeOf<keyof SkillOptions>()
  expectTypeOf<NonNullable<Schema['limits']>>().toEqualTypeOf<Limits>()
  expectTypeOf<NonNullable<Schema['stream']>>().toEqualTypeOf<StreamOptions>()
  expectTypeOf<NonNullable<Schema['paths']>>().toEqualTypeOf<Paths>()
  type Plain = 'id' | 'versions' | 'publicUrl' | 'capabilities' | 'cardMaxAge' | 'cardCors' | 'allowAnonymous' | 'cancelGrace' | 'shutdownGrace' | 'onCrash' | 'maxAttempts' | 'leaseTtl' | 'replyWindow' | 'idempotency' | 'prefix' | 'logLevel' | 'timeout' | 'idleTimeout'
  expectTypeOf<Pick<Schema, Plain>>().branded.toEqualTypeOf<Pick<AgentOptions, Plain>>()
})

t.test('types: wrong options do not compile', async () => {
  const accepts = (options: AgentOptions): AgentOptions => options
  accepts({
    card: { name: 'x', description: 'y', skills: [{ id: 'a', tags: ['t'], handler: { execute: task => task.text } }] },
    async * executor (task) {
      expectTypeOf(task.text).toBeString()
      yield task.working('on it')
    },
    route: ({ message, principal }) => message.taskId ?? principal?.id
  })
  // @ts-expect-error the agent has a name
  accepts({ card: { description: 'y' }, executor })
  // @ts-expect-error a list
  accepts({ card: { name: 'x', description: 'y', skills: [{ id: 'a', tags: 't' }] }, executor })
  // @ts-expect-error no such option
  accepts({ card, excutor: executor })
  // @ts-expect-error no such version
  accepts({ card, executor, versions: ['2.0'] })
  // @ts-expect-error a number of ms
  accepts({ card, executor, timeout: '1h' })
  // @ts-expect-error an id or nothing
  accepts({ card, executor, route: () => 7 })
  expectTypeOf<Settings['limits']>().toEqualTypeOf<Readonly<Required<Limits>>>()
})
