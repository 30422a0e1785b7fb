/** A real identity provider: oidc-provider, and clients that get their tokens by oauth4webapi. */
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import * as oauth from 'oauth4webapi'
import { Provider } from 'oidc-provider'
import t, { type Test } from 'tap'
import type { AgentOptions, Principal } from '../../lib/index.ts'
import { host, listen, logSink } from '../helpers/host.ts'
import { startIssuer } from '../helpers/issuer.ts'
import { RestClient } from '../helpers/rest.ts'

const resource = 'https://flights.example.com'
const insecure = { [oauth.allowInsecureRequests]: true }
const client: oauth.Client = { client_id: 'router' }
const clientAuth = oauth.ClientSecretBasic('router secret, with spaces & signs')

/** @param format of access tokens @param ttl of them, in seconds */
async function startProvider (t: Test, { format = 'jwt', ttl = 60 }: { format?: 'jwt' | 'opaque', ttl?: number } = {}) {
  const server = http.createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens at a port
  const provider = new Provider(url, {
    clients: [
      { client_id: 'router', client_secret: 'router secret, with spaces & signs', grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
      { client_id: 'agent', client_secret: 'agent: secret+', grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }
    ],
    scopes: ['flights', 'hotels'],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        getResourceServerInfo: (_context, audience) => ({ scope: 'flights hotels', audience, accessTokenFormat: format, accessTokenTTL: ttl, jwt: { sign: { alg: 'RS256' } } })
      }
    }
  })
  server.on('request', provider.callback())
  const stop = async () => await new Promise(resolve => { server.close(resolve); server.closeAllConnections() })
  t.teardown(stop)
  const metadata = await oauth.processDiscoveryResponse(new URL(url), await oauth.discoveryRequest(new URL(url), insecure))
  const token = async (parameters: Record<string, string> = { scope: 'flights' }) => {
    const response = await oauth.clientCredentialsGrantRequest(metadata, client, clientAuth, parameters, insecure)
    return (await oauth.processClientCredentialsResponse(metadata, client, response)).access_token
  }
  const revoke = async (token: string) => await oauth.processRevocationResponse(await oauth.revocationRequest(metadata, client, clientAuth, token, insecure))
  return { url, metadata, token, revoke, stop }
}

type Schemes = NonNullable<AgentOptions['security']>['schemes']

async function serve (t: Test, schemes: Schemes, more: Partial<NonNullable<AgentOptions['security']>> = {}) {
  const seen: Array<Principal | undefined> = []
  const logger = logSink()
  const app = await host(t, { server: { logger }, allowAnonymous: undefined, executor: async task => { seen.push(task.principal); return 'done' }, security: { schemes, ...more } })
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
  return { app, seen, logger, get: async (token: string) => await new RestClient(app).get('/tasks', bearer(token)), send: async (token: string) => await new RestClient(app, { headers: bearer(token) }).send('Hello') }
}

t.test('OpenID Connect: keys are discovered', async t => {
  const provider = await startProvider(t)
  const { send, get, seen } = await serve(t, { oidc: { type: 'openIdConnect', issuer: provider.url, audience: resource, tokenType: 'at+jwt' } }, { requirements: [{ oidc: ['flights'] }] })
  await send(await provider.token())
  t.match(seen, [{ id: 'router', issuer: provider.url, scheme: 'oidc', scopes: ['flights'], claims: { client_id: 'router', aud: resource } }])
  t.match(await get(await provider.token({ scope: 'hotels' })), { status: 403, headers: { 'www-authenticate': /error="insufficient_scope", scope="flights"/ } })
  t.match(await get(await provider.token({ scope: 'flights', resource: 'https://hotels.example.com' })), { status: 401, body: { error: { message: 'The token is for another audience' } } })
})

t.test('OAuth 2: a client finds its way from the challenge to a token', async t => {
  const provider = await startProvider(t)
  const { app } = await serve(t, {
    oauth: {
      type: 'oauth2',
      flows: { clientCredentials: { tokenUrl: provider.metadata.token_endpoint ?? '', scopes: { flights: 'Search and book' } } },
      issuer: provider.url,
      metadataUrl: `${provider.url}/.well-known/openid-configuration`,
      audience: resource
    }
  }, { requirements: [{ oauth: ['flights'] }] })
  const base = await listen(app)
  const refused = await fetch(`${base}/a2a/tasks`)
  t.equal(refused.status, 401)
  const challenge = refused.headers.get('www-authenticate') ?? ''
  const metadataUrl = /resource_metadata="([^"]+)"/.exec(challenge)?.[1] ?? ''
  t.equal(metadataUrl, `${base}/.well-known/oauth-protected-resource`)
  const protectedResource = await oauth.processResourceDiscoveryResponse(new URL(`${base}/a2a`), await fetch(metadataUrl))
  t.strictSame(protectedResource, { resource: `${base}/a2a`, authorization_servers: [provider.url], scopes_supported: ['flights'], bearer_methods_supported: ['header'] })
  const token = await provider.token({ scope: /scope="([^"]+)"/.exec(challenge)?.[1] ?? '' })
  t.equal((await fetch(`${base}/a2a/tasks`, { headers: { authorization: `Bearer ${token}` } })).status, 200)

  const card = async (version: string) => await (await fetch(`${base}/.well-known/agent-card.json`, { headers: { 'a2a-version': version } })).json()
  t.match(await card('1.0'), { securitySchemes: { oauth: { oauth2SecurityScheme: { flows: { clientCredentials: { scopes: { flights: 'Search and book' } } }, oauth2MetadataUrl: /openid-configuration/ } } } })
  t.match(await card('0.3'), { securitySchemes: { oauth: { type: 'oauth2', flows: { clientCredentials: { tokenUrl: provider.metadata.token_endpoint } } } }, security: [{ oauth: ['flights'] }] })
})

