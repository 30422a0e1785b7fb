/** The plugin: agents as MCP tools over streamable HTTP, with the official client over real sockets. */
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import t, { type Test } from 'tap'
import { discover } from '../../lib/client/index.ts'
import a2a from '../../plugins/a2a.ts'
import mcp, { type McpPluginOptions } from '../../plugins/mcp/index.ts'
import { agent, closeAfter, listen, stopped, type HostOptions } from '../helpers/host.ts'
import { gate, until } from '../helpers/wait.ts'
import { connect, quick, serve, travel, travelCard } from '../tools/agents.ts'
import { call, connectTo, overHttp, textIn } from './client.ts'

type Setup = { mcp?: McpPluginOptions, agent?: HostOptions, server?: FastifyServerOptions, prepare?: (app: FastifyInstance) => void }

/** A server that hosts the agent, and offers it over MCP. @returns the URL of the latter */
async function hosting (t: Test, { mcp: options = {}, agent: given = {}, server = {}, prepare }: Setup = {}): Promise<string> {
  const app = Fastify({ forceCloseConnections: true, ...server })
  closeAfter(t, app)
  await app.register(a2a, agent({ card: travelCard, executor: travel, ...given }))
  prepare?.(app)
  await app.register(mcp, options)
  return `${await listen(app)}/mcp`
}

const post = async (url: string, body: unknown, headers: Record<string, string> = {}) => await fetch(url, {
  method: 'POST',
  headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body)
})
const initialize = { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '1' } } }

/** A session by hand. */
async function begin (url: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await post(url, initialize, headers)
  await response.text()
  return response.headers.get('mcp-session-id') ?? ''
}

t.test('an agent that is hosted in the same server', async t => {
  const heard = gate()
  const url = await hosting(t, { agent: { executor: task => travel(task, heard.opened) } })
  const client = await connectTo(t, overHttp(url), () => ({ action: 'accept', content: { answer: 'Ada' } }))
  t.match((await client.listTools()).tools, [{ name: 'flight_search' }, { name: 'small_talk' }, { name: 'Flight_agent_reply' }])
  const messages: Array<string | undefined> = []
  const found = await call(client, 'flight_search', { from: 'BER', to: 'HND' }, { onprogress: ({ message }) => { messages.push(message); heard.open() } })
  t.match(found.structuredContent, { offers: [{ flight: 'LH1' }] })
  t.ok(messages.includes('Searching 400 airlines'))
  t.equal(textIn(await call(client, 'small_talk', { message: 'ask' })), 'Done: Ada')
  t.match(await call(client, 'small_talk', { message: 'fail' }), { isError: true })
})

t.test('agents elsewhere, under a path of your own', async t => {
  const app = Fastify({ forceCloseConnections: true })
  closeAfter(t, app)
  await app.register(mcp, { agents: await connect(t), path: '/tools', prefix: '/v1' })
  const client = await connectTo(t, overHttp(`${await listen(app)}/v1/tools`))
  t.equal(textIn(await call(client, 'small_talk', { message: 'Hello' })), 'Done: Hello')
})

t.test('several hosted agents, and those that are not to be offered', async t => {
  const url = await hosting(t, {
    mcp: { hosted: ({ id }) => id !== 'secret' },
    prepare: app => {
      void app.register(a2a, agent({ id: 'hotels', prefix: '/hotels', publicUrl: 'https://public.example/elsewhere', card: { name: 'Hotels', description: 'Finds hotels' } }))
      void app.register(a2a, agent({ id: 'secret', prefix: '/secret', card: { name: 'Secret', description: 'Not for everybody' } }))
    }
  })
  const client = await connectTo(t, overHttp(url))
  t.strictSame((await client.listTools()).tools.map(({ name }) => name), ['Flight_agent_flight_search', 'Flight_agent_small_talk', 'Flight_agent_reply', 'Hotels'])
  t.equal(textIn(await call(client, 'Hotels', { message: 'Rome' })), 'Rome')
})

t.test('a hosted agent authenticates the caller by the headers of the MCP request', async t => {
  const url = await hosting(t, {
    agent: { allowAnonymous: false, executor: task => `for ${task.principal?.id ?? 'nobody'}` },
    prepare: app => {
      app.addHook('onRequest', async request => {
        const [, id] = /^Bearer (\w+)$/.exec(request.headers.authorization ?? '') ?? []
        if (id !== undefined) request.a2aPrincipal = { id }
      })
    }
  })
  const ada = await connectTo(t, overHttp(url, { requestInit: { headers: { authorization: 'Bearer ada' } } }))
  t.equal(textIn(await call(ada, 'small_talk', { message: 'Hello' })), 'for ada')
  const nobody = await connectTo(t, overHttp(url))
  t.match(await call(nobody, 'small_talk', { message: 'Hello' }), { isError: true, content: [{ text: /UnauthenticatedError/ }] })
})

