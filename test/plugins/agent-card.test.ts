/** The agent card over HTTP, and the extended card over JSON-RPC. */
import type { FastifyInstance } from 'fastify'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import type { AgentCard as V03Card } from '../../schemas/v0_3/card.ts'
import { AgentCard } from '../../schemas/v1/card.ts'
import type { AgentOptions, CardOptions } from '../../lib/agent/options.ts'
import { compile } from '../../lib/protocol/validate.ts'
import a2a from '../../plugins/a2a.ts'
import { agent, card, closeAfter, host } from '../helpers/host.ts'
import { RpcClient } from '../helpers/rpc.ts'

const path = '/.well-known/agent-card.json'
const legacyPath = '/.well-known/agent.json'
const checkCard = compile<AgentCard>(AgentCard, 'card')

t.test('paths', async t => {
  t.test('the well-known one, and the one of older clients', async t => {
    const app = await host(t)
    const [found, legacy] = [await app.inject(path), await app.inject(legacyPath)]
    t.equal(found.statusCode, 200)
    t.match(found.headers['content-type'], /^application\/json/)
    t.equal(legacy.body, found.body)
  })

  t.test('under a prefix', async t => {
    const app = await host(t, { prefix: '/agent' })
    t.equal((await app.inject(`/agent${path}`)).statusCode, 200)
    t.equal((await app.inject(`/agent${legacyPath}`)).statusCode, 200)
    t.equal((await app.inject(path)).statusCode, 404)
  })

  t.test('others, by option', async t => {
    const app = await host(t, { paths: { card: '/about.json', legacyCard: '/old.json' } })
    for (const url of ['/about.json', '/old.json']) t.equal((await app.inject(url)).statusCode, 200, url)
    for (const url of [path, legacyPath]) t.equal((await app.inject(url)).statusCode, 404, url)
  })
})

t.test('caching', async t => {
  const app = await host(t, { cardMaxAge: 60 })
  const first = await app.inject(path)
  const etag = String(first.headers.etag)
  const lastModified = String(first.headers['last-modified'])

  t.test('headers', async t => {
    t.match(etag, /^"[\w-]{43}"$/)
    t.ok(Date.parse(lastModified) <= Date.now())
    t.equal(first.headers['cache-control'], 'public, max-age=60')
    t.match(first.headers.vary, /A2A-Version/)
    t.equal((await app.inject(path)).headers.etag, etag, 'the same content has the same tag')
    t.equal((await (await host(t)).inject(path)).headers['cache-control'], 'public, max-age=300')
  })

  t.test('conditional requests', async t => {
    const old = new Date(0).toUTCString()
    const future = new Date(Date.now() + 3_600_000).toUTCString()
    const cases: Array<[Record<string, string>, number]> = [
      [{ 'if-none-match': etag }, 304],
      [{ 'if-none-match': `W/${etag}` }, 304],
      [{ 'if-none-match': `"other", ${etag}` }, 304],
      [{ 'if-none-match': '*' }, 304],
      [{ 'if-none-match': '"other"' }, 200],
      [{ 'if-modified-since': lastModified }, 304],
      [{ 'if-modified-since': future }, 304],
      [{ 'if-modified-since': old }, 200],
      [{ 'if-modified-since': 'yesterday' }, 200],
      [{ 'if-none-match': '"other"', 'if-modified-since': future }, 200],
      [{ 'if-none-match': etag, 'if-modified-since': old }, 304]
    ]
    for (const [headers, status] of cases) {
      const { statusCode, body, headers: answered } = await app.inject({ url: path, headers })
      t.equal(statusCode, status, JSON.stringify(headers))
      t.equal(body, status === 304 ? '' : first.body)
      t.match(answered, { etag, 'cache-control': 'public, max-age=60' })
    }
  })

  t.test('HEAD', async t => {
    const { statusCode, headers, body } = await app.inject({ method: 'HEAD', url: path })
    t.equal(statusCode, 200)
    t.equal(body, '')
    t.match(headers, { etag, 'last-modified': lastModified, 'content-length': String(Buffer.byteLength(first.body)) })
    t.equal((await app.inject({ method: 'HEAD', url: path, headers: { 'if-none-match': etag } })).statusCode, 304)
  })

  t.test('each form, and each address, has a tag of its own', async t => {
    const variants = [{}, { 'a2a-version': '1.0' }, { 'a2a-version': '0.3' }, { host: 'other.example' }]
    const tags = await Promise.all(variants.map(async headers => (await app.inject({ url: path, headers })).headers.etag))
    t.equal(new Set(tags).size, variants.length)
    t.equal((await app.inject({ url: path, headers: { 'a2a-version': '0.3', 'if-none-match': etag } })).statusCode, 200)
  })
})

