/** Requests that agents sign by a DID. */
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import type { AgentOptions, Principal } from '../../lib/index.ts'
import { readMultikey } from '../../lib/security/did/multikey.ts'
import { authenticationKeys, didWebUrl } from '../../lib/security/did/web.ts'
import { Replays } from '../../lib/security/did/replays.ts'
import { certificate } from '../helpers/certificate.ts'
import { multikey, signer, signRequest, type SignOptions, type Signer } from '../helpers/did.ts'
import { host } from '../helpers/host.ts'
import { RestClient } from '../helpers/rest.ts'
import { sendParams } from '../helpers/rpc.ts'

type DidScheme = Extract<NonNullable<AgentOptions['security']>['schemes'][string], { type: 'did' }>

async function serve (t: Test, more: Partial<DidScheme> = {}, targets = {}) {
  const seen: Array<Principal | undefined> = []
  const app = await host(t, {
    allowAnonymous: undefined,
    executor: async task => { seen.push(task.principal); return 'done' },
    security: { schemes: { did: { type: 'did', audience: 'https://flights.example.com', ...more } }, targets }
  })
  const rest = new RestClient(app)
  const post = async (agent: Signer, { signed, ...options }: SignOptions & { signed?: string } = {}) => {
    const body = JSON.stringify(sendParams('Hello'))
    return await rest.post('/message:send', body, { authorization: `Bearer ${await signRequest(agent, { body: signed ?? body, ...options })}` })
  }
  return { seen, rest, post }
}

t.test('did:key, of both kinds of keys', async t => {
  const { post, seen } = await serve(t)
  for (const alg of ['EdDSA', 'ES256'] as const) {
    const agent = await signer(alg)
    t.equal((await post(agent, { claims: { scope: 'admin', roles: ['admin'] } })).status, 200)
    t.strictSame(seen.at(-1), { id: agent.did, scheme: 'did' }, 'what it says of itself is not taken')
  }
  // The test vectors of the did:key method.
  t.match(readMultikey('z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp'), { kty: 'OKP', crv: 'Ed25519', x: 'O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik' })
  t.match(readMultikey('zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv'), { kty: 'EC', crv: 'P-256' })
  for (const wrong of ['', 'z', 'mAbc', 'z0OIl', 'zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme', `z${'1'.repeat(200)}`]) t.throws(() => readMultikey(wrong), wrong)
})

t.test('a signature is for one request, of one body, at one agent, for a while', async t => {
  const { post, rest, seen } = await serve(t)
  const agent = await signer('EdDSA')
  const other = await signer('EdDSA')
  t.equal((await post(agent, { jti: 'once' })).status, 200)
  const refused: Array<[string, SignOptions & { signed?: string }]> = [
    ['The signature has been used before', { jti: 'once' }],
    ['The signature is of another body', { signed: 'something else' }],
    ['The token is for another audience', { audience: 'https://hotels.example.com' }],
    ['The token has expired', { expires: -31 }],
    ['The token has expired', { age: 400, expires: 4000 }]
  ]
  for (const [message, options] of refused) {
    t.match(await post(agent, options), { status: 401, body: { error: { message } } }, message)
  }
  t.match(await post({ ...other, did: agent.did }), { status: 401, body: { error: { message: 'The signature of the token is wrong' } } })
  t.match(await post(agent, { header: { kid: `${agent.did}#other` } }), { status: 401, body: { error: { message: 'The DID has no key that has signed this' } } })
  t.equal((await post(other, { jti: 'once' })).status, 200, 'ids are those of the signer')
  t.equal(seen.length, 2)
  t.equal((await rest.get('/tasks', { authorization: `Bearer ${await signRequest(agent)}` })).status, 200, 'no body, no hash')
  const unsigned = JSON.stringify(sendParams('Hello'))
  t.match(await rest.post('/message:send', unsigned, { authorization: `Bearer ${await signRequest(agent)}` }), { status: 401 })
  for (const token of ['garbage', 'a.b.c', `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify({ iss: agent.did, aud: 'https://flights.example.com', exp: 4e9, iat: 1, jti: '1' })).toString('base64url')}.`]) {
    t.equal((await rest.get('/tasks', { authorization: `Bearer ${token}` })).status, 401)
  }
})

