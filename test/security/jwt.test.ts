/** Tokens of an issuer, with everything about them that can be wrong. */
import { createHmac, createPublicKey } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { JWK } from 'jose'
import type { AgentOptions, Principal } from '../../lib/index.ts'
import { host, logSink } from '../helpers/host.ts'
import { issuerKey, startIssuer, type TestIssuer } from '../helpers/issuer.ts'
import { RestClient } from '../helpers/rest.ts'

type JwtScheme = Extract<NonNullable<AgentOptions['security']>['schemes'][string], { type: 'jwt' }>

async function serve (t: Test, issuer: TestIssuer, more: Partial<JwtScheme> = {}) {
  const seen: Array<Principal | undefined> = []
  const logger = logSink()
  const app = await host(t, {
    server: { logger },
    allowAnonymous: undefined,
    executor: async task => { seen.push(task.principal); return 'done' },
    security: { schemes: { jwt: { type: 'jwt', issuer: issuer.url, audience: 'flights', ...more.keys === undefined && { jwksUrl: `${issuer.url}/jwks` }, ...more } } }
  })
  const rest = new RestClient(app)
  return { seen, logger, rest, get: async (token: string) => await rest.get('/tasks', { authorization: `Bearer ${token}` }), send: async (token: string) => await new RestClient(app, { headers: { authorization: `Bearer ${token}` } }).send('Hello') }
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

t.test('a token says who it is, and the executor is told', async t => {
  const issuer = await startIssuer(t)
  const { send, seen } = await serve(t, issuer)
  await send(await issuer.token({ claims: { team: 'blue', scope: 'flights hotels' } }))
  await send(await issuer.token({ claims: { sub: undefined, client_id: 'router', scope: undefined, scp: ['a', 'b'] } }))
  t.match(seen, [
    { id: 'ada', issuer: issuer.url, scheme: 'jwt', scopes: ['flights', 'hotels'], claims: { team: 'blue' } },
    { id: 'router', scopes: ['a', 'b'] }
  ])
})

t.test('claims of other names', async t => {
  const issuer = await startIssuer(t)
  const { send, seen, get } = await serve(t, issuer, { idClaim: 'email', scopesClaim: 'roles', tokenType: 'at+jwt' })
  await send(await issuer.token({ claims: { email: 'ada@example.com', roles: ['admin', 7] } }))
  t.match(seen, [{ id: 'ada@example.com', scopes: ['admin'] }])
  t.match(await get(await issuer.token()), { status: 401, body: { error: { message: 'The token does not say who it is' } } })
  t.match(await get(await issuer.token({ claims: { email: 'x' }, header: { typ: 'JWT' } })), { status: 401, body: { error: { message: 'The token is of another type' } } })
})

t.test('what is wrong with a token is told, and nothing of it', async t => {
  const issuer = await startIssuer(t)
  const other = await issuerKey('first')
  const { get, logger, seen } = await serve(t, issuer)
  const good = await issuer.token()
  const [head = '', body = '', signature = ''] = good.split('.')
  const pem = createPublicKey({ key: issuer.key.publicJwk as JWK & { kty: string }, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
  const confused = `${encode({ alg: 'HS256', kid: 'first' })}.${body}`
  const wrong: Array<[string, string]> = [
    ['garbage', 'The token is malformed'],
    ['a.b.c', 'The token is malformed'],
    [`${head}.${body}`, 'The token is malformed'],
    [`${head}.${encode({ sub: 'eve', iss: issuer.url, aud: 'flights', exp: 4e9 })}.${signature}`, 'The signature of the token is wrong'],
    [await issuer.token({ key: other }), 'The signature of the token is wrong'],
    [await issuer.token({ expires: -31 }), 'The token has expired'],
    [await issuer.token({ audience: 'hotels' }), 'The token is for another audience'],
    [await issuer.token({ issuer: 'https://evil.example.com' }), 'The token has another issuer'],
    [await issuer.token({ claims: { nbf: Math.floor(Date.now() / 1000) + 100 } }), 'The token is not valid yet'],
    [await issuer.token({ claims: { sub: undefined } }), 'The token does not say who it is'],
    [await issuer.token({ claims: { sub: 7 } }), 'The token does not say who it is'],
    [await issuer.token({ claims: { cnf: { jkt: 'thumb' } } }), 'The token is bound to a key that was not shown'],
    [`${encode({ alg: 'none' })}.${body}.`, 'The token is signed in a way that is not allowed'],
    [`${encode({ alg: 'NONE' })}.${body}.`, 'The token is signed in a way that is not allowed'],
    [`${confused}.${createHmac('sha256', pem).update(confused).digest('base64url')}`, 'The token is signed in a way that is not allowed']
  ]
  for (const [token, message] of wrong) {
    const { status, body, text, headers } = await get(token)
    t.equal(status, 401, message)
    t.equal(body.error.message, message)
    t.match(headers['www-authenticate'], `error_description="${message}"`)
    t.notMatch(text, token.split('.')[1] ?? token)
  }
  t.strictSame(seen, [])
  t.equal((await get(await issuer.token({ expires: -20 }))).status, 200, 'clocks may differ a little')
  const log = JSON.stringify(logger.lines)
  t.match(log, 'The token has expired')
  for (const token of [good, ...wrong.map(([token]) => token)]) t.notMatch(log, token.length > 10 ? token.slice(-10) : token)
  t.notMatch(log, 'evil.example.com')
})

t.test('only the algorithms of the options', async t => {
  const issuer = await startIssuer(t, [await issuerKey('a', 'RS256'), await issuerKey('b', 'EdDSA')])
  const { get } = await serve(t, issuer, { algorithms: ['EdDSA'] })
  t.match(await get(await issuer.token()), { status: 401, body: { error: { message: 'The token is signed in a way that is not allowed' } } })
  t.equal((await get(await issuer.token({ key: issuer.keys[1]! }))).status, 200)
})

t.test('keys are kept, rotate, and are not asked for all the time', async t => {
  const issuer = await startIssuer(t)
  const { get } = await serve(t, issuer, { jwksCooldown: 300 })
  const token = await issuer.token()
  await Promise.all([get(token), get(token), get(token)])
  await get(token)
  t.strictSame(issuer.asked, ['/jwks'], 'once for all')

  const second = await issuerKey('second')
  issuer.keys = [second, ...issuer.keys]
  t.equal((await get(await issuer.token({ key: second }))).status, 401, 'it has just asked')
  t.strictSame(issuer.asked, ['/jwks'])
  await sleep(350)
  t.equal((await get(await issuer.token({ key: second }))).status, 200)
  t.equal(issuer.asked.length, 2)
  for (let i = 0; i < 5; i++) t.equal((await get(await issuer.token({ header: { kid: `made-up-${i}` } }))).status, 401)
  t.equal(issuer.asked.length, 2, 'whoever invents keys does not make it ask')
  issuer.keys = [second]
  await sleep(350)
  await get(await issuer.token({ header: { kid: 'made-up' } }))
  t.equal((await get(token)).status, 401, 'a key that was withdrawn')
})

t.test('a token that comes again is looked at again: its time, its key, and nobody changes its claims', async t => {
  const issuer = await startIssuer(t)
  const claims: unknown[] = []
  const app = await host(t, {
    allowAnonymous: undefined,
    executor: async task => {
      claims.push(structuredClone(task.principal?.claims))
      Object.assign(task.principal?.claims ?? {}, { sub: 'eve', roles: ['admin'] })
      return 'done'
    },
    security: { schemes: { jwt: { type: 'jwt', issuer: issuer.url, audience: 'flights', jwksUrl: `${issuer.url}/jwks`, clockTolerance: 0 } } }
  })
  const token = await issuer.token({ expires: 2 })
  const client = new RestClient(app, { headers: { authorization: `Bearer ${token}` } })
  const until = Date.now() + 2000
  for (let i = 0; i < 3; i++) await client.send('Hello')
  t.equal(claims.length, 3)
  for (const seen of claims) t.match(seen, { sub: 'ada', roles: undefined })
  const [head, body, signature = ''] = token.split('.')
  const forged = `${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
  t.equal((await client.get('/tasks', { authorization: `Bearer ${forged}` })).status, 401)
  await sleep(until - Date.now() + 1000)
  t.match(await client.get('/tasks', { authorization: `Bearer ${token}` }), { status: 401, body: { error: { message: 'The token has expired' } } })
})

t.test('a token need not name its key', async t => {
  const issuer = await startIssuer(t, [await issuerKey('a'), await issuerKey('b')])
  const { get } = await serve(t, issuer, { keys: issuer.keys.map(({ publicJwk }) => publicJwk) })
  t.equal((await get(await issuer.token({ key: issuer.keys[1]!, header: { kid: undefined } }))).status, 200)
  t.equal((await get(await issuer.token({ key: await issuerKey('c'), header: { kid: undefined } }))).status, 401)
  t.strictSame(issuer.asked, [])
})

t.test('keys that can\'t be had are an outage, and no caller\'s fault', async t => {
  const issuer = await startIssuer(t)
  const { get, logger } = await serve(t, issuer)
  issuer.status = 500
  const { status, headers, text } = await get(await issuer.token())
  t.equal(status, 503)
  t.equal(headers['retry-after'], '1')
  t.notMatch(text, '127.0.0.1')
  t.match(logger.lines.filter(({ level }) => level === 50 || level === 40), [{ msg: /authenticat/ }], 'the log says why')
  issuer.status = 200
  t.equal((await get(await issuer.token())).status, 200)
})

t.test('several issuers', async t => {
  const [one, two] = [await startIssuer(t), await startIssuer(t)]
  const seen: Array<Principal | undefined> = []
  const app = await host(t, {
    executor: async task => { seen.push(task.principal); return 'done' },
    security: {
      schemes: {
        one: { type: 'jwt', issuer: one.url, audience: 'flights', jwksUrl: `${one.url}/jwks` },
        two: { type: 'jwt', issuer: two.url, audience: 'flights', jwksUrl: `${two.url}/jwks` }
      }
    }
  })
  const ofOne = new RestClient(app, { headers: { authorization: `Bearer ${await one.token()}` } })
  const ofTwo = new RestClient(app, { headers: { authorization: `Bearer ${await two.token()}` } })
  const task = await ofOne.send('Hello')
  await ofTwo.send('Hello')
  t.match(seen, [{ id: 'ada', scheme: 'one' }, { id: 'ada', scheme: 'two' }])
  t.equal((await ofOne.get(`/tasks/${task.id}`)).status, 200)
  t.equal((await ofTwo.get(`/tasks/${task.id}`)).status, 404, 'the same name at another issuer is another caller')
  t.equal((await new RestClient(app).get('/tasks', { authorization: `Bearer ${await one.token({ issuer: two.url })}` })).status, 401)
})