t.test('CORS', async t => {
  const origin = 'https://app.example'
  const ask = async (app: FastifyInstance, method: 'GET' | 'OPTIONS', from = origin) =>
    await app.inject({ method, url: path, headers: { origin: from, 'access-control-request-method': 'GET', 'access-control-request-headers': 'a2a-version' } })

  t.test('off unless asked for', async t => {
    const app = await host(t)
    t.notOk('access-control-allow-origin' in (await ask(app, 'GET')).headers)
    t.equal((await ask(app, 'OPTIONS')).statusCode, 404)
  })

  t.test('for everybody', async t => {
    const app = await host(t, { cardCors: true })
    t.match((await ask(app, 'GET')).headers, { 'access-control-allow-origin': '*', 'access-control-expose-headers': /ETag/ })
    const preflight = await ask(app, 'OPTIONS')
    t.equal(preflight.statusCode, 204)
    t.match(preflight.headers, { 'access-control-allow-origin': '*', 'access-control-allow-methods': /GET/, 'access-control-allow-headers': 'A2A-Version' })
    const cached = await app.inject({ url: path, headers: { origin, 'if-none-match': '*' } })
    t.match(cached, { statusCode: 304, headers: { 'access-control-allow-origin': '*' } })
    t.equal((await app.inject({ method: 'OPTIONS', url: legacyPath, headers: { origin } })).statusCode, 204)
  })

  t.test('for some', async t => {
    const app = await host(t, { cardCors: [origin] })
    for (const method of ['GET', 'OPTIONS'] as const) {
      const { headers } = await ask(app, method)
      t.equal(headers['access-control-allow-origin'], origin, method)
      t.match(headers.vary, /Origin/, 'a cache must not hand it to another origin')
      t.notOk('access-control-allow-origin' in (await ask(app, method, 'https://evil.example')).headers, method)
    }
  })
})

