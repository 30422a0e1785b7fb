import { execFile } from 'node:child_process'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { AuditOptions, AuditRecord, OperationRecord } from '../../lib/index.ts'
import { verifyAuditFile } from '../../lib/index.ts'
import { command } from '../../lib/cli/audit.ts'
import { host, listen, logSink, obey, type HostOptions } from '../helpers/host.ts'
import { RestClient } from '../helpers/rest.ts'
import { RpcClient, sendParams } from '../helpers/rpc.ts'

t.test('one record for each request: who, what, which task, how it ended', async t => {
  const { app, records } = await audited(t, {
    extendedCard: { name: 'More', description: 'For some' },
    server: { genReqId: () => 'r-1' }
  })
  app.addHook('onRequest', async ({ headers }, reply) => { if (headers.who !== undefined) Object.assign(reply.request, { a2aPrincipal: { id: String(headers.who), issuer: 'https://idp.example', claims: { secret: 'x' } } }) })
  const client = new RpcClient(app)
  const task = await client.send('hello', {})
  await client.ask('GetTask', { id: task.id }, { who: 'ada', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' })
  await client.ask('GetTask', { id: task.id })
  await new RestClient(app).ask('GET', '/tasks/nobodys')
  await client.post('{nonsense')
  await new RpcClient(app, { version: '0.3' }).ask('tasks/cancel', { id: task.id })
  t.match(records(), [
    { event: 'operation', binding: 'JSONRPC', operation: 'SendMessage', version: '1.0', agent: 'default', principal: null, taskId: task.id, outcome: 'success', status: 200, requestId: 'r-1', address: '127.0.0.1', latency: Number, time: /^\d{4}-\d\d-\d\dT.*Z$/ },
    { operation: 'GetTask', taskId: task.id, principal: { id: 'ada', issuer: 'https://idp.example' }, traceId: '0af7651916cd43dd8448eb211c80319c', outcome: 'refused', error: 'TaskNotFoundError' },
    { operation: 'GetTask', taskId: task.id, outcome: 'success' },
    { binding: 'HTTP+JSON', operation: 'GetTask', taskId: 'nobodys', outcome: 'refused', error: 'TaskNotFoundError', status: 404 },
    { operation: null, outcome: 'refused', error: 'JSONParseError' },
    { operation: 'CancelTask', version: '0.3', taskId: task.id, outcome: 'refused', error: 'TaskNotCancelableError' }
  ])
  t.equal(records().length, 6)
  t.notMatch(JSON.stringify(records()), /hello|secret/, 'neither what was said, nor claims')
})

t.test('which task a message is for, and none where it was answered without', async t => {
  const { app, records } = await audited(t, { executor: obey, replyWindow: 5000 })
  const client = new RpcClient(app)
  const { id } = await client.send('ask', {})
  await client.send('hello', { message: { taskId: id } })
  await client.ask('SendMessage', sendParams('reply'))
  await client.ask('SendStreamingMessage', sendParams('reply'))
  const [event] = await client.stream<{ task: { id: string } }>('SendStreamingMessage', sendParams('hello'))
  t.strictSame(records().map(({ taskId }) => taskId), [id, id, undefined, undefined, event?.task.id])
})

t.test('callers who are not let in', async t => {
  const { app, records } = await audited(t, { allowAnonymous: false })
  await new RpcClient(app).ask('GetTask', { id: '1' })
  t.match(records(), [
    { event: 'authentication', outcome: 'refused', reason: 'no credentials', principal: null, address: '127.0.0.1' },
    { event: 'operation', operation: 'GetTask', taskId: '1', outcome: 'refused', error: 'UnauthenticatedError', status: 401 }
  ])
})

t.test('a client that leaves', async t => {
  const { app, records } = await audited(t, { executor: obey })
  const url = await listen(app)
  const leaving = new AbortController()
  const response = await fetch(`${url}/a2a`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'a2a-version': '1.0' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'SendStreamingMessage', params: sendParams('stay') }),
    signal: leaving.signal
  })
  await response.body?.getReader().read()
  leaving.abort()
  while (records().length < 1) await sleep(5)
  t.match(records(), [{ operation: 'SendStreamingMessage', taskId: /.+/, outcome: 'aborted', status: 200 }])
})

