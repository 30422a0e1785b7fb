import { createServer as createTcpServer, type AddressInfo, type LookupFunction } from 'node:net'
import t, { type Test } from 'tap'
import { createHostList, isHostEntry, isPublicAddress } from '../../lib/http/addresses.ts'
import { createGuardedClient } from '../../lib/http/client.ts'
import { get } from '../../lib/http/get.ts'
import { createGuard, TargetRefusedError, type GuardOptions } from '../../lib/http/guard.ts'
import { startDns } from '../helpers/dns.ts'
import { hook } from './hook.ts'

const publicAddress = '93.184.215.14'

/** A look-up that knows these names, and no other. */
function names (known: Record<string, string[]>): LookupFunction {
  return (hostname, options, callback) => {
    const addresses = known[hostname]?.map(address => ({ address, family: address.includes(':') ? 6 : 4 }))
    const [first] = addresses ?? []
    if (first === undefined || addresses === undefined) callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' }), [])
    else if (options.all === true) callback(null, addresses)
    else callback(null, first.address, first.family)
  }
}

const unreachable: LookupFunction = (hostname, _options, callback) => callback(Object.assign(new Error(`looked up ${hostname}`), { code: 'ENOTFOUND' }), [])

/** What nothing may be sent to, however it is written. Each leads to this machine, to a private network, or nowhere. */
const refused = [
  // What is not https.
  'http://example.com/', 'ftp://example.com/', 'file:///etc/passwd', 'gopher://127.0.0.1:70/', 'data:text/plain,x', 'javascript:alert(1)', 'ws://example.com/', 'unix:/var/run/docker.sock',
  // Loopback, in every way to write it.
  'https://127.0.0.1/', 'https://127.1/', 'https://127.0.1/', 'https://127.255.255.254/', 'https://2130706433/', 'https://017700000001/', 'https://0177.0.0.1/', 'https://0x7f.1/',
  'https://0x7f000001/', 'https://0x7f.0x0.0x0.0x1/', 'https://00000177.0.0.1/', 'https://127.0.0.1.:8443/', 'https://127.0.0.1:22/', 'https://%31%32%37.0.0.1/',
  'https://１２７.0.0.1/', 'https://127。0。0。1/', 'https://①②⑦.0.0.1/',
  'https://0/', 'https://0.0.0.0/', 'https://[::]/', 'https://[::1]/', 'https://[0:0:0:0:0:0:0:1]/',
  // IPv4 within IPv6.
  'https://[::ffff:127.0.0.1]/', 'https://[::ffff:7f00:1]/', 'https://[0:0:0:0:0:ffff:7f00:0001]/', 'https://[::127.0.0.1]/', 'https://[64:ff9b::7f00:1]/', 'https://[64:ff9b:1::a00:1]/',
  'https://[2002:7f00:1::]/', 'https://[2002:a00:1::1]/', 'https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/', 'https://[::ffff:169.254.169.254]/', 'https://[::ffff:0:127.0.0.1]/',
  // Private, link-local, reserved.
  'https://10.0.0.1/', 'https://10.255.255.255/', 'https://172.16.0.1/', 'https://172.31.255.255/', 'https://192.168.1.1/', 'https://3232235777/', 'https://0xc0a80101/', 'https://100.64.0.1/',
  'https://192.0.0.1/', 'https://192.0.2.1/', 'https://198.18.0.1/', 'https://198.51.100.1/', 'https://203.0.113.1/', 'https://224.0.0.1/', 'https://239.255.255.250/', 'https://240.0.0.1/', 'https://255.255.255.255/',
  'https://[fc00::1]/', 'https://[fd12:3456:789a::1]/', 'https://[fe80::1]/', 'https://[febf::1]/', 'https://[fec0::1]/', 'https://[ff02::1]/', 'https://[2001:db8::1]/', 'https://[100::1]/', 'https://[4000::1]/',
  // Metadata of clouds.
  'https://169.254.169.254/latest/meta-data/', 'https://0xa9fea9fe/', 'https://2852039166/', 'https://169.254.170.2/', 'https://100.100.100.200/', 'https://168.63.129.16/', 'https://192.0.0.192/', 'https://[fd00:ec2::254]/',
  'https://metadata.google.internal/', 'https://metadata/',
  // Zone ids.
  'https://[fe80::1%25eth0]/', 'https://[fe80::1%eth0]/', 'https://[::1%25lo]/',
  // Credentials, and hosts that are not what they look like.
  'https://user:secret@example.com/', 'https://user@example.com/', 'https://example.com@127.0.0.1/', 'https://127.0.0.1\\@example.com/', 'https://127.0.0.1#@example.com/', 'https://127.0.0.1?@example.com/',
  'https:127.0.0.1', 'https:///127.0.0.1/', 'https:\\\\127.0.0.1\\',
  // Names that only a private network knows.
  'https://localhost/', 'https://LOCALHOST/', 'https://localhost./', 'https://a.localhost/', 'https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/', 'https://lo\u00adcalhost/', 'https://printer.local/', 'https://intranet/', 'https://db.internal/', 'https://nas.lan/', 'https://router.home.arpa/',
  // What is none.
  '', '/hook', 'example.com/hook', '//example.com/hook', 'https://', 'https://exa mple.com/', 'https://[::1/', 'https://256.256.256.256/', 'https://example.com:99999/'
]

