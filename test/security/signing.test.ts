import { generateKeyPairSync, sign as signBytes } from 'node:crypto'
import { base64url, calculateJwkThumbprint, decodeProtectedHeader, exportJWK, type JWK } from 'jose'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { AgentCard, AgentCardSignature } from '../../schemas/v1/card.ts'
import type { SigningOptions } from '../../lib/security/cards/options.ts'
import type { CardTrust } from '../../lib/security/cards/trust.ts'
import { payloadsToSign } from '../../lib/security/cards/canonical.ts'
import { createCardSigner } from '../../lib/security/cards/signer.ts'
import { CardSignatureError, createCardVerifier, verifyCard } from '../../lib/index.ts'
import { card, host } from '../helpers/host.ts'
import { keyPair } from '../helpers/keys.ts'
import { freePort } from '../helpers/postgres.ts'
import { RpcClient } from '../helpers/rpc.ts'

const settings = { jku: undefined, path: '/', compat: true, ttl: undefined }

t.test('the example of the specification (A2A 1.0 §8.4.1)', async t => {
  const fragment = { name: 'Example Agent', description: '', capabilities: { streaming: false, pushNotifications: false, extensions: [] }, skills: [] }
  const [ofV1 = ''] = payloadsToSign(fragment, '1.0', { compat: false })
  const { supportedInterfaces, version, defaultInputModes, defaultOutputModes, ...rest } = JSON.parse(ofV1)
  t.equal(JSON.stringify(rest), '{"capabilities":{"pushNotifications":false,"streaming":false},"description":"","name":"Example Agent","skills":[]}')
  t.strictSame([supportedInterfaces, version, defaultInputModes, defaultOutputModes], [[], '', [], []], 'required fields are always there')
})

t.test('presence follows the proto', async t => {
  const [text = ''] = payloadsToSign({
    ...full,
    documentationUrl: '',
    iconUrl: null,
    unknown: 1,
    signatures: [{ protected: 'a', signature: 'b' }],
    securitySchemes: { mtls: { mtlsSecurityScheme: { description: '' } } },
    securityRequirements: [{ schemes: { mtls: { list: [] } } }, {}],
    capabilities: { extendedAgentCard: false, extensions: [{ uri: 'https://x.example', required: false, params: { empty: '', list: [], nothing: null } }] },
    skills: [{ id: 'a', name: 'a', description: '', tags: [], examples: [] }]
  }, '1.0', { compat: false })
  t.match(JSON.parse(text), {
    documentationUrl: '',
    securitySchemes: { mtls: { mtlsSecurityScheme: {} } },
    securityRequirements: [{ schemes: { mtls: {} } }, {}],
    capabilities: { extendedAgentCard: false, extensions: [{ uri: 'https://x.example', params: { empty: '', list: [], nothing: null } }] },
    skills: [{ id: 'a', name: 'a', description: '', tags: [] }]
  })
  for (const absent of ['iconUrl', 'unknown', 'signatures', 'required', 'examples']) t.notMatch(text, `"${absent}"`)
})

t.test('keys of every kind sign, and are told apart', async t => {
  for (const alg of ['ES256', 'ES384', 'RS256', 'PS256', 'EdDSA']) {
    const { jwk, publicJwk } = await keyPair(alg, `key of ${alg}`)
    const { card } = await (await createCardSigner({ ...settings, keys: [jwk] })).sign(full, '1.0')
    t.strictSame(decodeProtectedHeader(card.signatures[0] ?? {}), { alg, kid: `key of ${alg}`, typ: 'JOSE' })
    t.match(await verifyCard(card, { keys: [publicJwk] }), { kid: `key of ${alg}`, card: { name: 'Agent' } })
  }
})

t.test('PEM, as PKCS #8 and as OpenSSL wrote it', async t => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  for (const type of ['pkcs8', 'sec1'] as const) {
    const { card } = await (await createCardSigner({ ...settings, keys: [privateKey.export({ type, format: 'pem' }).toString()] })).sign(full, '1.0')
    const { kid } = await verifyCard(card, { keys: [spki] })
    t.equal(kid, await calculateJwkThumbprint(await exportJWK(publicKey)))
  }
})

