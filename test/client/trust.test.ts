/** Clients that go by signed cards alone, and somebody who stands between them and the agent. */
import http from 'node:http'
import type { AddressInfo, LookupFunction } from 'node:net'
import t, { type Test } from 'tap'
import { createCardCache, createRegistry, discover, verifyCard, type CardTrust, type ClientOptions } from '../../lib/client/index.ts'
import { host, listen } from '../helpers/host.ts'
import { keyPair } from '../helpers/keys.ts'
import { freePort } from '../helpers/postgres.ts'

type Card = Record<string, unknown> & { signatures?: unknown }

t.test('discover takes a card that is signed, and what is signed of it', async t => {
  const { url, trust } = await signedAgent(t)
  const verify = (card: object) => verifyCard(card, trust)
  for (const place of [url, await meddler(t, url, card => card)]) {
    const agent = await discover(place, { cache: createCardCache(), verify })
    t.equal((await agent.send('Hello')).text, 'Hello')
    await agent.close()
  }
  const more = await discover(await meddler(t, url, card => ({ ...card, preferredAgent: 'https://evil.example.com' })), { cache: createCardCache(), verify })
  t.notOk('preferredAgent' in more.card, 'what somebody has added is not in it')
  await more.close()
  // A card of both versions is signed in the form of each: what is left of one is enough, and is all that counts.
  const evil = [{ url: 'https://evil.example.com', protocolBinding: 'JSONRPC', protocolVersion: '1.0' }]
  const led = await discover(await meddler(t, url, card => ({ ...card, supportedInterfaces: evil })), { cache: createCardCache(), verify })
  t.equal((await led.send('Hello')).text, 'Hello')
  t.ok(led.interface.url.startsWith(url), 'nobody is led to where the card was not signed for')
  await led.close()
})

t.test('what was changed, or taken away, is told apart, and no message leaves', async t => {
  const { url, trust, asked } = await signedAgent(t)
  const stranger = await keyPair('ES256', 'stranger')
  const cases: Array<[change: (card: Card) => Card, trust: CardTrust, code: string]> = [
    [card => ({ ...card, description: 'Changed' }), trust, 'A2A_ERR_CARD_TAMPERED'],
    [({ signatures: _, ...card }) => card, trust, 'A2A_ERR_CARD_UNSIGNED'],
    [card => ({ ...card, signatures: [] }), trust, 'A2A_ERR_CARD_UNSIGNED'],
    [card => ({ ...card, signatures: ['x'] }), trust, 'A2A_ERR_CARD_MALFORMED'],
    [card => card, { keys: [stranger.publicJwk] }, 'A2A_ERR_CARD_KEY_UNKNOWN'],
    [card => card, { issuers: ['https://agents.example.com'] }, 'A2A_ERR_CARD_KEY_UNKNOWN']
  ]
  for (const [change, trust, code] of cases) {
    const place = await meddler(t, url, change)
    const verify = (card: object) => verifyCard(card, trust)
    await t.rejects(discover(place, { cache: createCardCache(), verify }), { name: 'CardSignatureError', code })

    const problems: unknown[] = []
    const registry = await createRegistry({ agents: [place], refresh: 0, client: { cache: createCardCache() }, trust: { verify }, onError: error => { problems.push(error) } })
    t.match(problems, [{ code }])
    await t.rejects(registry.delegate({ message: 'a secret' }), { code: 'A2A_ERR_DELEGATION' })
    await registry.close()
  }
  t.strictSame(asked, [])
})

t.test('with a guard, nobody is sent into a private network', async t => {
  const app = await host(t)
  const asked: string[] = []
  app.addHook('onRequest', async ({ url }) => { asked.push(url) })
  const url = await listen(app)
  const { port } = new URL(url)
  const options = { cache: createCardCache(), retry: { retries: 0 } }
  const loopback: LookupFunction = (_name, { all }, callback) => all === true ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4)
  const refused: Array<[string, ClientOptions['guard'], RegExp]> = [
    [url, true, /must be an https URL/],
    [url.replace('http:', 'https:'), true, /private, loopback/],
    [url, { http: true }, /private, loopback/],
    [`http://localhost:${port}`, { http: true }, /private network/],
    [`http://2130706433:${port}`, { http: true }, /private, loopback/],
    [`http://[::ffff:127.0.0.1]:${port}`, { http: true }, /private, loopback/],
    [`http://agent.example.com:${port}`, { http: true, lookup: loopback }, /private, loopback/],
    [url, { http: true, only: ['agent.example.com'] }, /not among the targets/]
  ]
  for (const [target, guard = false, message] of refused) await t.rejects(discover(target, { ...options, guard }), { name: 'ClientError', code: 'A2A_ERR_TRUST', message }, target)
  t.strictSame(asked, [])

  const led = new URL(await meddler(t, url, card => ({ ...card, supportedInterfaces: [{ url: `${url}/a2a`, protocolBinding: 'JSONRPC', protocolVersion: '1.0' }] })))
  led.hostname = 'agent.example.com'
  const agent = await discover(led, { ...options, guard: { http: true, lookup: loopback, allow: ['agent.example.com'] } })
  await t.rejects(agent.send('Hello'), { code: 'A2A_ERR_TRUST' }, 'a card leads nowhere else')
  await agent.close()
  t.strictSame(asked, ['/.well-known/agent-card.json'])
  const allowed = await discover(url, { ...options, guard: { http: true, allow: ['127.0.0.1'] } })
  t.equal((await allowed.send('Hello')).text, 'Hello')
  await allowed.close()
  await t.rejects(discover(url, { guard: true, fetch }), TypeError)
  await t.rejects(discover(url, { ...options, guard: { http: true, allow: ['127.0.0.1'] }, transports: ['GRPC'] }), { code: 'A2A_ERR_INTERFACE' })
})

t.test('a card in hand, and one that is kept, are checked as well', async t => {
  const { url, trust } = await signedAgent(t)
  const cache = createCardCache()
  const first = await discover(url, { cache })
  await first.close()
  await t.rejects(discover(url, { cache, verify: card => verifyCard(card, { keys: [] }) }), { code: 'A2A_ERR_CARD_KEY_UNKNOWN' })
  const card = await (await fetch(`${url}/.well-known/agent-card.json`)).json() as Card
  const agent = await discover(card as never, { verify: card => verifyCard(card, trust) })
  await agent.close()
  await t.rejects(discover({ ...card, name: 'Another' } as never, { verify: card => verifyCard(card, trust) }), { code: 'A2A_ERR_CARD_TAMPERED' })
})

async function signedAgent (t: Test): Promise<{ url: string, trust: CardTrust, asked: string[] }> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const { jwk } = await keyPair('ES256', 'of the agent')
  const asked: string[] = []
  const app = await host(t, { publicUrl: url, signing: { keys: [jwk] }, executor: task => { asked.push(task.text); return task.text } })
  await app.listen({ port, host: '127.0.0.1' })
  return { url, trust: { issuers: [url] }, asked }
}

/** Passes the card of an agent on, as it likes. @returns its URL */
async function meddler (t: Test, target: string, change: (card: Card) => Card): Promise<string> {
  const server = http.createServer(async (_request, response) => {
    const card = await (await fetch(`${target}/.well-known/agent-card.json`)).json() as Card
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(change(card)))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => { server.close(); server.closeAllConnections() })
  const { port } = server.address() as AddressInfo // it listens at a port
  return `http://127.0.0.1:${port}`
}