const accepted = [
  'https://example.com/hook', 'https://EXAMPLE.com:8443/hook?x=1#y', `https://${publicAddress}/`, 'https://8.8.8.8/', 'https://[2606:4700:4700::1111]/', 'https://[::ffff:8.8.8.8]/', 'https://bücher.example.org/', 'https://xn--bcher-kva.example.org/',
  'https://172.15.0.1/', 'https://172.32.0.1/', 'https://11.0.0.1/', 'https://100.128.0.1/', 'https://localhost.example.com/', 'https://example.com./'
]

t.test('what may not be a target is refused as it stands', async t => {
  const guard = createGuard({ lookup: unreachable })
  t.ok(new Set(refused).size > 100)
  for (const url of refused) t.type(guard.refusal(url), 'string', url)
})

t.test('ordinary targets are not', async t => {
  const guard = createGuard({ lookup: unreachable })
  for (const url of accepted) t.equal(guard.refusal(url), undefined, url)
})

t.test('no connection is made to what is refused', async t => {
  const target = await listening(t)
  const tried: string[] = []
  const client = clientOf(t, {
    lookup: (hostname, _options, callback) => {
      tried.push(hostname)
      callback(Object.assign(new Error('not looked up'), { code: 'ENOTFOUND' }), [])
    }
  })
  const local = [`https://127.0.0.1:${target.port}/`, `https://[::ffff:127.0.0.1]:${target.port}/`, `https://2130706433:${target.port}/`, `https://0x7f.1:${target.port}/`, `https://localhost:${target.port}/`, `https://0:${target.port}/`]
  for (const url of [...local, ...refused.filter(url => URL.canParse(url) && url.startsWith('https://') && new URL(url).username === '')]) await t.rejects(client.request(url), TargetRefusedError, url)
  t.equal(target.connections, 0)
  t.strictSame(tried, [])
})

t.test('a name is judged by the addresses that it stands for', async t => {
  const target = await listening(t)
  const lookup = names({
    'private.example.com': ['10.0.0.1'],
    'loopback.example.com': ['127.0.0.1'],
    'mapped.example.com': ['::ffff:127.0.0.1'],
    'six.example.com': ['::1'],
    'mixed.example.com': [publicAddress, '127.0.0.1'],
    'public.example.com': [publicAddress]
  })
  const guard = createGuard({ lookup })
  const client = clientOf(t, { lookup })
  for (const name of ['private', 'loopback', 'mapped', 'six', 'mixed']) {
    t.match(await guard.check(`https://${name}.example.com:${target.port}/`), /private, loopback/, name)
    await t.rejects(client.request(`https://${name}.example.com:${target.port}/`), TargetRefusedError, name)
  }
  t.equal(await guard.check('https://public.example.com/'), undefined)
  t.equal(await guard.check('https://unknown.example.com/'), undefined, 'a name that can\'t be looked up now may be there later')
  t.equal(target.connections, 0)
})

