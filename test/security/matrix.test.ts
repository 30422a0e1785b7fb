/** Every scheme, on every binding, with everything that can be wrong with credentials. Over real connections. */
import { createHmac } from 'node:crypto'
import type https from 'node:https'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { AuthError, type AgentOptions } from '../../lib/index.ts'
import a2a from '../../plugins/a2a.ts'
import { certificate } from '../helpers/certificate.ts'
import { signer, signRequest } from '../helpers/did.ts'
import { card, closeAfter, echo } from '../helpers/host.ts'
import { issuerKey, startIssuer } from '../helpers/issuer.ts'
import { ways, type Address, type Shown, type Way } from './ways.ts'

const audience = 'flights'
type Trouble = 'malformed' | 'without the body' | 'expired' | 'wrong audience' | 'wrong issuer' | 'wrong algorithm' | 'revoked' | 'insufficient scope'

type Show = (body: string | Buffer) => Shown | Promise<Shown>

/** How a scheme is served, and what its callers show. What is not there can't be: a key has no audience. */
type Subject = {
  scheme: NonNullable<AgentOptions['security']>['schemes'][string]
  targets?: NonNullable<AgentOptions['security']>['targets']
  tls?: https.ServerOptions
  valid: Show
  /** Beside `missing`, which is the same for all. */
  wrong: Partial<Record<Trouble, Show>>
  /** For what is sent a second time: it is as good as it was, or not. */
  isReplayable: boolean
  /** Ways that let nobody in by this scheme. Default: it works on all. */
  isServed?: (way: Way) => boolean
}

const serverCertificate = certificate()

/** @param isHttp2 one listener for all; else gRPC has its own */
async function serve (t: Test, { scheme, targets, tls }: Subject, isHttp2: boolean): Promise<Address> {
  const both = { ...serverCertificate, ...tls }
  // Fastify's types tell servers apart: what is used of them here is the same.
  const app = (isHttp2 ? Fastify({ http2: true, https: { ...both, allowHTTP1: true } }) : Fastify({ https: both })) as unknown as FastifyInstance
  closeAfter(t, app)
  await app.register(a2a, {
    card, executor: echo, grpc: isHttp2 ? true : { port: 0, tls: both }, security: { schemes: { tested: scheme }, requirements: [{ tested: ['flights'] }], ...targets !== undefined && { targets } }
  })
  const base = await app.listen({ port: 0, host: '127.0.0.1' })
  const published = await app.a2a.agents[0]?.card(base)
  return { base, grpc: published?.supportedInterfaces.find(({ protocolBinding }) => protocolBinding === 'GRPC')?.url ?? '', ca: serverCertificate.cert }
}

function matrix (name: string, prepare: (t: Test) => Promise<Subject>, { isHttp2 = false } = {}): void {
  t.test(name, async t => {
    const subject = await prepare(t)
    const { isServed = () => true, isReplayable, valid } = subject
    const address = await serve(t, subject, isHttp2)
    for (const way of ways) {
      const { send, body } = way.knock(t, address)
      const credentials = await valid(body)
      const first = await send(credentials)
      t.equal(first.outcome, isServed(way) ? 'let in' : 'unauthenticated', `${way.name}: valid: ${first.text}`)
      const second = await send(credentials)
      t.equal(second.outcome, isServed(way) && isReplayable ? 'let in' : 'unauthenticated', `${way.name}: replayed: ${second.text}`)

      const wrong: Array<[string, Show]> = [['missing', () => ({})], ...Object.entries(subject.wrong)]
      for (const [what, show] of wrong) {
        const { send, body } = way.knock(t, address)
        const { outcome, challenge, text } = await send(await show(body))
        t.equal(outcome, what === 'insufficient scope' && isServed(way) ? 'denied' : 'unauthenticated', `${way.name}: ${what}: ${text}`)
        t.match(challenge, /realm="a2a"/, `${way.name}: ${what} says how to do it right`)
        const { 1: metadata } = /resource_metadata="([^"]+)"/.exec(challenge) ?? []
        if (metadata !== undefined) t.equal(metadata, `${address.base}/.well-known/oauth-protected-resource`, `${way.name}: the metadata are at the server of HTTP`)
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
  isReplayable: true
}))

