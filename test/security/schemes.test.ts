/** What callers must show, over both JSON bindings. */
import t, { type Test } from 'tap'
import type { FastifyInstance } from 'fastify'
import type { AgentOptions, Principal } from '../../lib/index.ts'
import { host, logSink, type HostOptions } from '../helpers/host.ts'
import { RestClient } from '../helpers/rest.ts'
import { RpcClient, sendParams } from '../helpers/rpc.ts'

const ada = { id: 'ada', scopes: ['flights'] }
const schemes = {
  key: { type: 'apiKey', keys: [{ key: 'key of ada', ...ada }, { key: 'key of bob', id: 'bob' }] },
  token: { type: 'bearer', tokens: [{ token: 'token-of-ada', ...ada }] },
  password: { type: 'basic', users: [{ username: 'ada', password: 'pass:word', scopes: ['flights'] }] }
} as const satisfies NonNullable<AgentOptions['security']>['schemes']

async function serve (t: Test, options: HostOptions = {}): Promise<{ app: FastifyInstance, seen: Array<Principal | undefined> }> {
  const seen: Array<Principal | undefined> = []
  const app = await host(t, { allowAnonymous: undefined, executor: async task => { seen.push(task.principal); return 'done' }, ...options })
  return { app, seen }
}

const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })

t.test('any one of the schemes lets in, and says who calls', async t => {
  const { app, seen } = await serve(t, { security: { schemes } })
  const shown = [{ 'x-api-key': 'key of ada' }, { authorization: 'Bearer token-of-ada' }, { authorization: 'bEARER  token-of-ada' }, basic('ada:pass:word')]
  for (const headers of shown) {
    await new RpcClient(app, { headers }).send('Hello')
    await new RestClient(app, { headers }).send('Hello')
  }
  const came = (scheme: string) => [{ id: 'ada', scheme, scopes: ['flights'] }, { id: 'ada', scheme, scopes: ['flights'] }]
  t.strictSame(seen, ['key', 'token', 'token', 'password'].flatMap(came))
})

t.test('who shows nothing, or what is wrong, is told how to do it right', async t => {
  const { app, seen } = await serve(t, { security: { schemes, realm: 'flights' } })
  const rest = new RestClient(app)
  const rpc = new RpcClient(app)
  const asked = ['ApiKey realm="flights", in="header", name="x-api-key"', 'Bearer realm="flights"', 'Basic realm="flights", charset="UTF-8"']

  const nothing = await rest.get('/tasks')
  t.equal(nothing.status, 401)
  t.strictSame(nothing.headers['www-authenticate'], asked)
  t.match(nothing.body, { error: { code: 401, status: 'UNAUTHENTICATED', message: 'Authentication is required' } })

  const overRpc = await rpc.ask('ListTasks')
  t.equal(overRpc.status, 401)
  t.strictSame(overRpc.headers['www-authenticate'], asked)
  t.match(overRpc.body, { jsonrpc: '2.0', id: null, error: { code: -32052, data: [{ reason: 'UNAUTHENTICATED' }] } })
  const over03 = await new RpcClient(app, { version: false }).ask('tasks/list')
  t.match(over03.body, { jsonrpc: '2.0', id: null, error: { code: -32052, message: 'Authentication is required' } })

  for (const [headers, message, challenge] of [
    [{ authorization: 'Bearer token-of-eve' }, 'The token is not known', /^Bearer realm="flights", error="invalid_token", error_description="The token is not known"$/],
    [{ authorization: 'Bearer' }, 'The Authorization header is malformed', /error="invalid_request"/],
    [{ authorization: 'Bearer two words' }, 'The Authorization header is malformed', /error="invalid_request"/],
    [{ 'x-api-key': 'key of eve' }, 'The API key is not known', /^ApiKey/],
    [basic('ada:wrong'), 'The name or the password is wrong', /^Basic/],
    [basic('ada'), 'The Authorization header is malformed', /^Basic/],
    [{ authorization: 'Basic %%%' }, 'The Authorization header is malformed', /^Basic/]
  ] as const) {
    const { status, body, headers: { 'www-authenticate': challenges } } = await rest.get('/tasks', headers)
    t.equal(status, 401, message)
    t.equal(body.error.message, message)
    t.ok([challenges].flat().some(text => challenge.test(String(text))), String(challenges))
  }
  const { status } = await rest.get('/tasks', { authorization: 'Digest username="ada"' })
  t.equal(status, 401, 'what no scheme looks at is nothing')
  t.strictSame(seen, [])
})