t.test('a key that a service keeps', async t => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  let asked = 0
  const remote = {
    alg: 'ES256',
    publicKey: { ...await exportJWK(publicKey), kid: 'kms-1' },
    sign: async (data: Uint8Array) => { asked++; return signBytes('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' }) }
  }
  const signer = await createCardSigner({ ...settings, keys: [remote] })
  const [first, second] = await Promise.all([signer.sign(full, '1.0'), signer.sign(full, '1.0')])
  t.same(first, second)
  t.equal(asked, first.card.signatures.length, 'the same content is signed once')
  t.match(await verifyCard(first.card, { keys: [remote.publicKey] }), { kid: 'kms-1' })
  t.strictSame((await signer.ring.published()), [{ ...remote.publicKey, alg: 'ES256', use: 'sig' }])

  let isDown = true
  const broken = { ...remote, sign: async (data: Uint8Array) => { if (isDown) throw new Error('no network'); return await remote.sign(data) } }
  const unlucky = await createCardSigner({ ...settings, keys: [broken] })
  await t.rejects(unlucky.sign(full, '1.0'), /no network/)
  isDown = false
  await t.resolves(unlucky.sign(full, '1.0'), 'a failure is not remembered')
})

t.test('what can\'t sign is refused', async t => {
  const { publicJwk } = await keyPair('ES256', 'public')
  for (const keys of [[publicJwk], ['-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----'], [{ kty: 'oct', k: 'c2VjcmV0' }], [{ alg: 'HS256', publicKey: publicJwk, sign: () => new Uint8Array() }]]) {
    await t.rejects(createCardSigner({ ...settings, keys }), { code: 'A2A_ERR_OPTIONS', message: /signing\.keys holds a key that can't sign/ })
  }
})

t.test('why a card is not trusted', async t => {
  const [first, second, stranger] = [await keyPair('ES256', 'first'), await keyPair('ES256', 'second'), await keyPair('ES256', 'first')]
  const signer = await createCardSigner({ ...settings, compat: false, keys: [first.jwk, second.jwk] })
  const { card } = await signer.sign(full, '1.0')
  t.equal(card.signatures.length, 2)
  const trust = { keys: [first.publicJwk] }
  const cases: Array<[string, object, CardTrust, string]> = [
    ['stripped', { ...card, signatures: undefined }, trust, 'A2A_ERR_CARD_UNSIGNED'],
    ['stripped to an empty list', { ...card, signatures: [] }, trust, 'A2A_ERR_CARD_UNSIGNED'],
    ['tampered', { ...card, name: 'Other' }, trust, 'A2A_ERR_CARD_TAMPERED'],
    ['tampered where it is deep', { ...card, supportedInterfaces: [{ ...card.supportedInterfaces[0], url: 'https://evil.example' }] }, trust, 'A2A_ERR_CARD_TAMPERED'],
    ['signed by another key of that name', card, { keys: [stranger.publicJwk] }, 'A2A_ERR_CARD_TAMPERED'],
    ['unknown', card, { keys: [(await keyPair('ES256', 'third')).publicJwk] }, 'A2A_ERR_CARD_KEY_UNKNOWN'],
    ['nobody is trusted', card, {}, 'A2A_ERR_CARD_KEY_UNKNOWN'],
    ['revoked', card, { ...trust, revoked: ['first'] }, 'A2A_ERR_CARD_KEY_UNKNOWN'],
    ['another algorithm', card, { ...trust, algorithms: ['EdDSA'] }, 'A2A_ERR_CARD_KEY_UNKNOWN'],
    ['a key that has expired', card, { keys: [Object.assign({}, first.publicJwk, { exp: 1_000_000_000 })] }, 'A2A_ERR_CARD_EXPIRED'],
    ['no signature', { ...card, signatures: [{ protected: 'e30', signature: 1 }, null, { protected: '!', signature: '' }] }, trust, 'A2A_ERR_CARD_MALFORMED'],
    ['too many', { ...card, signatures: Array(33).fill(card.signatures[0]) }, trust, 'A2A_ERR_CARD_MALFORMED'],
    ['too deep', { ...card, more: JSON.parse('['.repeat(5000) + ']'.repeat(5000)) }, trust, 'A2A_ERR_CARD_MALFORMED'],
    ['a lone surrogate', { ...card, name: '\ud800' }, trust, 'A2A_ERR_CARD_MALFORMED']
  ]
  for (const [what, given, trust, code] of cases) {
    const error = await verifyCard(given, trust).then(() => undefined, error => error)
    t.type(error, CardSignatureError, what)
    t.equal(error.code, code, `${what}: ${error.message}`)
  }
  t.equal((await verifyCard({ ...card, signatures: [null, ...card.signatures] }, { keys: [second.publicJwk] })).kid, 'second', 'one that is trusted is enough')
  t.strictSame((await verifyCard({ ...card, extra: 'not signed' }, trust)).card.extra, undefined, 'what nobody has signed is not answered')
})

t.test('without algorithms of secrets, and without none', async t => {
  const { publicJwk } = await keyPair('RS256', 'rsa')
  const none = { protected: encode({ alg: 'none', kid: 'rsa', typ: 'JOSE' }), signature: '' }
  const hmac = { protected: encode({ alg: 'HS256', kid: 'rsa', typ: 'JOSE' }), signature: 'AAAA' }
  const { alg, ...anyAlgorithm } = publicJwk
  for (const signature of [none, hmac]) await t.rejects(verifyCard({ ...full, signatures: [signature] }, { keys: [anyAlgorithm] }), { code: 'A2A_ERR_CARD_KEY_UNKNOWN' })
})

t.test('a signature that holds for a while', async t => {
  const { jwk, publicJwk } = await keyPair('EdDSA', 'short')
  let time = 1_800_000_000_000
  const signer = await createCardSigner({ ...settings, keys: [jwk], ttl: 3_600_000 }, () => time)
  const { card, until } = await signer.sign(full, '1.0')
  t.match(decodeProtectedHeader(card.signatures[0] ?? {}), { iat: 1_800_000_000, exp: 1_800_003_600 })
  t.equal(until, time + 1_800_000)
  const verifier = await createCardVerifier({ keys: [publicJwk] }, () => time)
  t.teardown(() => verifier.close())
  await t.resolves(verifier.verify(card))
  t.strictSame((await signer.sign(full, '1.0')).card.signatures, card.signatures)
  time += 1_800_000
  const { card: later } = await signer.sign(full, '1.0')
  t.notSame(later.signatures, card.signatures, 'is made again in time')
  time += 1_800_000
  await t.rejects(verifier.verify(card), { code: 'A2A_ERR_CARD_EXPIRED' })
  await t.rejects(verifier.verify({ ...card, name: 'Other' }), { code: 'A2A_ERR_CARD_TAMPERED' }, 'the date of a forgery says nothing')
  await t.resolves(verifier.verify(later))
})

t.test('a server publishes its keys, and a jku alone is never trust', async t => {
  const { jwk } = await keyPair('ES256', 'k1')
  const { url, app } = await signing(t, { keys: [jwk] })
  const card = await get(`${url}/.well-known/agent-card.json`, '1.0')
  const jku = `${url}/.well-known/jwks.json`
  t.match(decodeProtectedHeader(card.signatures[0] ?? {}), { kid: 'k1', jku })
  t.strictSame(Object.keys((await get<{ keys: object[] }>(jku)).keys[0] ?? {}).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])

  await t.rejects(verifyCard(card, {}), { code: 'A2A_ERR_CARD_KEY_UNKNOWN', message: /jku .* is not trusted/ })
  await t.rejects(verifyCard(card, { issuers: ['https://agents.example.com'] }), { code: 'A2A_ERR_CARD_KEY_UNKNOWN' })
  await t.rejects(verifyCard(card, { jwks: [`${url}/other`] }), { code: 'A2A_ERR_CARD_KEY_UNKNOWN' })
  for (const trust of [{ jwks: [jku] }, { issuers: [url] }, { issuers: ['https://agents.example.com', url] }]) {
    t.match(await verifyCard(card, trust), { kid: 'k1', jku, card: { name: 'Test agent' } })
  }
  await app.close()
  await t.rejects(verifyCard(card, { jwks: [jku] }), { code: 'A2A_ERR_CARD_KEYS_UNAVAILABLE' })
})

t.test('keys of a jku are asked for once', async t => {
  const { jwk } = await keyPair('ES256', 'k1')
  const { url, app } = await signing(t, { keys: [jwk] })
  let asked = 0
  app.server.on('request', ({ url }) => { if (url === '/.well-known/jwks.json') asked++ })
  const card = await get(`${url}/.well-known/agent-card.json`)
  const verifier = await createCardVerifier({ issuers: [url] })
  t.teardown(() => verifier.close())
  for (let i = 0; i < 3; i++) await verifier.verify(card)
  t.equal(asked, 1)
})

t.test('every card of a server is signed, once for each content', async t => {
  let signatures = 0
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const publicJwk = { ...await exportJWK(publicKey), kid: 'counted' }
  const counted = { alg: 'ES256', publicKey: publicJwk, sign: (data: Uint8Array) => { signatures++; return signBytes('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' }) } }
  const extendedCard = { ...card, description: 'For those who are let in' }
  const { app, url } = await signing(t, { keys: [counted], jku: false }, { extendedCard: () => ({ ...extendedCard }) })
  const versions = ['1.0', '0.3', undefined]
  const cards: object[] = []
  for (const version of versions) cards.push(await get(`${url}/.well-known/agent-card.json`, version))
  cards.push(await extended(app, '1.0', 'GetExtendedAgentCard'))
  cards.push(await extended(app, '0.3', 'agent/getAuthenticatedExtendedCard'))
  cards.push(await get(`${url}/a2a/extendedAgentCard`, '1.0'), await get(`${url}/a2a/v1/card`))
  const count = signatures
  for (const signed of cards) {
    t.match(await verifyCard(signed, { keys: [publicJwk] }), { kid: 'counted', jku: undefined })
    await t.rejects(verifyCard({ ...signed, description: 'Changed' }, { keys: [publicJwk] }), { code: 'A2A_ERR_CARD_TAMPERED' })
  }
  for (const version of versions) await get(`${url}/.well-known/agent-card.json`, version)
  await extended(app, '1.0', 'GetExtendedAgentCard')
  t.equal(signatures, count, 'nothing is signed again')
  const both = await get(`${url}/.well-known/agent-card.json`)
  t.hasProps((await verifyCard(both, { keys: [publicJwk] })).card, ['url', 'supportedInterfaces'], 'a card for both versions is covered as a whole')
})

