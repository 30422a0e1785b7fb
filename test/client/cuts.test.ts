/** Connections that are cut at every byte of a stream: at its end, the reader has had each event once, and in order. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { discover } from '../../lib/client/index.ts'
import type { TaskContext } from '../../lib/index.ts'
import { host, listen } from '../helpers/host.ts'
import { cutter } from './cutter.ts'
import { card, length, playback, quick, read, tokens } from './playback.ts'

t.setTimeout(300_000)

const run = promisify(execFile)

for (const { kind, step, what } of [
  { kind: 'Last-Event-ID', step: 1, what: 'every event once and in order' },
  { kind: 'snapshot', step: 13, what: 'everything once, where a subscription begins with the task' },
  { kind: 'neither', step: 13, what: 'everything once, where a subscription begins anywhere' }
]) {
  t.test(`${what}, cut after every ${step === 1 ? 'byte' : `${step} bytes`}`, async t => {
    t.setTimeout(300_000)
    const { stdout } = await run(process.execPath, ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL('cut-everywhere.ts', import.meta.url)), kind, String(step)])
    const { cuts, wrong } = JSON.parse(stdout)
    t.strictSame(wrong, [])
    t.equal(cuts, Math.floor(length / step) + 1)
  })
}

t.test('a message that may have been taken is not sent again, unless it may be', async t => {
  const { fetch, sends } = playback('Last-Event-ID', [10])
  const agent = await discover(card, { ...quick, fetch })
  await t.rejects(agent.stream('Go').text(), { name: 'ClientError', code: 'A2A_ERR_NETWORK' })
  t.equal(sends.length, 1)
})

t.test('a stream that can not be had any more is an error', async t => {
  const { fetch } = playback('Last-Event-ID', [600, ...Array(20).fill(0)])
  const agent = await discover(card, { ...quick, fetch, reconnect: { attempts: 3, minDelay: 0, maxDelay: 0 } })
  await t.rejects(agent.stream('Go').text(), { name: 'ClientError', code: 'A2A_ERR_STREAM', message: /task t .*TASK_STATE_/ })
})

t.test('over sockets, in both bindings, headers and all', async t => {
  async function * executor (task: TaskContext) {
    const artifact = task.artifactStream({ artifactId: 'a' })
    for (const token of tokens.slice(1)) yield artifact.write(token)
    yield artifact.end('<end>')
  }
  const app = await host(t, { executor, idempotency: true, server: { forceCloseConnections: true } })
  const { port } = new URL(await listen(app))
  for (const transport of ['JSONRPC', 'HTTP+JSON'] as const) {
    const { port: cutPort, cuts } = await cutter(t, Number(port))
    const path = new URL((await discover(`http://127.0.0.1:${port}`)).interface.url).pathname
    const supportedInterfaces = [{ url: `http://127.0.0.1:${cutPort}${path}`, protocolBinding: transport, protocolVersion: '1.0' }]
    const wrong: number[] = []
    for (let cut = 1; cut < 9_000; cut += 450) {
      cuts.splice(0, cuts.length, cut, cut * 3)
      // Each on connections of its own: a pool would use those that were not cut.
      const agent = await discover({ ...card, supportedInterfaces }, { ...quick, headers: { connection: 'close' } })
      // A message that comes again when its task has ended is answered with the task.
      const seen = (await read(agent)).flatMap(event => event.type === 'task' ? event.task.artifacts ?? [] : event.type === 'artifact' ? event.artifact : [])
      if (seen.flatMap(({ parts }) => parts).map(({ text }) => text).join('') !== [...tokens.slice(1), '<end>'].join('')) wrong.push(cut)
    }
    t.strictSame(wrong, [], transport)
  }
})
