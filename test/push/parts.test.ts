import { exportJWK, generateKeyPair, jwtVerify, createLocalJWKSet, decodeProtectedHeader, type JWK } from 'jose'
import t from 'tap'
import { fromRecord, toRecord } from '../../lib/push/config.ts'
import { nextAttempt, parseRetryAfter } from '../../lib/push/retry.ts'
import { createSealer, SealError } from '../../lib/push/sealing.ts'
import { bodyClaim, createSigner, hashBody } from '../../lib/push/signing.ts'

const [oldKey, newKey] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
const scope = { agent: 'a', tenant: '', owner: 'alice' }

t.test('what is sealed is opened at its place alone, by whoever has the key', async t => {
  const sealer = createSealer([oldKey])
  const sealed = sealer.seal('hunter2', 'here')
  t.notMatch(sealed, /hunter2/)
  t.not(sealer.seal('hunter2', 'here'), sealed, 'never twice the same')
  t.equal(sealer.open(sealed, 'here'), 'hunter2')
  t.equal(createSealer([newKey, oldKey]).open(sealed, 'here'), 'hunter2', 'after the key has been changed')
  t.throws(() => sealer.open(sealed, 'elsewhere'), SealError)
  t.throws(() => createSealer([newKey]).open(sealed, 'here'), /no key/)
  const [id, iv, tag, data = ''] = sealed.split('.')
  t.throws(() => sealer.open([id, iv, tag, Buffer.from('changed').toString('base64url')].join('.'), 'here'), SealError)
  t.throws(() => sealer.open([id, iv, tag?.slice(0, 6), data].join('.'), 'here'), SealError, 'a short tag')
  t.throws(() => sealer.open(`${id}`, 'here'), SealError)
  t.throws(() => createSealer([]), TypeError)
})

t.test('a configuration can\'t be moved to another task or owner', async t => {
  const sealer = createSealer([oldKey])
  const config = { url: 'https://example.com/?key=secret', token: 'secret', version: '1.0', agentUrl: 'https://agent.example' } as const
  const record = toRecord(sealer, scope, 'task', 'id', config)
  t.notMatch(record.config, /secret|example/)
  t.same(fromRecord(sealer, scope, 'task', record), config)
  t.throws(() => fromRecord(sealer, scope, 'other', record), SealError)
  t.throws(() => fromRecord(sealer, { ...scope, owner: 'mallory' }, 'task', record), SealError)
})

t.test('attempts come later and later, and come to an end', async t => {
  const settings = { attempts: 8, minDelay: 1000, maxDelay: 10_000, maxAge: 100_000 }
  for (const [attempts, most] of [[1, 1000], [2, 2000], [3, 4000], [4, 8000], [5, 10_000], [7, 10_000]] as const) {
    for (let i = 0; i < 20; i++) {
      const delay = (nextAttempt(settings, { attempts, failingSince: 0 }, 0) ?? NaN)
      t.ok(delay >= most / 2 && delay <= most, `${attempts}: ${delay}`)
    }
  }
  t.equal(nextAttempt(settings, { attempts: 8, failingSince: 0 }, 0), undefined)
  t.equal(nextAttempt(settings, { attempts: 1, failingSince: 0 }, 100_000), undefined)
  t.equal(nextAttempt(settings, { attempts: 1, failingSince: 0 }, 0, 30_000), 30_000, 'not before it is wanted')
  t.equal(nextAttempt(settings, { attempts: 1, failingSince: 0 }, 0, 200_000), undefined)
})

t.test('Retry-After', async t => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  t.equal(parseRetryAfter('120', now), 120_000)
  t.equal(parseRetryAfter(['5', '6'], now), 5000)
  t.equal(parseRetryAfter('Thu, 01 Jan 2026 00:00:30 GMT', now), 30_000)
  t.equal(parseRetryAfter('Thu, 01 Jan 2015 00:00:30 GMT', now), 0)
  for (const nothing of [undefined, '', 'soon', '-']) t.equal(parseRetryAfter(nothing, now), undefined, String(nothing))
})

t.test('keys are changed without a gap', async t => {
  const [first, second] = [await privateKey('first'), await privateKey('second')]
  let time = 1_800_000_000_000
  let keys: JWK[] = [first]
  let asked = 0
  const times = { lead: 600_000, keep: 3_600_000, refresh: 60_000 }
  const source = async () => {
    asked++
    return keys
  }
  const signer = await createSigner({ keys: source, issuer: undefined, path: '/', ttl: 300_000 }, { times, now: () => time })
  const kidNow = async () => decodeProtectedHeader(await signer.sign({ id: 'd', audience: 'https://c.example', issuer: 'https://a.example', body: '{}' })).kid
  const published = async () => (await signer.jwks()).keys.map(({ kid }) => kid)
  t.equal(await kidNow(), 'first', 'what is there at the start signs at once')

  keys = [second, first]
  t.equal(await kidNow(), 'first')
  t.equal(asked, 1, 'keys are not asked for each time')
  time += 60_000
  t.strictSame(await published(), ['second', 'first'])
  t.equal(await kidNow(), 'first', 'who has fetched the keys a moment ago does not know the new one yet')
  time += 600_000
  t.equal(await kidNow(), 'second')
  keys = [second]
  time += 60_000
  t.strictSame(await published(), ['second', 'first'], 'what it has signed may still be on its way')
  time += 3_600_000
  t.strictSame(await published(), ['second'])
  keys = []
  time += 60_000
  await t.rejects(kidNow(), /answered no key/)
})

t.test('a signature holds for one body, one receiver and a while, and the private key stays here', async t => {
  for (const alg of ['ES256', 'ES384', 'EdDSA', 'RS256']) {
    const { privateKey } = await generateKeyPair(alg, { extractable: true })
    const signer = await createSigner({ keys: [await exportJWK(privateKey)], issuer: undefined, path: '/', ttl: 300_000 })
    const jwks = await signer.jwks()
    t.notMatch(JSON.stringify(jwks), /"(d|p|q|dp|dq|qi)":/, alg)
    const jwt = await signer.sign({ id: 'd', audience: 'https://c.example/hook', issuer: 'https://a.example', body: '{"a":1}' })
    const { payload } = await jwtVerify(jwt, createLocalJWKSet(jwks), { audience: 'https://c.example/hook', issuer: 'https://a.example' })
    t.match(payload, { jti: 'd', [bodyClaim]: hashBody('{"a":1}') })
    t.equal((payload.exp ?? 0) - (payload.iat ?? 0), 300)
  }
  const { publicKey } = await generateKeyPair('ES256')
  await t.rejects(createSigner({ keys: [await exportJWK(publicKey)], issuer: undefined, path: '/', ttl: 1000 }), /push.sign.keys holds a key that can't sign/)
  await t.rejects(createSigner({ keys: [{ kty: 'oct', k: 'c2VjcmV0', alg: 'HS256' }], issuer: undefined, path: '/', ttl: 1000 }), /can't sign/)
})

async function privateKey (kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { ...await exportJWK(privateKey), kid }
}