t.test('a session belongs to the principal that has begun it', async t => {
  const url = await hosting(t, {
    prepare: app => { app.addHook('onRequest', async request => { request.a2aPrincipal = { id: String(request.headers['x-user'] ?? 'anybody') } }) }
  })
  const session = await begin(url, { 'x-user': 'ada' })
  const list = { jsonrpc: '2.0', id: 2, method: 'tools/list' }
  t.equal((await post(url, list, { 'mcp-session-id': session, 'x-user': 'ada' })).status, 200)
  t.equal((await post(url, list, { 'mcp-session-id': session, 'x-user': 'bob' })).status, 404)
  t.equal((await post(url, list, { 'mcp-session-id': 'none', 'x-user': 'ada' })).status, 404)
  t.equal((await fetch(url, { method: 'DELETE', headers: { 'mcp-session-id': session, 'x-user': 'bob' } })).status, 404)
  t.equal((await fetch(url, { method: 'DELETE', headers: { 'mcp-session-id': session, 'x-user': 'ada' } })).status, 200)
  t.equal((await post(url, list, { 'mcp-session-id': session, 'x-user': 'ada' })).status, 404)
})

t.test('a caller is offered what it may know of', async t => {
  const url = await hosting(t, {
    mcp: { hosted: (_agent, principal) => principal?.id === 'ada' },
    prepare: app => { app.addHook('onRequest', async request => { request.a2aPrincipal = { id: String(request.headers['x-user']) } }) }
  })
  for (const [user, count] of [['ada', 3], ['bob', 0]] as const) {
    const client = await connectTo(t, overHttp(url, { requestInit: { headers: { 'x-user': user } } }))
    t.equal((await client.listTools()).tools.length, count, user)
  }
})

t.test('hooks of the host decide who may call, and see the address of the caller at the agent', async t => {
  const addresses: Array<string | undefined> = []
  const url = await hosting(t, {
    server: { trustProxy: true },
    prepare: app => {
      app.addHook('onRequest', async (request, reply) => {
        if (request.url.startsWith('/a2a')) addresses.push(request.ip)
        if (request.headers['x-banned'] !== undefined) await reply.code(403).send()
      })
    }
  })
  await t.rejects(connectTo(t, overHttp(url, { requestInit: { headers: { 'x-banned': '1' } } })))
  const forged = { 'x-forwarded-for': '203.0.113.7', 'fastify-a2a-remote-address': '10.0.0.1' }
  const client = await connectTo(t, overHttp(url, { requestInit: { headers: forged } }))
  await call(client, 'small_talk', { message: 'Hello' })
  t.strictSame([...new Set(addresses)], ['203.0.113.7'])
  addresses.length = 0
  const plain = await connectTo(t, overHttp(url, { requestInit: { headers: { 'fastify-a2a-remote-address': '10.0.0.1' } } }))
  await call(plain, 'small_talk', { message: 'Hello' })
  t.strictSame([...new Set(addresses)], ['127.0.0.1'])
})

t.test('pages of other origins, and names that lead here, are refused', async t => {
  const url = await hosting(t, { mcp: { allowedOrigins: ['https://app.example.com'] } })
  t.equal((await post(url, initialize, { origin: 'http://evil.example' })).status, 403)
  t.equal((await post(url, initialize, { origin: 'null' })).status, 403)
  t.equal((await post(url, initialize, { origin: 'https://app.example.com' })).status, 200)
  const bound = await hosting(t, { mcp: { allowedHosts: ['localhost:1'] } })
  t.equal((await post(bound, initialize)).status, 403)
})

t.test('what is no MCP', async t => {
  const url = await hosting(t)
  t.equal((await fetch(url)).status, 400)
  t.equal((await post(url, { jsonrpc: '2.0', id: 1, method: 'tools/list' })).status, 400)
  t.equal((await post(url, '{')).status, 400)
  t.equal((await post(url, initialize, { accept: 'text/html' })).status, 406)
  t.equal((await post(url, 'text', { 'content-type': 'text/plain' })).status, 400)
  t.equal((await fetch(url, { method: 'PUT' })).status, 404)
  t.equal((await post(url, { ...initialize, params: { ...initialize.params, filler: 'x'.repeat(2_000_000) } })).status, 413)
  const session = await begin(url)
  const bad = await post(url, { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 7 } }, { 'mcp-session-id': session })
  t.match(await bad.text(), /"error":\{"code":-32/)
})