t.test('only those that are listed, with the rights that are listed', async t => {
  const [ada, eve] = [await signer('ES256'), await signer('ES256')]
  const { post, seen } = await serve(t, { clients: [{ did: ada.did, id: 'ada', scopes: ['flights'] }], bodyHash: false })
  t.equal((await post(ada)).status, 200)
  t.match(await post(eve), { status: 401, body: { error: { message: 'The DID is not one of those that are let in' } } })
  t.strictSame(seen, [{ id: 'ada', scheme: 'did', scopes: ['flights'] }])
})

t.test('did:web: the document is asked for, over TLS and where that is allowed', async t => {
  const { key, cert } = certificate()
  const documents = new Map<string, unknown>()
  const asked: string[] = []
  const server = https.createServer({ key, cert }, (request, response) => {
    asked.push(request.url ?? '')
    const document = documents.get(request.url ?? '')
    response.writeHead(document === undefined ? 404 : 200).end(JSON.stringify(document ?? {}))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => { server.close(); server.closeAllConnections() })
  const { port } = server.address() as AddressInfo // it listens at a port
  const did = (name: string) => `did:web:localhost%3A${port}:${name}`
  const [ada, bob, eve] = [await signer('EdDSA', did('ada')), await signer('ES256', did('bob')), await signer('EdDSA', did('eve'))]
  documents.set('/ada/did.json', { id: ada.did, verificationMethod: [{ id: '#1', type: 'JsonWebKey', controller: ada.did, publicKeyJwk: ada.publicJwk }], authentication: ['#1'] })
  documents.set('/bob/did.json', { id: bob.did, authentication: [{ id: `${bob.did}#k`, type: 'Multikey', controller: bob.did, publicKeyMultibase: multikey(bob.publicJwk) }] })
  // Its key is there, but not to authenticate with.
  documents.set('/eve/did.json', { id: eve.did, verificationMethod: [{ id: '#1', publicKeyJwk: eve.publicJwk }], authentication: [], assertionMethod: ['#1'] })

  const { post, seen } = await serve(t, {}, { allow: ['localhost', '127.0.0.1'], ca: cert })
  t.equal((await post(ada)).status, 200)
  t.equal((await post(ada, { header: { kid: '#1' } })).status, 200)
  t.equal((await post(bob, { header: { kid: `${bob.did}#k` } })).status, 200)
  t.match(await post(eve), { status: 401, body: { error: { message: 'The DID has no key that has signed this' } } })
  t.match(await post({ ...ada, did: did('nobody') }), { status: 401, body: { error: { message: 'The DID can\'t be resolved' } } })
  t.equal((await post({ ...eve, did: ada.did })).status, 401)
  t.strictSame(seen.map(principal => principal?.id), [ada.did, ada.did, bob.did])
  t.strictSame(asked, ['/ada/did.json', '/bob/did.json', '/eve/did.json', '/nobody/did.json'], 'each is asked for once')

  const guarded = await serve(t)
  t.match(await guarded.post(ada), { status: 401, body: { error: { message: 'The DID can\'t be resolved' } } }, 'a private host is out of reach by default')
  t.equal(asked.length, 4)
  t.match(await (await serve(t, { methods: ['key'] }, { allow: ['localhost'], ca: cert })).post(ada), { status: 401 })
})

t.test('parts', async t => {
  t.equal(didWebUrl('did:web:example.com'), 'https://example.com/.well-known/did.json')
  t.equal(didWebUrl('did:web:example.com%3A3000:user:ada'), 'https://example.com:3000/user/ada/did.json')
  for (const wrong of ['did:web:', 'did:web:a%2Fb', 'did:web:a:..:b', 'did:web:user%40host', 'did:web:a::b', 'did:web:%']) t.throws(() => didWebUrl(wrong), wrong)
  t.throws(() => authenticationKeys({ id: 'did:web:other' }, 'did:web:a'))
  t.throws(() => authenticationKeys([], 'did:web:a'))

  const replays = new Replays(2)
  const later = Date.now() + 60_000
  t.equal(replays.use('a', later), 'new')
  t.equal(replays.use('a', later), 'used')
  t.equal(replays.use('b', Date.now() - 1), 'new')
  t.equal(replays.use('c', later), 'new', 'what holds no more makes room')
  t.equal(replays.use('d', later), 'full')
  t.equal(replays.use('a', later), 'used')
})