matrix('API key in the query', async () => ({
  scheme: { type: 'apiKey', in: 'query', name: 'key', keys: [{ key: 'good', id: 'ada', scopes }, { key: 'poor', id: 'bob' }] },
  valid: () => ({ query: '?key=good' }),
  wrong: { malformed: () => ({ query: '?key=good&key=good' }), revoked: () => ({ query: '?key=gone' }), 'insufficient scope': () => ({ query: '?key=poor' }) },
  isServed: ({ hasQuery }) => hasQuery,
  isReplayable: true
}))

matrix('API key in a cookie', async () => ({
  scheme: { type: 'apiKey', in: 'cookie', name: 'key', keys: [{ key: 'good', id: 'ada', scopes }, { key: 'poor', id: 'bob' }] },
  valid: header('cookie', 'a=b; key=good'),
  wrong: { malformed: header('cookie', 'key=good; key=poor'), revoked: header('cookie', 'key=gone'), 'insufficient scope': header('cookie', 'key=poor') },
  isReplayable: true
}))

matrix('Bearer', async () => ({
  scheme: { type: 'bearer', tokens: [{ token: 'good', id: 'ada', scopes }, { token: 'poor', id: 'bob' }] },
  valid: () => bearer('good'),
  wrong: { malformed: () => bearer('go od'), revoked: () => bearer('gone'), 'insufficient scope': () => bearer('poor') },
  isReplayable: true
}))

matrix('Basic', async () => ({
  scheme: { type: 'basic', users: [{ username: 'ada', password: 'good', scopes }, { username: 'bob', password: 'poor' }] },
  valid: basic('ada:good'),
  wrong: { malformed: basic('ada'), revoked: basic('gone:good'), 'insufficient scope': basic('bob:poor') },
  isReplayable: true
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
  isReplayable: true
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
  return { scheme: { type: 'jwt', issuer: issuer.url, audience, jwksUrl: `${issuer.url}/jwks` }, ...shown, isReplayable: true }
})

matrix('OpenID Connect', async t => {
  const { issuer, ...shown } = await tokens(t)
  issuer.answers.set('/.well-known/openid-configuration', { issuer: issuer.url, jwks_uri: `${issuer.url}/jwks` })
  return { scheme: { type: 'openIdConnect', issuer: issuer.url, audience }, ...shown, isReplayable: true }
})

const flows = { clientCredentials: { tokenUrl: 'https://id.example.com/token', scopes: { flights: 'Search and book' } } }

matrix('OAuth 2 by keys', async t => {
  const { issuer, ...shown } = await tokens(t)
  issuer.answers.set('/.well-known/oauth-authorization-server', { issuer: issuer.url, jwks_uri: `${issuer.url}/jwks` })
  return { scheme: { type: 'oauth2', flows, issuer: issuer.url, audience }, ...shown, isReplayable: true }
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
    isReplayable: true
  }
})

for (const isHttp2 of [false, true]) {
  matrix(`mutual TLS${isHttp2 ? ', on a server of HTTP/2' : ''}`, async () => {
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
      isReplayable: true
    }
  }, { isHttp2 })
}

for (const alg of ['EdDSA', 'ES256'] as const) {
  matrix(`DID, ${alg}`, async () => {
    const [ada, bob, gone] = [await signer(alg), await signer(alg), await signer(alg)]
    const signed = (agent: typeof ada, options = {}): Show => async body => bearer(await signRequest(agent, { audience, body, ...options }))
    return {
      scheme: { type: 'did', audience, clients: [{ did: ada.did, id: 'ada', scopes }, { did: bob.did, id: 'bob' }] },
      valid: signed(ada),
      wrong: {
        malformed: () => bearer('not.a.token'),
        'without the body': async () => bearer(await signRequest(ada, { audience })),
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
      // Schemes see no body that comes as a stream: such a request is refused, and not taken for one without.
      isServed: ({ showsBody }) => showsBody,
      isReplayable: false
    }
  })
}