t.test('what was asked for, without its secrets, where that is wanted', async t => {
  const { app, records } = await audited(t, {}, { content: true })
  const taskPushNotificationConfig = { url: 'https://x.example', token: 'hidden', authentication: { scheme: 'Bearer', credentials: 'hidden' } }
  await new RpcClient(app).ask('SendMessage', { ...sendParams('hello'), configuration: { taskPushNotificationConfig } })
  t.match(records()[0]?.params, { message: { parts: [{ text: 'hello' }] }, configuration: { taskPushNotificationConfig: { token: '[redacted]', authentication: { scheme: 'Bearer', credentials: '[redacted]' } } } })
  t.notMatch(JSON.stringify(records()), /hidden/)
})

t.test('in the log of the server, unless it has a place of its own', async t => {
  const log = logSink()
  const app = await host(t, { audit: true, server: { logger: log } })
  await new RpcClient(app).send('hello')
  t.match(log.lines.filter(({ audit }) => audit !== undefined), [{ level: 30, msg: 'a2a audit', audit: { event: 'operation', operation: 'SendMessage' } }])
})

t.test('a chain goes on after a restart, and after a crash in the middle of a line', async t => {
  const file = join(t.testdir({}), 'audit.log')
  for (let i = 0; i < 2; i++) await serve(t, file, 3)
  appendFileSync(file, '{"level":30,"event":"oper')
  await serve(t, file, 3)
  const report = await verifyAuditFile(file)
  t.match(report, { records: 9, problems: [], end: { seq: 9 } })
  t.match(lines(file)[8], { seq: 9, event: 'operation' })
  t.equal((await verify(file)).code, 0)
  t.equal((await verify(file, '--end', `9:${report.end.hash}`)).code, 0)
})

t.test('agents of one process write one chain', async t => {
  const file = join(t.testdir({}), 'audit.log')
  const app = await host(t, { audit: { file, chain: true } })
  const other = await host(t, { audit: { file, chain: true }, id: 'other' })
  for (let i = 0; i < 3; i++) for (const each of [app, other]) await new RpcClient(each).send('hello')
  t.match(await verifyAuditFile(file), { records: 6, problems: [] })
  await t.rejects(host(t, { audit: { file } }), /audit\.chain is not that of another agent/)
  await app.close()
  await new RpcClient(other).send('hello')
  t.match(await verifyAuditFile(file), { records: 7, problems: [] })
})

t.test('what was changed, taken out, put in, moved and cut off', async t => {
  const dir = t.testdir({})
  const file = join(dir, 'audit.log')
  await serve(t, file, 6)
  const whole = readFileSync(file, 'utf8').trimEnd().split('\n')
  const [first = '', second = '', third = ''] = whole
  const end = (await verifyAuditFile(file)).end
  const cases: Array<[string, string[], RegExp[]]> = [
    ['changed', whole.with(2, third.replace('"success"', '"refused"')), [/^3: record 3 was changed/]],
    ['taken out', whole.toSpliced(2, 1), [/^3: record 3 is missing/]],
    ['two taken out', whole.toSpliced(2, 2), [/^3: records 3 to 4 are missing/]],
    ['the first taken out', whole.slice(1), [/^1: record 1 is missing/]],
    ['put in', whole.toSpliced(2, 0, '{"event":"operation"}'), [/^3: is no record/]],
    ['twice', whole.toSpliced(3, 0, third), [/^4: record 3 stands after record 3/]],
    ['swapped', [first, third, second, ...whole.slice(3)], [/^2: record 2 is missing/, /^3: record 2 stands after record 3/, /^4: record 3 is missing/]],
    ['an empty line', whole.toSpliced(2, 0, ''), [/^3: is no record/]]
  ]
  for (const [what, changed, expected] of cases) {
    const copy = join(dir, what)
    writeFileSync(copy, `${changed.join('\n')}\n`)
    const found = (await verifyAuditFile(copy)).problems.map(({ line, text }) => `${line}: ${text}`)
    t.match(found, expected, what)
    t.equal(found.length, expected.length, `${what}: ${found.join('; ')}`)
  }
  const cut = join(dir, 'cut')
  writeFileSync(cut, `${whole.slice(0, 4).join('\n')}\n`)
  t.match(await verify(cut), { code: 0 }, 'a chain alone can\'t know where it ends')
  t.match(await verify(cut, '--end', `${end.seq}:${end.hash}`), { code: 1, output: /ends at record 4, and not where it should/ })
  const rest = join(dir, 'rest')
  writeFileSync(rest, `${whole.slice(4).join('\n')}\n`)
  const { end: after } = await verifyAuditFile(cut)
  t.match(await verify(rest, '--after', `${after.seq}:${after.hash}`), { code: 0, output: /2 records, no flaw/ })
  t.match(await cli('audit', 'verify', join(dir, 'changed')), { code: 1, output: /changed:3: record 3 was changed/ })
  t.match(await cli('audit', 'verify', join(dir, 'nowhere')), { code: 2, output: /ENOENT/ })
  for (const wrong of [[], [file, '--end', 'x']]) t.match(await verify(...wrong), { code: 2, output: /fastify-a2a audit verify <file>/ })
  for (const wrong of [['audit'], ['other']]) t.match(await cli(...wrong), { code: 2, output: /fastify-a2a audit verify <file>/ })
  for (const asked of [[], ['--help'], ['audit', '--help']]) t.match(await cli(...asked), { code: 0, output: /fastify-a2a audit verify <file>/ })
})

