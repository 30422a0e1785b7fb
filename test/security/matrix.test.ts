/** Every scheme, on every binding, with everything that can be wrong with credentials. Over real connections. */
import { createHmac } from 'node:crypto'
import type https from 'node:https'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { Agent, request } from 'undici'
import { AuthError, type AgentOptions } from '../../lib/index.ts'
import a2a from '../../plugins/a2a.ts'
import { certificate } from '../helpers/certificate.ts'
import { signer, signRequest } from '../helpers/did.ts'
import { card, closeAfter, echo } from '../helpers/host.ts'
import { issuerKey, startIssuer } from '../helpers/issuer.ts'
import { message03, sendParams } from '../helpers/rpc.ts'

const audience = 'flights'
type Trouble = 'malformed' | 'expired' | 'wrong audience' | 'wrong issuer' | 'wrong algorithm' | 'revoked' | 'insufficient scope'

/** What a request shows; for a connection, a certificate. */
type Shown = { headers?: Record<string, string>, query?: string, tls?: { key: string, cert: string } }
type Show = (body: string) => Shown | Promise<Shown>

/** How a scheme is served, and what its callers show. What is not there can't be: a key has no audience. */
type Subject = {
  scheme: NonNullable<AgentOptions['security']>['schemes'][string]
  targets?: NonNullable<AgentOptions['security']>['targets']
  tls?: https.ServerOptions
  valid: Show
  /** Beside `missing`, which is the same for all. */
  wrong: Partial<Record<Trouble, Show>>
  /** For what is sent a second time: it is as good as it was, or not. */
  replays: 200 | 401
}

type Exchange = { path: string, body: string, headers: Record<string, string> }

/** Of each binding, something that needs a caller. */
const bindings: Record<string, () => Exchange> = {
  'JSON-RPC 1.0': () => ({ path: '/a2a', body: rpc('SendMessage', sendParams('Hello')), headers: { 'a2a-version': '1.0' } }),
  'JSON-RPC 0.3': () => ({ path: '/a2a', body: rpc('message/send', { message: message03('Hello') }), headers: {} }),
  'HTTP+JSON 1.0': () => ({ path: '/a2a/message:send', body: JSON.stringify(sendParams('Hello')), headers: {} }),
  'HTTP+JSON 0.3': () => ({ path: '/a2a/v1/message:send', body: JSON.stringify({ message: { messageId: '1', role: 'ROLE_USER', content: [{ text: 'Hello' }] } }), headers: {} }),
  'a stream': () => ({ path: '/a2a/message:stream', body: JSON.stringify(sendParams('Hello')), headers: {} })
}

function rpc (method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
}

const serverCertificate = certificate()

async function serve (t: Test, { scheme, targets, tls }: Subject): Promise<string> {
  const options = { card, executor: echo, security: { schemes: { tested: scheme }, requirements: [{ tested: ['flights'] }], ...targets !== undefined && { targets } } }
  const app = Fastify({ https: { ...serverCertificate, ...tls } })
  closeAfter(t, app)
  await app.register(a2a, options)
  return await app.listen({ port: 0, host: '127.0.0.1' })
}

async function ask (base: string, { path, body, headers }: Exchange, shown: Shown): Promise<{ status: number, headers: Record<string, unknown>, text: string }> {
  // A connection of its own: one that is reused has shown its certificate before.
  const dispatcher = new Agent({ connect: { ca: serverCertificate.cert, ...shown.tls } })
  try {
    const url = `${base}${path}${shown.query ?? ''}`
    const answer = await request(url, { method: 'POST', dispatcher, body, headers: { 'content-type': 'application/json', ...headers, ...shown.headers } })
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() }
  } finally {
    await dispatcher.destroy()
  }
}

function matrix (name: string, prepare: (t: Test) => Promise<Subject>): void {
  t.test(name, async t => {
    const subject = await prepare(t)
    const base = await serve(t, subject)
    for (const [binding, exchange] of Object.entries(bindings)) {
      const tried = async (show: Show) => {
        const asked = exchange()
        return await ask(base, asked, await show(asked.body))
      }
      const good = exchange()
      const credentials = await subject.valid(good.body)
      t.equal((await ask(base, good, credentials)).status, 200, `${binding}: valid`)
      t.equal((await ask(base, good, credentials)).status, subject.replays, `${binding}: replayed`)

      const wrong: Array<[string, Show]> = [['missing', () => ({})], ...Object.entries(subject.wrong)]
      for (const [what, show] of wrong) {
        const { status, headers, text } = await tried(show)
        t.equal(status, what === 'insufficient scope' ? 403 : 401, `${binding}: ${what}: ${text}`)
        t.match(headers['www-authenticate'], /realm="a2a"/, `${binding}: ${what} says how to do it right`)
        t.match(text, binding.startsWith('JSON-RPC') ? /"code":-3205[23]/ : /"status":"(UNAUTHENTICATED|PERMISSION_DENIED)"/, `${binding}: ${what} has the form of the binding`)
      }
    }
  })
}