t.test('versions', async t => {
  const get = async (app: FastifyInstance, version?: string, query = '') => {
    const { statusCode, body } = await app.inject({ url: `${path}${query}`, headers: version === undefined ? {} : { 'a2a-version': version } })
    return { statusCode, card: JSON.parse(body) as AgentCard & V03Card }
  }
  const v03Only = ['url', 'preferredTransport', 'additionalInterfaces', 'protocolVersion', 'supportsAuthenticatedExtendedCard']

  t.test('both on', async t => {
    const app = await host(t)
    const [none, v1, v03] = [await get(app), await get(app, '1.0'), await get(app, '0.3')]
    t.strictSame([none, v1, v03].map(({ statusCode }) => statusCode), [200, 200, 200])

    t.strictSame(v1.card.supportedInterfaces, [
      { url: 'http://localhost:80/a2a', protocolBinding: 'JSONRPC', protocolVersion: '1.0' },
      { url: 'http://localhost:80/a2a', protocolBinding: 'HTTP+JSON', protocolVersion: '1.0' },
      { url: 'http://localhost:80/a2a', protocolBinding: 'JSONRPC', protocolVersion: '0.3' },
      { url: 'http://localhost:80/a2a', protocolBinding: 'HTTP+JSON', protocolVersion: '0.3' }
    ])
    t.match(v1.card.capabilities, { streaming: true, pushNotifications: false, extendedAgentCard: false })
    t.ok(checkCard(v1.card))
    for (const field of v03Only) t.notOk(field in v1.card, `1.0 has no ${field}`)

    t.match(v03.card, { url: 'http://localhost:80/a2a', preferredTransport: 'JSONRPC', protocolVersion: '0.3.0', supportsAuthenticatedExtendedCard: false })
    t.strictSame(v03.card.additionalInterfaces, ['JSONRPC', 'HTTP+JSON'].map(transport => ({ url: 'http://localhost:80/a2a', transport })))
    t.notOk('supportedInterfaces' in v03.card)
    t.notOk('extendedAgentCard' in v03.card.capabilities)

    t.match(none.card, v1.card, 'who does not say gets a 1.0 card')
    t.match(none.card, { url: v03.card.url, protocolVersion: '0.3.0', preferredTransport: 'JSONRPC' }, 'that a 0.3 client can read too')
    t.strictSame((await get(app, '')).card, none.card)
    t.strictSame((await get(app, '1.0.1')).card, v1.card, 'patch numbers do not count')
    t.strictSame((await get(app, undefined, '?A2A-Version=0.3')).card, v03.card, 'as a parameter')
    t.strictSame((await get(app, '1.0', '?A2A-Version=0.3')).card, v1.card, 'the header wins')
  })

  t.test('1.0 alone', async t => {
    const app = await host(t, { versions: ['1.0'] })
    const { card } = await get(app)
    for (const field of v03Only) t.notOk(field in card, field)
    t.strictSame(card.supportedInterfaces.map(({ protocolVersion }) => protocolVersion), ['1.0', '1.0'])
    t.equal((await get(app, '1.0')).statusCode, 200)
    t.equal((await get(app, '0.3')).statusCode, 400)
  })

  t.test('0.3 alone', async t => {
    const app = await host(t, { versions: ['0.3'] })
    const { card } = await get(app)
    t.equal(card.protocolVersion, '0.3.0')
    t.notOk('supportedInterfaces' in card)
    t.strictSame((await get(app, '0.3')).card, card)
    t.equal((await get(app, '1.0')).statusCode, 400)
  })

  t.test('the preferred version comes first', async t => {
    const app = await host(t, { versions: ['0.3', '1.0'] })
    t.strictSame((await get(app, '1.0')).card.supportedInterfaces.map(({ protocolVersion }) => protocolVersion), ['0.3', '0.3', '1.0', '1.0'])
  })

  t.test('one that nobody serves', async t => {
    const app = await host(t)
    for (const version of ['99.0', '2.0', 'latest', '1']) {
      const { statusCode, body } = await app.inject({ url: path, headers: { 'a2a-version': version } })
      t.equal(statusCode, 400, version)
      t.match(JSON.parse(body), {
        error: { code: 400, status: 'FAILED_PRECONDITION', details: [{ reason: 'VERSION_NOT_SUPPORTED', domain: 'a2a-protocol.org', metadata: { supported: '1.0, 0.3' } }] }
      })
    }
  })
})

t.test('a card as a function', async t => {
  t.test('is asked at every use; what has not changed keeps its tag and date', async t => {
    let current: CardOptions = { ...card, name: 'First' }
    const app = await host(t, { card: async () => current })
    const first = await app.inject(path)
    t.equal(first.json().name, 'First')
    current = { ...current }
    const same = await app.inject(path)
    t.equal(same.headers.etag, first.headers.etag)
    t.equal(same.headers['last-modified'], first.headers['last-modified'])
    current = { ...card, name: 'Second' }
    const second = await app.inject({ url: path, headers: { 'if-none-match': String(first.headers.etag) } })
    t.equal(second.statusCode, 200)
    t.equal(second.json().name, 'Second')
  })

  t.test('one that fails, or answers nonsense, is an internal error that says nothing', async t => {
    const bad: Array<() => CardOptions> = [
      () => { throw new Error('hunter2 at db.internal') },
      () => ({ description: 'without a name' }) as CardOptions // what an author without types might write
    ]
    for (const answer of bad) {
      const app = await host(t, { card: answer })
      const { statusCode, body } = await app.inject(path)
      t.equal(statusCode, 500)
      t.strictSame(JSON.parse(body).error.message, 'Internal error')
      t.notMatch(body, /hunter2|name|\.ts/)
      const { error } = (await new RpcClient(app).ask('SendMessage', { message: { messageId: 'm', role: 'ROLE_USER', parts: [{ text: 'x' }] } })).body
      t.match(error, { code: -32603, message: 'Internal error' })
    }
  })
})