t.test('with a key, nobody without it makes a chain', async t => {
  const dir = t.testdir({})
  const file = join(dir, 'audit.log')
  const key = Buffer.alloc(32, 7).toString('base64')
  await serve(t, file, 2, { chain: { key } })
  writeFileSync(join(dir, 'key'), `${key}\n`)
  t.match(await verify(file, '--key-file', join(dir, 'key')), { code: 0 })
  t.match(await verify(file), { code: 1, output: /made with another key/ })
})

t.test('options that can\'t be right', async t => {
  const file = join(t.testdir({ 'audit.log': '{"level":30}\n' }), 'audit.log')
  const cases: Array<[AuditOptions, RegExp]> = [
    [{ chain: true }, /audit\.chain needs audit\.file or audit\.stream/],
    [{ file, stream: { write: () => true } }, /audit\.stream must not be given beside/],
    [{ file, chain: true }, /does not end in a record of a chain/],
    [{ file: '/nowhere/at/all.log' }, /audit\.file can't be opened: ENOENT/],
    [{ file, chain: { key: 'short' } }, /audit/]
  ]
  for (const [audit, message] of cases) await t.rejects(host(t, { audit }), { code: 'A2A_ERR_OPTIONS', message })
})

async function audited (t: Test, options: HostOptions, audit: AuditOptions = {}) {
  const written: Array<AuditRecord & Partial<OperationRecord>> = []
  const stream = { write: (line: string) => { written.push(JSON.parse(line)) } }
  return { app: await host(t, { ...options, audit: { stream, ...audit } }), records: () => written }
}

/** A server that is there for a few requests. */
async function serve (t: Test, file: string, requests: number, audit: AuditOptions = {}): Promise<void> {
  const app = await host(t, { audit: { file, chain: true, ...audit } })
  for (let i = 0; i < requests; i++) await new RpcClient(app).send('hello')
  await app.close()
}

function lines (file: string): unknown[] {
  return readFileSync(file, 'utf8').trimEnd().split('\n').map(line => JSON.parse(line))
}

async function verify (...args: string[]): Promise<{ code: number, output: string }> {
  let output = ''
  const code = await command(['verify', ...args], text => { output += text })
  return { code, output }
}

/** As a process. */
function cli (...args: string[]): Promise<{ code: number, output: string }> {
  const main = fileURLToPath(new URL('../../lib/cli/main.ts', import.meta.url))
  return new Promise(resolve => execFile(process.execPath, ['--import=tsx', main, ...args], (error, stdout, stderr) => {
    resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr })
  }))
}