const header = (name: string, value: string): Show => () => ({ headers: { [name]: value } })
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
const basic = (text: string) => header('authorization', `Basic ${Buffer.from(text).toString('base64')}`)
const scopes = ['flights']

matrix('API key in a header', async () => ({
  scheme: { type: 'apiKey', keys: [{ key: 'good', id: 'ada', scopes }, { key: 'poor', id: 'bob' }] },
  valid: header('x-api-key', 'good'),
  wrong: { malformed: header('x-api-key', 'good, good'), revoked: header('x-api-key', 'gone'), 'insufficient scope': header('x-api-key', 'poor') },
  replays: 200
}))

matrix('API key in the query', async () => ({
  scheme: { type: 'apiKey', in: 'query', name: 'key', keys: [{ key: 'good', id: 'ada', scopes }, { key: 'poor', id: 'bob' }] },
  valid: () => ({ query: '?key=good' }),
  wrong: { malformed: () => ({ query: '?key=good&key=good' }), revoked: () => ({ query: '?key=gone' }), 'insufficient scope': () => ({ query: '?key=poor' }) },
  replays: 200
}))

matrix('API key in a cookie', async () => ({
  scheme: { type: 'apiKey', in: 'cookie', name: 'key', keys: [{ key: 'good', id: 'ada', scopes }, { key: 'poor', id: 'bob' }] },
  valid: header('cookie', 'a=b; key=good'),
  wrong: { malformed: header('cookie', 'key=good; key=poor'), revoked: header('cookie', 'key=gone'), 'insufficient scope': header('cookie', 'key=poor') },
  replays: 200
}))

matrix('Bearer', async () => ({
  scheme: { type: 'bearer', tokens: [{ token: 'good', id: 'ada', scopes }, { token: 'poor', id: 'bob' }] },
  valid: () => bearer('good'),
  wrong: { malformed: () => bearer('go od'), revoked: () => bearer('gone'), 'insufficient scope': () => bearer('poor') },
  replays: 200
}))

matrix('Basic', async () => ({
  scheme: { type: 'basic', users: [{ username: 'ada', password: 'good', scopes }, { username: 'bob', password: 'poor' }] },
  valid: basic('ada:good'),
  wrong: { malformed: basic('ada'), revoked: basic('gone:good'), 'insufficient scope': basic('bob:poor') },
  replays: 200
}))

matrix('Custom', async () => ({
  scheme: {
    type: 'custom',
    authenticate: ({ headers: { 'x-magic': magic } }) => {
      if (magic === undefined) return undefined
      if (typeof magic !== 'string' || !magic.startsWith('magic ')) throw new AuthError('This is no magic')
      return { id: magic.slice(6), scopes: magic === 'magic ada' ? scopes : [] }
    },
    card: { httpAuthSecurityScheme: { scheme: 'Magic' } },
    challenge: 'Magic'
  },
  valid: header('x-magic', 'magic ada'),
  wrong: { malformed: header('x-magic', 'tricks'), 'insufficient scope': header('x-magic', 'magic bob') },
  replays: 200
}))

/** What can be wrong with a token of an issuer is the same however its keys are found. */
async function tokens (t: Test): Promise<{ issuer: Awaited<ReturnType<typeof startIssuer>>, valid: Show, wrong: Subject['wrong'] }> {
  const issuer = await startIssuer(t)
  const withdrawn = await issuerKey('withdrawn')
  const token = (options?: Parameters<typeof issuer.token>[0]): Show => async () => bearer(await issuer.token(options))
  const confused: Show = async () => {
    const [, body = ''] = (await issuer.token()).split('.')
    const head = Buffer.from(JSON.stringify({ alg: 'HS256', kid: 'first' })).toString('base64url')
    return bearer(`${head}.${body}.${createHmac('sha256', JSON.stringify(issuer.key.publicJwk)).update(`${head}.${body}`).digest('base64url')}`)
  }
  return {
    issuer,
    valid: token(),
    wrong: {
      malformed: () => bearer('not.a.token'),
      expired: token({ expires: -60 }),
      'wrong audience': token({ audience: 'hotels' }),
      'wrong issuer': token({ issuer: 'https://evil.example.com' }),
      'wrong algorithm': confused,
      revoked: token({ key: withdrawn }),
      'insufficient scope': token({ claims: { scope: 'hotels' } })
    }
  }
}

