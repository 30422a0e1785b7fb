import t from 'tap'
import { Ajv } from 'ajv'
import { AgentCard } from '../../schemas/v1/card.ts'
import { buildCard } from '../../lib/agent/card.ts'
import { bindingsOf } from '../../lib/agent/interfaces.ts'
import { cardResponse, createCardCache, isFresh } from '../../lib/agent/card-response.ts'
import { resolveOptions, type AgentOptions, type CardOptions } from '../../lib/agent/options.ts'
import { resolveCard } from '../../lib/agent/resolved-card.ts'
import { skillSchemaUri } from '../../lib/extensions/skill-schema.ts'

const card: CardOptions = { name: 'Flight agent', description: 'Searches and books flights' }
const baseUrl = 'https://agents.example.com/flights'
const executor = async () => 'done'

async function built (options: Partial<AgentOptions> = {}, context: Partial<Parameters<typeof buildCard>[2]> = {}) {
  const settings = resolveOptions({ card, executor, ...options })
  return buildCard(settings, await settings.card(), { baseUrl, ...context })
}

t.test('a minimal card has all that the protocol requires, and nothing empty', async t => {
  t.strictSame(await built(), {
    name: 'Flight agent',
    description: 'Searches and books flights',
    supportedInterfaces: [
      { url: `${baseUrl}/a2a`, protocolBinding: 'JSONRPC', protocolVersion: '1.0' },
      { url: `${baseUrl}/a2a`, protocolBinding: 'HTTP+JSON', protocolVersion: '1.0' },
      { url: `${baseUrl}/a2a`, protocolBinding: 'JSONRPC', protocolVersion: '0.3' },
      { url: `${baseUrl}/a2a`, protocolBinding: 'HTTP+JSON', protocolVersion: '0.3' }
    ],
    version: '1.0.0',
    capabilities: { streaming: true, pushNotifications: false, extendedAgentCard: false },
    defaultInputModes: ['text/plain', 'application/json'],
    defaultOutputModes: ['text/plain', 'application/json'],
    skills: [{ id: 'agent', name: 'Flight agent', description: 'Searches and books flights', tags: ['agent'] }]
  })
})

t.test('a full card is valid and says all that was given, but not how it is served', async t => {
  const full: CardOptions = {
    ...card,
    version: '2.1.0',
    provider: { url: 'https://example.com', organization: 'Example' },
    documentationUrl: 'https://example.com/docs',
    iconUrl: 'https://example.com/icon.png',
    defaultInputModes: ['text/plain'],
    defaultOutputModes: ['application/json'],
    extensions: [{ uri: 'https://example.com/ext/v1', required: true, params: { a: 1 } }],
    skills: [{
      id: 'search',
      name: 'Search',
      description: 'Finds flights',
      tags: ['travel'],
      examples: ['ZRH to LIS'],
      inputModes: ['application/json'],
      outputModes: ['application/json'],
      securityRequirements: [{ schemes: { oauth: { list: ['flights'] } } }],
      handler: executor,
      timeout: 5,
      idleTimeout: 6,
      inputSchema: { type: 'object' }
    }, { id: 'book', examples: [] }]
  }
  const security = { schemes: { oauth: { type: 'bearer' as const, tokens: [{ token: 't', id: 'ada' }] } } }
  const result = await built({ card: full, extendedCard: full, capabilities: { streaming: false }, security }, { pushNotifications: true })
  const { handler, timeout, idleTimeout, inputSchema, ...search } = full.skills![0]!
  t.strictSame(result, {
    name: 'Flight agent',
    description: 'Searches and books flights',
    supportedInterfaces: result.supportedInterfaces,
    provider: full.provider,
    version: '2.1.0',
    documentationUrl: full.documentationUrl,
    capabilities: {
      streaming: false,
      pushNotifications: true,
      extensions: [full.extensions![0], {
        uri: skillSchemaUri,
        description: 'JSON Schemas of the data that skills take and answer',
        params: { skills: { search: { inputSchema: { type: 'object' } } } }
      }],
      extendedAgentCard: true
    },
    securitySchemes: { oauth: { httpAuthSecurityScheme: { scheme: 'Bearer' } } },
    securityRequirements: [{ schemes: { oauth: { list: [] } } }],
    defaultInputModes: ['text/plain'],
    defaultOutputModes: ['application/json'],
    skills: [search, { id: 'book', name: 'book', description: 'book', tags: ['book'] }],
    iconUrl: full.iconUrl
  })
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(AgentCard)
  t.ok(validate(JSON.parse(JSON.stringify(result))), JSON.stringify(validate.errors))
})