t.test('wrong credentials of one scheme don\'t matter where another one is met', async t => {
  const { app } = await serve(t, { security: { schemes } })
  t.equal((await new RestClient(app).get('/tasks', { 'x-api-key': 'key of ada', authorization: 'Bearer expired' })).status, 200)
})

t.test('a key may stand in the query or in a cookie, and is in no log', async t => {
  const logger = logSink()
  const keys = [{ key: 'k&1', id: 'ada' }]
  const { app } = await serve(t, {
    security: { schemes: { query: { type: 'apiKey', in: 'query', name: 'api key'.replace(' ', '_'), keys }, cookie: { type: 'apiKey', in: 'cookie', name: 'session', keys } } },
    server: { logger }
  })
  const get = async (url: string, headers = {}) => (await app.inject({ url: `/a2a${url}`, headers })).statusCode
  t.equal(await get('/tasks?api_key=k%261'), 200)
  t.equal(await get('/tasks?api%5Fkey=k%261&pageSize=5'), 200)
  t.equal(await get('/tasks?api_key=k%261&api_key=k%261'), 401, 'twice is ambiguous')
  t.equal(await get('/tasks', { cookie: 'a=b; session=k&1; c=d' }), 200)
  t.equal(await get('/tasks', { cookie: 'session="k&1"' }), 200)
  t.equal(await get('/tasks', { cookie: 'session=k&1; session=k&1' }), 401)
  t.equal(await get('/tasks', { cookie: 'session2=k&1' }), 401)
  const log = JSON.stringify(logger.lines)
  t.match(log, 'api_key=[redacted]')
  t.match(log, '&pageSize=5')
  t.notMatch(log, /k%261|k&1/)
})

t.test('scopes that are missing are 403, and named', async t => {
  const { app } = await serve(t, { security: { schemes, requirements: [{ token: ['flights', 'hotels'] }, { key: ['flights'] }] } })
  const rest = new RestClient(app)
  t.equal((await rest.get('/tasks', { 'x-api-key': 'key of ada' })).status, 200)
  t.equal((await rest.get('/tasks', { 'x-api-key': 'key of bob' })).status, 403)
  const { status, headers, body } = await rest.get('/tasks', { authorization: 'Bearer token-of-ada' })
  t.equal(status, 403)
  t.equal(headers['www-authenticate'], 'Bearer realm="a2a", error="insufficient_scope", scope="flights hotels"')
  t.match(body, { error: { status: 'PERMISSION_DENIED', message: 'More scopes are needed: flights hotels' } })
  t.match(await new RpcClient(app, { headers: { authorization: 'Bearer token-of-ada' } }).ask('ListTasks'), { status: 403, body: { error: { code: -32053 } } })
})

t.test('requirements are alternatives of combinations', async t => {
  const { app, seen } = await serve(t, { security: { schemes, requirements: [{ key: [], password: [] }, { token: [] }] } })
  const send = async (headers: Record<string, string>) => (await new RestClient(app).post('/message:send', sendParams('Hello'), headers)).status
  t.equal(await send({ 'x-api-key': 'key of bob' }), 401)
  t.equal(await send(basic('ada:pass:word')), 401)
  t.equal(await send({ 'x-api-key': 'key of bob', ...basic('ada:pass:word') }), 200)
  t.equal(await send({ 'x-api-key': 'key of bob', ...basic('ada:wrong') }), 401)
  t.equal(await send({ authorization: 'Bearer token-of-ada' }), 200)
  t.strictSame(seen.map(principal => [principal?.id, principal?.scheme]), [['bob', 'key'], ['ada', 'token']], 'the scheme that stands first says who it is')
})