t.test('a name that is rebound after it was checked is refused at the connection', async t => {
  const target = await listening(t)
  let lookups = 0
  const lookup: LookupFunction = (hostname, options, callback) => names({ 'rebinding.example.com': [lookups++ === 0 ? publicAddress : '127.0.0.1'] })(hostname, options, callback)
  const guard = createGuard({ lookup })
  const url = `https://rebinding.example.com:${target.port}/`
  t.equal(await guard.check(url), undefined)
  const client = createGuardedClient(guard, { connections: 1, timeout: 2000, maxSize: 1000 })
  t.teardown(() => client.close())
  await t.rejects(client.request(url), TargetRefusedError)
  await t.rejects(client.request(url), TargetRefusedError, 'at every attempt')
  t.equal(lookups, 3)
  t.equal(target.connections, 0)
})

t.test('a DNS server that changes its mind, and one that answers with several addresses', async t => {
  const target = await listening(t)
  const answers: Record<string, string[][]> = {
    'rebinding.example.com': [[publicAddress], ['127.0.0.1']],
    'flipping.example.com': [[publicAddress], ['127.0.0.1'], [publicAddress], ['169.254.169.254']],
    'both.example.com': [[publicAddress, '127.0.0.1']],
    'late.example.com': [['10.0.0.1'], ['127.0.0.1']]
  }
  const { lookup, asked } = await startDns(t, answers)
  const guard = createGuard({ lookup })
  const client = createGuardedClient(guard, { connections: 1, timeout: 500, maxSize: 1000 })
  t.teardown(() => client.close())
  for (const name of Object.keys(answers)) {
    const url = `https://${name}:${target.port}/`
    await guard.check(url)
    for (let i = 0; i < 2; i++) await t.rejects(client.request(url), name)
    t.equal(asked(name), 3, `${name} is looked up once for each connection`)
  }
  t.equal(target.connections, 0)
})

t.test('a URL that is fetched may redirect where that is wanted, and every place is checked', async t => {
  const inner = await listening(t)
  const goal = await hook(t, { status: 200, body: 'found' })
  const hop = await hook(t, { status: 302, headers: { location: goal.url } }, { status: 302, headers: { location: `http://[::1]:${inner.port}/` } }, { status: 302, headers: { location: 'http://10.0.0.1/' } }, { status: 302, headers: { location: 'nonsense://' } })
  const again = await hook(t, ...Array.from({ length: 5 }, () => ({ status: 302, headers: { location: '/again' } })))
  const client = clientOf(t, { http: true, allow: ['127.0.0.1'] })
  const headers = { authorization: 'Bearer secret', cookie: 'a=b', 'x-other': 'stays' }
  t.match(await get(client, hop.url, { redirects: 1, headers }), { status: 200, body: 'found', url: goal.url })
  t.match(goal.received[0]?.headers, { 'x-other': 'stays' })
  t.notMatch(Object.keys(goal.received[0]?.headers ?? {}).join(), /authorization|cookie/, 'another host does not see credentials')
  for (let i = 0; i < 2; i++) await t.rejects(get(client, hop.url, { redirects: 3 }), TargetRefusedError)
  await t.rejects(get(client, hop.url, { redirects: 3 }), TargetRefusedError)
  await t.rejects(get(client, again.url, { redirects: 2 }), /redirects too often/)
  await t.rejects(get(client, again.url), /redirects to another place/)
  t.equal(inner.connections, 0)
})

t.test('what is fetched comes as a whole, or not', async t => {
  const target = await hook(t, { status: 404, body: 'no' }, { status: 200, body: 'x'.repeat(100_000) }, 'hang')
  const client = clientOf(t, { http: true, allow: ['127.0.0.1'] })
  await t.rejects(get(client, target.url), /answered 404/)
  await t.rejects(get(client, target.url), /is too large/)
  await t.rejects(get(client, target.url, { timeout: 100 }), /timeout|aborted/)
})

t.test('hosts and addresses can be allowed, and nothing beside them', async t => {
  const guard = createGuard({ allow: ['hooks.internal', '*.corp.example', '10.1.0.0/16', 'fd00:1::/32'], lookup: names({ 'a.corp.example': ['10.9.9.9'], 'b.example.com': ['10.9.9.9'], 'c.example.com': ['10.1.2.3'] }) })
  for (const url of ['https://hooks.internal/', 'https://HOOKS.internal./', 'https://a.corp.example/', 'https://10.1.2.3/', 'https://[fd00:1::5]/', 'https://[::ffff:10.1.2.3]/', 'https://c.example.com/']) t.equal(await guard.check(url), undefined, url)
  for (const url of ['https://10.2.0.1/', 'https://127.0.0.1/', 'https://[fd00:2::5]/', 'https://b.example.com/', 'http://hooks.internal/']) t.type(await guard.check(url), 'string', url)
})