t.test('a cancelled request cancels the task, and so does the end of the session, and of the server', async t => {
  for (const how of ['request', 'session', 'server']) {
    const begun = gate()
    const ended = gate()
    const app = Fastify({ forceCloseConnections: true })
    closeAfter(t, app)
    await app.register(a2a, agent({ card: travelCard, executor: async task => { await task.working(); begun.open(); await stopped(task.signal); ended.open() } }))
    await app.register(mcp)
    const transport = overHttp(`${await listen(app)}/mcp`)
    const client = await connectTo(t, transport)
    const controller = new AbortController()
    const result = call(client, 'small_talk', { message: 'stay' }, { signal: controller.signal })
    result.catch(() => {})
    await begun.opened
    if (how === 'request') controller.abort(new Error('enough'))
    else if (how === 'session') await fetch(`${app.listeningOrigin}/mcp`, { method: 'DELETE', headers: { 'mcp-session-id': transport.sessionId ?? '' } })
    else await app.close()
    await ended.opened
    t.pass(how)
  }
})

t.test('who leaves without a word leaves the task alone', async t => {
  const more = gate()
  const done = gate()
  const url = await hosting(t, { agent: { executor: async task => { await task.working('On it'); await more.opened; await task.artifact({ text: 'done' }); done.open() } } })
  const session = await begin(url)
  const controller = new AbortController()
  const params = { name: 'small_talk', arguments: { message: 'Hello' }, _meta: { progressToken: 1 } }
  const response = await fetch(url, {
    method: 'POST',
    signal: controller.signal,
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-session-id': session },
    body: JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/call', params })
  })
  await response.body?.getReader().read()
  controller.abort()
  more.open()
  await done.opened
  t.equal((await post(url, { jsonrpc: '2.0', id: 3, method: 'ping' }, { 'mcp-session-id': session })).status, 200)
})

t.test('sessions are bounded: the one that was idle longest makes room, busy ones do not', async t => {
  const begun = gate()
  const url = await hosting(t, { mcp: { maxSessions: 2 }, agent: { executor: async task => { await task.working(); begun.open(); await stopped(task.signal) } } })
  const status = async (session: string) => (await post(url, { jsonrpc: '2.0', id: 2, method: 'ping' }, { 'mcp-session-id': session })).status
  const [one, two] = [await begin(url), await begin(url)]
  t.equal(await status(one), 200)
  const three = await begin(url)
  t.strictSame([await status(one), await status(two), await status(three)], [200, 404, 200])
  const streams = await Promise.all([one, three].map(async session => await fetch(url, { headers: { accept: 'text/event-stream', 'mcp-session-id': session } })))
  t.strictSame(streams.map(({ status }) => status), [200, 200])
  t.equal((await post(url, initialize)).status, 503)
  await streams[0]?.body?.cancel()
  await until(async () => (await post(url, initialize)).status === 200)
})

t.test('an idle session ends by itself', async t => {
  const url = await hosting(t, { mcp: { sessionIdle: 20 } })
  const session = await begin(url)
  await until(async () => {
    // Longer than a session may be idle: asking keeps it alive.
    await sleep(30)
    return (await post(url, { jsonrpc: '2.0', id: 2, method: 'ping' }, { 'mcp-session-id': session })).status === 404
  })
  t.equal((await post(url, initialize)).status, 200)
})

t.test('a card that changes changes the tools', async t => {
  let card = travelCard
  const client = await connectTo(t, overHttp(await hosting(t, { agent: { card: () => card } })))
  t.equal((await client.listTools()).tools.length, 3)
  card = { ...travelCard, skills: [{ id: 'small-talk' }] }
  t.strictSame((await client.listTools()).tools.map(({ name }) => name), ['small_talk'])
})

t.test('options that are none, and a server without agents', async t => {
  const app = Fastify()
  closeAfter(t, app)
  await t.rejects(Promise.resolve(app.register(mcp, { maxSessions: 0 })), { code: 'A2A_ERR_OPTIONS', message: 'mcp options: maxSessions must be a whole number from 1' })
  const empty = Fastify({ forceCloseConnections: true })
  closeAfter(t, empty)
  await empty.register(mcp)
  const client = await connectTo(t, overHttp(`${await listen(empty)}/mcp`))
  t.strictSame((await client.listTools()).tools, [])
})

t.test('an agent that is away', async t => {
  const url = await serve(t)
  const remote = await discover({ ...(await discover(url)).card, supportedInterfaces: [{ url: 'http://127.0.0.1:1/a2a', protocolBinding: 'JSONRPC', protocolVersion: '1.0' }] }, quick)
  const app = Fastify({ forceCloseConnections: true })
  closeAfter(t, app)
  await app.register(mcp, { agents: remote })
  const client = await connectTo(t, overHttp(`${await listen(app)}/mcp`))
  t.match(await call(client, 'small_talk', { message: 'Hello' }), { isError: true, content: [{ text: /can't be reached/ }] })
})