t.test('tokens expire', async t => {
  const provider = await startProvider(t, { ttl: 1 })
  const { get } = await serve(t, { oidc: { type: 'openIdConnect', issuer: provider.url, audience: resource, clockTolerance: 0 } })
  const token = await provider.token()
  t.equal((await get(token)).status, 200)
  await sleep(2100)
  t.match(await get(token), { status: 401, body: { error: { message: 'The token has expired' } } })
})

t.test('introspection: what is revoked is refused at once', async t => {
  const provider = await startProvider(t, { format: 'opaque' })
  const introspection = { url: provider.metadata.introspection_endpoint ?? '', clientId: 'agent', clientSecret: 'agent: secret+', audience: resource, issuer: provider.url }
  const flows = { clientCredentials: { tokenUrl: provider.metadata.token_endpoint ?? '', scopes: {} } }
  const { send, get, seen, logger } = await serve(t, { oauth: { type: 'oauth2', flows, introspection } })
  const cached = await serve(t, { oauth: { type: 'oauth2', flows, introspection: { ...introspection, cache: 60_000 } } })
  const token = await provider.token()
  await send(token)
  await cached.send(token)
  t.match(seen, [{ id: 'router', issuer: provider.url, scopes: ['flights'] }])
  t.match(await get(await provider.token({ scope: 'flights', resource: 'https://hotels.example.com' })), { status: 401, body: { error: { message: 'The token is for another audience' } } })
  t.match(await get('made-up'), { status: 401, body: { error: { message: 'The token is not active' } } })
  await provider.revoke(token)
  t.match(await get(token), { status: 401, body: { error: { message: 'The token is not active' } } })
  t.equal((await cached.get(token)).status, 200, 'a cache knows it later')
  await provider.stop()
  t.match(await get(token), { status: 503, headers: { 'retry-after': '1' } })
  const log = JSON.stringify(logger.lines)
  t.match(log, 'can\'t be authenticated at the moment')
  for (const secret of [token, 'agent: secret+', Buffer.from('agent%3A+secret%2B').toString('base64')]) t.notMatch(log, secret)
})

t.test('introspection with the wrong secret is an outage, and the secret is not told', async t => {
  const provider = await startProvider(t, { format: 'opaque' })
  const { get, logger } = await serve(t, {
    oauth: { type: 'oauth2', flows: { deviceCode: { deviceAuthorizationUrl: `${provider.url}/device`, tokenUrl: `${provider.url}/token`, scopes: {} } }, introspection: { url: provider.metadata.introspection_endpoint ?? '', clientId: 'agent', clientSecret: 'hunter2' } }
  })
  t.equal((await get(await provider.token())).status, 503)
  t.match(JSON.stringify(logger.lines), 'the introspection endpoint answered 401')
  t.notMatch(JSON.stringify(logger.lines), /hunter2|aHVudGVyMg/)
})

t.test('metadata of another issuer, or on a private host that nobody named, are not taken', async t => {
  const issuer = await startIssuer(t)
  const { get } = await serve(t, { oidc: { type: 'openIdConnect', issuer: issuer.url, audience: 'flights' } })
  const at = '/.well-known/openid-configuration'
  for (const metadata of [undefined, { issuer: 'https://evil.example.com', jwks_uri: `${issuer.url}/jwks` }, { issuer: issuer.url }, { issuer: issuer.url, jwks_uri: 'http://localhost:1/jwks' }, []]) {
    issuer.answers.set(at, metadata)
    t.equal((await get(await issuer.token())).status, 503)
    await sleep(1010)
  }
  issuer.answers.set(at, { issuer: issuer.url, jwks_uri: `${issuer.url}/jwks` })
  const asked = issuer.asked.length
  const answers = await Promise.all([1, 2, 3].map(async () => (await get(await issuer.token())).status))
  t.strictSame(answers, [200, 200, 200])
  t.strictSame(issuer.asked.slice(asked), [at, '/jwks'], 'asked once for all')
})