t.test('the extended card', async t => {
  const extended: CardOptions = { ...card, name: 'Extended', skills: [{ id: 'secret' }] }
  const ask = async (t: Test, options: Partial<AgentOptions>, user?: string) => {
    const app = Fastify()
    closeAfter(t, app)
    app.addHook('onRequest', async request => { if (user !== undefined) request.a2aPrincipal = { id: user } })
    await app.register(a2a, agent(options))
    const v1 = await new RpcClient(app).ask('GetExtendedAgentCard')
    const v03 = await new RpcClient(app, { version: '0.3' }).ask('agent/getAuthenticatedExtendedCard')
    const declared = (await app.inject(path)).json<AgentCard>().capabilities.extendedAgentCard
    return { declared, v1: v1.body, v03: v03.body, status: v1.status, app }
  }

  t.test('as an object', async t => {
    const { declared, v1, v03 } = await ask(t, { extendedCard: extended }, 'alice')
    t.equal(declared, true)
    t.match(v1.result, { name: 'Extended', skills: [{ id: 'secret' }], supportedInterfaces: [{ url: 'http://localhost:80/a2a' }], capabilities: { extendedAgentCard: true } })
    t.match(v03.result, { name: 'Extended', url: 'http://localhost:80/a2a', protocolVersion: '0.3.0', supportsAuthenticatedExtendedCard: true })
    t.notOk('supportedInterfaces' in (v03.result as object))
  })

  t.test('by principal', async t => {
    const { v1 } = await ask(t, { extendedCard: principal => ({ ...extended, name: `For ${principal?.id}` }) }, 'bob')
    t.match(v1.result, { name: 'For bob' })
  })

  t.test('not declared', async t => {
    const { declared, v1, v03 } = await ask(t, {}, 'alice')
    t.equal(declared, false)
    t.match(v1.error, { code: -32004, data: [{ reason: 'UNSUPPORTED_OPERATION' }] })
    t.match(v03.error, { code: -32004 })
    t.match((await ask(t, { extendedCard: extended, capabilities: { extendedAgentCard: false } }, 'alice')).v1.error, { code: -32004 })
  })

  t.test('declared, not configured', async t => {
    const { declared, v1, v03 } = await ask(t, { capabilities: { extendedAgentCard: true } }, 'alice')
    t.equal(declared, true)
    t.match(v1.error, { code: -32007, data: [{ reason: 'EXTENDED_AGENT_CARD_NOT_CONFIGURED' }] })
    t.match(v03.error, { code: -32007 })
  })

  t.test('not for anonymous callers, unless they are meant to be served', async t => {
    for (const allowAnonymous of [undefined, false]) {
      const { status, v1, v03 } = await ask(t, { extendedCard: extended, allowAnonymous })
      t.equal(status, 401)
      t.match(v1.error, { code: -32052 })
      t.match(v03.error, { code: -32052 })
    }
    t.match((await ask(t, { extendedCard: extended })).v1.result, { name: 'Extended' })
  })

  t.test('one that fails says nothing of why', async t => {
    const { v1 } = await ask(t, { extendedCard: () => { throw new Error('hunter2') } }, 'alice')
    t.match(v1.error, { code: -32603, message: 'Internal error' })
    t.notMatch(JSON.stringify(v1), /hunter2/)
  })
})