t.test('functions find who it is, and what they throw is internal', async t => {
  const { app, seen } = await serve(t, {
    security: {
      schemes: {
        key: { type: 'apiKey', name: 'X-Key', keys: async key => key === 'one' ? { id: 'ada', claims: { team: 'blue' } } : undefined },
        token: { type: 'bearer', tokens: token => { throw new Error(`no database for ${token}`) } },
        password: { type: 'basic', users: (username, password) => username === password ? { id: username } : undefined },
        magic: {
          type: 'custom',
          authenticate: ({ headers, query, certificate, body }) => {
            const isAlone = query('key') === undefined && certificate() === undefined && body() === ''
            return headers['x-magic'] === undefined || !isAlone ? undefined : { id: 'wizard', issuer: 'oz' }
          },
          card: { httpAuthSecurityScheme: { scheme: 'Magic' } },
          challenge: 'Magic'
        }
      }
    }
  })
  const send = async (headers: Record<string, string>) => (await new RestClient(app).post('/message:send', sendParams('Hello'), headers))
  t.equal((await send({ 'x-key': 'one' })).status, 200)
  t.equal((await send({ 'x-key': 'two' })).status, 401)
  t.equal((await send(basic('eve:eve'))).status, 200)
  t.equal((await send({ 'x-magic': 'yes' })).status, 200)
  const failed = await send({ authorization: 'Bearer secret' })
  t.equal(failed.status, 500)
  t.notMatch(failed.text, 'secret')
  t.strictSame(seen, [{ id: 'ada', scheme: 'key', claims: { team: 'blue' } }, { id: 'eve', scheme: 'password' }, { id: 'wizard', issuer: 'oz', scheme: 'magic' }])
})

t.test('with allowAnonymous, who shows nothing is nobody, and who shows something wrong is refused', async t => {
  const { app, seen } = await serve(t, { allowAnonymous: true, security: { schemes, requirements: [{ key: [], password: [] }] } })
  const send = async (headers: Record<string, string>) => (await new RestClient(app).post('/message:send', sendParams('Hello'), headers)).status
  t.equal(await send({}), 200)
  t.equal(await send({ 'x-api-key': 'key of ada', ...basic('ada:pass:word') }), 200)
  t.equal(await send({ 'x-api-key': 'wrong' }), 401)
  t.equal(await send({ 'x-api-key': 'key of ada' }), 401, 'half of a combination is nobody\'s')
  t.equal(await send({ authorization: 'Bearer token-of-ada' }), 200, 'a scheme that is not required says who it is all the same')
  t.strictSame(seen.map(principal => principal?.scheme), [undefined, 'key', 'token'])
  const card = (await app.inject({ url: '/.well-known/agent-card.json', headers: { 'a2a-version': '1.0' } })).json()
  t.strictSame(card.securityRequirements, [{ schemes: { key: { list: [] }, password: { list: [] } } }, { schemes: {} }])
})

t.test('whom the host has authenticated is taken at its word, but for scopes', async t => {
  let principal: Principal | null = null
  const app = await host(t)
  await app.register(async scope => {
    scope.addHook('onRequest', async request => { request.a2aPrincipal = principal })
    const { default: a2a } = await import('../../plugins/a2a.ts')
    await scope.register(a2a, {
      prefix: '/safe', card: { name: 'Safe', description: 'Safe' }, executor: async () => 'done', security: { schemes, requirements: [{ key: ['flights'] }] }
    })
  })
  const get = async () => (await app.inject('/safe/a2a/tasks')).statusCode
  t.equal(await get(), 401)
  principal = { id: 'ada', scopes: ['flights'] }
  t.equal(await get(), 200)
  principal = { id: 'ada' }
  t.equal(await get(), 403)
  principal = { id: 'ada', scopes: ['flights'], scheme: 'token' }
  t.equal(await get(), 401, 'that is not the scheme that is needed')
  principal = { id: 'ada', scopes: ['flights'], scheme: 'ours' }
  t.equal(await get(), 200)
})