matrix('JWT', async t => {
  const { issuer, ...shown } = await tokens(t)
  return { scheme: { type: 'jwt', issuer: issuer.url, audience, jwksUrl: `${issuer.url}/jwks` }, ...shown, replays: 200 }
})

matrix('OpenID Connect', async t => {
  const { issuer, ...shown } = await tokens(t)
  issuer.answers.set('/.well-known/openid-configuration', { issuer: issuer.url, jwks_uri: `${issuer.url}/jwks` })
  return { scheme: { type: 'openIdConnect', issuer: issuer.url, audience }, ...shown, replays: 200 }
})

const flows = { clientCredentials: { tokenUrl: 'https://id.example.com/token', scopes: { flights: 'Search and book' } } }

matrix('OAuth 2 by keys', async t => {
  const { issuer, ...shown } = await tokens(t)
  issuer.answers.set('/.well-known/oauth-authorization-server', { issuer: issuer.url, jwks_uri: `${issuer.url}/jwks` })
  return { scheme: { type: 'oauth2', flows, issuer: issuer.url, audience }, ...shown, replays: 200 }
})

matrix('OAuth 2 by introspection', async t => {
  const issuer = await startIssuer(t)
  const good = { active: true, sub: 'ada', scope: 'flights', aud: audience, iss: issuer.url, exp: Math.floor(Date.now() / 1000) + 60 }
  issuer.active.set('good', good)
  issuer.active.set('late', { ...good, exp: 1 })
  issuer.active.set('elsewhere', { ...good, aud: ['hotels'] })
  issuer.active.set('foreign', { ...good, iss: 'https://evil.example.com' })
  issuer.active.set('gone', { active: false })
  issuer.active.set('poor', { ...good, scope: undefined })
  return {
    scheme: { type: 'oauth2', flows, introspection: { url: `${issuer.url}/introspect`, clientId: 'agent', clientSecret: 'secret', audience, issuer: issuer.url } },
    valid: () => bearer('good'),
    wrong: {
      malformed: () => bearer('go od'),
      expired: () => bearer('late'),
      'wrong audience': () => bearer('elsewhere'),
      'wrong issuer': () => bearer('foreign'),
      revoked: () => bearer('gone'),
      'insufficient scope': () => bearer('poor')
    },
    replays: 200
  }
})

matrix('mutual TLS', async () => {
  const [ada, bob, gone, late, stranger] = [
    certificate({ commonName: 'ada', uri: 'spiffe://example.com/ada' }), certificate({ commonName: 'bob', uri: 'spiffe://example.com/bob' }),
    certificate({ commonName: 'gone', uri: 'spiffe://example.com/gone' }), certificate({ commonName: 'ada', uri: 'spiffe://example.com/ada', validFor: -60_000 }),
    certificate({ commonName: 'ada', uri: 'spiffe://example.com/ada' })
  ]
  const tls = (shown: { key: string, cert: string }): Show => () => ({ tls: shown })
  return {
    scheme: { type: 'mutualTLS', identity: 'uri', clients: [{ certificate: 'spiffe://example.com/ada', id: 'ada', scopes }, { certificate: 'spiffe://example.com/bob', id: 'bob' }] },
    // Whom the server trusts; who has another certificate is let as far as the agent, which refuses.
    tls: { requestCert: true, rejectUnauthorized: false, ca: [ada, bob, gone, late].map(({ cert }) => cert) },
    valid: tls(ada),
    wrong: { expired: tls(late), 'wrong issuer': tls(stranger), revoked: tls(gone), 'insufficient scope': tls(bob) },
    replays: 200
  }
})

for (const alg of ['EdDSA', 'ES256'] as const) {
  matrix(`DID, ${alg}`, async () => {
    const [ada, bob, gone] = [await signer(alg), await signer(alg), await signer(alg)]
    const signed = (agent: typeof ada, options = {}): Show => async body => bearer(await signRequest(agent, { audience, body, ...options }))
    return {
      scheme: { type: 'did', audience, clients: [{ did: ada.did, id: 'ada', scopes }, { did: bob.did, id: 'bob' }] },
      valid: signed(ada),
      wrong: {
        malformed: () => bearer('not.a.token'),
        expired: signed(ada, { expires: -60 }),
        'wrong audience': signed(ada, { audience: 'hotels' }),
        'wrong issuer': signed({ ...bob, did: ada.did }),
        'wrong algorithm': async body => {
          const [, claims = '', signature = ''] = (await signRequest(ada, { audience, body })).split('.')
          return bearer(`${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.${signature}`)
        },
        revoked: signed(gone),
        'insufficient scope': signed(bob)
      },
      replays: 401
    }
  })
}