t.test('cards and notifications share a key and a route', async t => {
  const [own, pushed] = [await keyPair('ES256', 'own'), await keyPair('RS256', 'pushed')]
  const shared = await signing(t, { keys: [own.jwk] }, { push: { sign: true } })
  t.strictSame(await kids(`${shared.url}/.well-known/jwks.json`), ['own'])
  const two = await signing(t, { keys: [own.jwk] }, { push: { sign: { keys: [pushed.jwk] } } })
  t.strictSame(await kids(`${two.url}/.well-known/jwks.json`), ['own', 'pushed'])
  const apart = await signing(t, { keys: [own.jwk], path: '/keys' }, { push: { sign: { keys: [pushed.jwk] } } })
  t.strictSame([await kids(`${apart.url}/keys`), await kids(`${apart.url}/.well-known/jwks.json`)], [['own'], ['pushed']])
})

t.test('keys are changed while the server runs', async t => {
  const [first, second] = [await keyPair('ES256', 'first'), await keyPair('ES256', 'second')]
  const signer = await createCardSigner({ ...settings, keys: async () => [first.jwk, second.jwk] })
  const { card, until } = await signer.sign(full, '1.0')
  t.ok(until < Infinity, 'a function is asked again')
  for (const { publicJwk } of [first, second]) await t.resolves(verifyCard(card, { keys: [publicJwk] }))
})