t.test('the card declares it, in the forms of both versions', async t => {
  const { app } = await serve(t, { security: { schemes: { ...schemes, jwt: { type: 'jwt', issuer: 'https://id.example.com', audience: 'flights', jwksUrl: 'https://id.example.com/jwks' } }, requirements: [{ key: [], password: [] }, { schemes: { jwt: { list: ['flights'] } } }] } })
  const card = async (version: string) => (await app.inject({ url: '/.well-known/agent-card.json', headers: { 'a2a-version': version } })).json()
  const v1 = await card('1.0')
  t.strictSame(v1.securitySchemes, {
    key: { apiKeySecurityScheme: { location: 'header', name: 'x-api-key' } },
    token: { httpAuthSecurityScheme: { scheme: 'Bearer' } },
    password: { httpAuthSecurityScheme: { scheme: 'Basic' } },
    jwt: { httpAuthSecurityScheme: { scheme: 'Bearer', bearerFormat: 'JWT' } }
  })
  t.strictSame(v1.securityRequirements, [{ schemes: { key: { list: [] }, password: { list: [] } } }, { schemes: { jwt: { list: ['flights'] } } }])
  const v03 = await card('0.3')
  t.strictSame(v03.securitySchemes, {
    key: { type: 'apiKey', in: 'header', name: 'x-api-key' },
    token: { type: 'http', scheme: 'Bearer' },
    password: { type: 'http', scheme: 'Basic' },
    jwt: { type: 'http', scheme: 'Bearer', bearerFormat: 'JWT' }
  })
  t.strictSame(v03.security, [{ key: [], password: [] }, { jwt: ['flights'] }])
})

t.test('options that are wrong are named, and no secret of them is', async t => {
  const refused: Array<[unknown, RegExp]> = [
    [{ schemes: {} }, /security\.schemes must/],
    [{ schemes: { a: { type: 'magic' } } }, /security\.schemes\.a\.type must be one of apiKey, bearer, basic, jwt/],
    [{ schemes: { a: { keys: [] } } }, /security\.schemes\.a\.type is missing/],
    [{ schemes: { a: { type: 'apiKey', keys: [{ key: 'hunter2' }] } } }, /security\.schemes\.a\.keys\[0\]\.id is missing/],
    [{ schemes: { a: { type: 'apiKey', keys: 'hunter2' } } }, /security\.schemes\.a\.keys must be an array or a function/],
    [{ schemes: { a: { type: 'basic', users: [{ username: 'a:b', password: 'hunter2' }] } } }, /users\[0\]\.username must be a name without a colon/],
    [{ schemes: { a: { type: 'jwt', issuer: 'i', audience: 'a' } } }, /security\.schemes\.a must have either keys or jwksUrl/],
    [{ schemes: { a: { type: 'jwt', issuer: 'i', audience: 'a', jwksUrl: 'https://a.b/c', algorithms: ['none'] } } }, /algorithms\[0\] must be one of ES256/],
    [{ schemes: { a: { type: 'jwt', issuer: 'i', audience: 'a', jwksUrl: 'https://a.b/c', algorithms: ['HS256'] } } }, /algorithms\[0\] must be one of ES256/],
    [{ schemes: { a: { type: 'jwt', issuer: 'i', audience: 'a', keys: [{ kty: 'oct', k: 'hunter2' }] } } }, /keys must be public keys/],
    [{ schemes, requirements: [{ keys: [] }] }, /security\.requirements\[0\]\.keys is not one of the security\.schemes; there are key, token, password/],
    [{ schemes, requirements: [{}] }, /security\.requirements\[0\] must name a scheme/],
    [{ schemes: { a: { type: 'oauth2', flows: { clientCredentials: { tokenUrl: 'https://a.b/t', scopes: {} } } } } }, /a\.issuer is missing/],
    [{ schemes: { a: { type: 'oauth2', flows: {}, issuer: 'i', audience: 'a' } } }, /a\.flows must be one of authorizationCode/]
  ]
  for (const [security, message] of refused) {
    const failure = await serve(t, { security } as Partial<AgentOptions>).then(() => undefined, (error: Error) => error)
    t.match(failure, { code: 'A2A_ERR_OPTIONS', message }, String(message))
    t.notMatch(failure?.message, 'hunter2')
  }
  await t.rejects(serve(t, { card: { name: 'a', description: 'b', skills: [{ id: 's', securityRequirements: [{ oauth: [] }] }] } }), { message: /card\.skills\[0\]\.securityRequirements\[0\]\.oauth is not one of the security\.schemes: there are none/ })
})