t.test('interfaces stand in the order of versions, then of bindings', async t => {
  const settings = resolveOptions({ card, executor, versions: ['0.3', '1.0'], paths: { rpc: '/rpc' }, bindings: ['JSONRPC'] })
  const { supportedInterfaces } = buildCard(settings, resolveCard(card), {
    baseUrl: 'http://localhost:3000/',
    bindings: [
      { protocolBinding: 'GRPC', address: () => 'localhost:50051', versions: ['1.0'] },
      ...bindingsOf(settings),
      { protocolBinding: 'HTTP+JSON', path: '/a2a', versions: ['1.0', '0.3'], tenant: 'acme' }
    ]
  })
  t.strictSame(supportedInterfaces, [
    { url: 'http://localhost:3000/rpc', protocolBinding: 'JSONRPC', protocolVersion: '0.3' },
    { url: 'http://localhost:3000/a2a', protocolBinding: 'HTTP+JSON', tenant: 'acme', protocolVersion: '0.3' },
    { url: 'localhost:50051', protocolBinding: 'GRPC', protocolVersion: '1.0' },
    { url: 'http://localhost:3000/rpc', protocolBinding: 'JSONRPC', protocolVersion: '1.0' },
    { url: 'http://localhost:3000/a2a', protocolBinding: 'HTTP+JSON', tenant: 'acme', protocolVersion: '1.0' }
  ])
  t.strictSame((await built({ versions: ['1.0'] })).supportedInterfaces.map(entry => entry.protocolVersion), ['1.0', '1.0'])
  t.strictSame((await built({ bindings: ['HTTP+JSON', 'JSONRPC'], versions: ['1.0'] })).supportedInterfaces.map(entry => entry.protocolBinding), ['HTTP+JSON', 'JSONRPC'])
})

t.test('the author has the last word on the extension of this library', async t => {
  const own = { uri: skillSchemaUri, description: 'mine' }
  const { capabilities } = await built({ card: { ...card, extensions: [own], skills: [{ id: 'a', outputSchema: {} }] } })
  t.strictSame(capabilities.extensions, [own])
})

t.test('a static card is serialized once for each key', async t => {
  const cache = createCardCache()
  const resolved = resolveCard(card)
  let count = 0
  const build = () => { count++; return { count } }
  const first = cache(resolved, `${baseUrl} 1.0`, build)
  t.equal(cache(resolved, `${baseUrl} 1.0`, build), first)
  t.equal(first.body, '{"count":1}')
  t.match(first.etag, /^"[\w-]{43}"$/)
  t.not(cache(resolved, `${baseUrl} 0.3`, build).etag, first.etag)
  t.equal(count, 2)
})

t.test('equal content keeps its date, new content has a new one', async t => {
  let now = Date.UTC(2026, 0, 1)
  const cache = createCardCache({ now: () => now })
  const first = cache(resolveCard({ ...card }), 'key', () => ({ a: 1 }))
  t.equal(first.lastModified, 'Thu, 01 Jan 2026 00:00:00 GMT')
  now += 60_000
  t.equal(cache(resolveCard({ ...card }), 'key', () => ({ a: 1 })), first)
  const changed = cache(resolveCard({ ...card }), 'key', () => ({ a: 2 }))
  t.equal(changed.lastModified, 'Thu, 01 Jan 2026 00:01:00 GMT')
  t.not(changed.etag, first.etag)
})

t.test('the cache is bounded', async t => {
  const cache = createCardCache({ max: 2 })
  const resolved = resolveCard(card)
  let count = 0
  const ask = (key: string) => cache(resolved, key, () => ({ key, count: ++count }))
  ask('a')
  ask('b')
  ask('c')
  ask('b')
  t.equal(count, 3)
  ask('a')
  t.equal(count, 4, 'the oldest was dropped')
})

t.test('conditional requests', async t => {
  const response = cardResponse({ a: 1 }, undefined, Date.UTC(2026, 0, 1, 12, 0, 0, 999))
  const { etag } = response
  const cases: Array<[Parameters<typeof isFresh>[0], boolean]> = [
    [{}, false],
    [{ 'if-none-match': etag }, true],
    [{ 'if-none-match': `W/${etag}` }, true],
    [{ 'if-none-match': `"a,b", W/"c" ,${etag}` }, true],
    [{ 'if-none-match': ' * ' }, true],
    [{ 'if-none-match': '"other"' }, false],
    [{ 'if-none-match': etag.slice(1, -1) }, false],
    [{ 'if-none-match': '' }, false],
    [{ 'if-none-match': '"other"', 'if-modified-since': response.lastModified }, false],
    [{ 'if-modified-since': response.lastModified }, true],
    [{ 'if-modified-since': 'Thu, 01 Jan 2026 12:00:01 GMT' }, true],
    [{ 'if-modified-since': 'Thu, 01 Jan 2026 11:59:59 GMT' }, false],
    [{ 'if-modified-since': 'yesterday' }, false]
  ]
  for (const [headers, fresh] of cases) t.equal(isFresh(headers, response), fresh, JSON.stringify(headers))
})