t.test('options that can\'t be right', async t => {
  const { jwk } = await keyPair('ES256', 'k1')
  const cases: Array<[object, RegExp]> = [
    [{ signing: { keys: [jwk] } }, /publicUrl is missing: a card that is signed must not take its URLs from the request/],
    [{ signing: { keys: [] }, publicUrl: 'https://a.example' }, /signing\.keys must not be empty|signing.keys must be/],
    [{ signing: { keys: ['hello'] }, publicUrl: 'https://a.example' }, /signing\.keys/],
    [{ signing: { keys: [jwk], ttl: 5 }, publicUrl: 'https://a.example' }, /signing\.ttl must be a whole number of milliseconds/],
    [{ signing: { keys: [jwk], compatt: true }, publicUrl: 'https://a.example' }, /signing\.compatt is not an option; did you mean compat/]
  ]
  for (const [options, message] of cases) await t.rejects(host(t, options), { code: 'A2A_ERR_OPTIONS', message })
})

/** A card in which the forms of all clients differ. */
const full: AgentCard = {
  name: 'Agent',
  description: 'Käse & Ω 𝄞',
  version: '1.0.0',
  supportedInterfaces: [{ url: 'https://agent.example', protocolBinding: 'JSONRPC', protocolVersion: '1.0' }],
  capabilities: { streaming: false },
  defaultInputModes: ['text/plain'],
  defaultOutputModes: [],
  skills: [{ id: 'a', name: 'A', description: 'B', tags: [] }]
}

async function signing (t: Test, signing: SigningOptions, options: object = {}) {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const app = await host(t, { signing, publicUrl: url, ...options })
  await app.listen({ port, host: '127.0.0.1' })
  return { app, url }
}

type SignedCard = AgentCard & { signatures: AgentCardSignature[] }

/** A card, or a set of keys: whatever is there, as JSON. */
async function get<T = SignedCard> (url: string, version?: string): Promise<T> {
  const response = await fetch(url, { headers: version === undefined ? {} : { 'a2a-version': version } })
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
  return await response.json() as T // whoever asks knows what is there
}

async function kids (url: string): Promise<unknown[]> {
  const { keys } = await get<{ keys: JWK[] }>(url)
  return keys.map(({ kid }) => kid)
}

async function extended (app: FastifyInstance, version: string, method: string): Promise<object> {
  const { body } = await new RpcClient(app, { version }).post(JSON.stringify({ jsonrpc: '2.0', id: 1, method }))
  return Object(body.result)
}

function encode (header: object): string {
  return base64url.encode(JSON.stringify(header))
}