t.test('a list of targets leaves nothing else', async t => {
  const guard = createGuard({ only: ['hooks.example.com', '*.partner.example', '93.184.215.0/24'], lookup: names({ 'hooks.example.com': [publicAddress], 'inner.partner.example': ['10.0.0.1'], 'other.example.com': [publicAddress], 'elsewhere.example.com': ['8.8.8.8'], 'partner.example.evil.com': ['8.8.8.8'] }) })
  for (const url of ['https://hooks.example.com/', `https://${publicAddress}/`, 'https://other.example.com/']) t.equal(await guard.check(url), undefined, url)
  for (const url of ['https://8.8.8.8/', 'https://elsewhere.example.com/', 'https://inner.partner.example/', 'https://partner.example.evil.com/', 'https://10.0.0.1/']) t.type(await guard.check(url), 'string', url)
  t.equal(createGuard({ only: ['hooks.example.com'] }).refusal('https://example.com/'), 'is not among the targets that are allowed')
})

t.test('entries of lists', async t => {
  for (const entry of ['example.com', '*.example.com', 'localhost', '10.0.0.1', '10.0.0.0/8', '::1', '[::1]', 'fd00::/8', 'a_b.example']) t.ok(isHostEntry(entry), entry)
  for (const entry of ['', '*', '*.', 'https://example.com', 'example.com/hook', '10.0.0.0/33', 'fd00::/129', '10.0.0', '300.1.1.1', 'a..b', '-a.com', 'user@example.com']) t.notOk(isHostEntry(entry), entry)
  t.ok(createHostList(['*.example.com']).hasName('a.b.example.com'))
  t.notOk(createHostList(['*.example.com']).hasName('example.com'))
  t.notOk(createHostList(['*.example.com']).hasName('badexample.com'))
  t.notOk(isPublicAddress('not an address'))
})

t.test('redirects are not followed, and what they would get stays here', async t => {
  const elsewhere = await hook(t)
  const target = await hook(t, { status: 302, headers: { location: elsewhere.url } })
  const client = clientOf(t, { http: true, allow: ['127.0.0.1'] })
  const { status } = await client.request(target.url, { method: 'POST', headers: { authorization: 'Bearer secret' }, body: '{}' })
  t.equal(status, 302)
  t.equal(elsewhere.connections, 0)
})

t.test('an exchange is bounded in time and size', async t => {
  const target = await hook(t, 'hang', { status: 200, body: 'x'.repeat(100_000) }, { status: 200, body: 'short' })
  const client = clientOf(t, { http: true, allow: ['127.0.0.1'] }, 300)
  const before = Date.now()
  await t.rejects(client.request(target.url))
  t.ok(Date.now() - before < 2000)
  const large = await client.request(target.url)
  t.ok(large.isCutOff && large.body.length <= 1000)
  t.match(await client.request(target.url), { status: 200, body: 'short', isCutOff: false })
})

t.test('a server that never shakes hands is given up', async t => {
  const target = await listening(t)
  const client = clientOf(t, { allow: ['127.0.0.1'] }, 300)
  await t.rejects(client.request(`https://127.0.0.1:${target.port}/`))
  t.equal(target.connections, 1)
})

function clientOf (t: Test, options: GuardOptions, timeout = 2000) {
  const client = createGuardedClient(createGuard(options), { connections: 2, timeout, maxSize: 1000 })
  t.teardown(() => client.close())
  return client
}

/** Counts who comes, and says nothing. */
async function listening (t: Test): Promise<{ port: number, connections: number }> {
  const server = createTcpServer(socket => {
    target.connections++
    socket.on('error', () => {})
    t.teardown(() => socket.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '::', resolve))
  t.teardown(() => server.close())
  const target = { port: (server.address() as AddressInfo).port, connections: 0 }
  return target
}
