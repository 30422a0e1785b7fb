/**
 * Sends random and mutated requests, in both versions on all bindings, to an agent for everybody and to a secure one, and looks for what must
 * never be: a 5xx, a crash, a hang, a refusal that is not in form, memory that grows.
 *
 *     npm run fuzz -- --seconds 60 --seed 1
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { Pool } from 'undici'
import { Caller } from './caller.ts'
import { bodyOf, fuzzedCall, type FuzzedCall } from './calls.ts'
import { wrongWith, wrongWithCall, type Answer } from './judge.ts'
import { fuzzedRequest, type Fuzzed, type Target } from './requests.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '20' }, seed: { type: 'string' } } })
const seconds = Number(values.seconds)
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed)

/** How long an answer may take to begin, and how long a stream is read, in ms. */
const patience = 10_000
const listening = 300
const batch = 16
/** Heap that may come and go, in bytes. */
const allowance = 48 * 1024 * 1024

const server = fork(new URL('server.ts', import.meta.url), { execArgv: ['--import=tsx', '--expose-gc'] })
const [{ url, grpc }] = await once(server, 'message') as [{ url: string, grpc: Record<Target, string> }]
let exited = false
server.once('exit', () => { exited = true })
const pool = new Pool(url, { connections: batch * 2, headersTimeout: patience, bodyTimeout: patience })
const callers = { open: new Caller(grpc.open, patience, listening), secure: new Caller(grpc.secure, patience, listening) }

const counts = new Map<string, number>()
const known: string[] = []
let warm: number | undefined
let failure: string | undefined

try {
  await fc.assert(fc.asyncProperty(fc.array(fc.oneof(fuzzedRequest, fuzzedCall), { minLength: batch, maxLength: batch }), async requests => {
    const wrong = (await Promise.all(requests.map(fuzzed => fuzzed.binding === 'GRPC' ? judgeCall(fuzzed) : judge(fuzzed)))).find(text => text !== undefined)
    if (exited) throw new Error('the server has died')
    if (wrong !== undefined) {
      failure = wrong
      throw new Error('an answer was wrong')
    }
    if (warm === undefined && total() > 4_000) warm = (await stateOf()).heap
  }), { seed, numRuns: 2 ** 31 - 1, interruptAfterTimeLimit: seconds * 1000, markInterruptAsFailure: false, endOnFailure: true })
  const { heap, internal } = await stateOf()
  say(`fuzz: ${total()} requests in ${seconds} s, seed ${seed}`)
  for (const [name, count] of [...counts].sort()) say(`  ${name}: ${count}`)
  say(`  heap after warming up ${MiB(warm ?? heap)} MiB, at the end ${MiB(heap)} MiB`)
  for (const stack of internal) say(`  internal: ${stack}`)
  if (internal.length > 0) throw new Error('the server had internal errors')
  if (heap > (warm ?? heap) + allowance) throw new Error('memory has grown')
} catch (error) {
  say(`fuzz: seed ${seed}, after ${total()} requests`)
  // What fast-check says of it is the whole batch, if it can: the request that went wrong says more.
  const cause = error instanceof Error ? error.cause : undefined
  say((failure ?? (cause instanceof Error ? cause.message : String(error))).slice(0, 20_000))
  process.exitCode = 1
} finally {
  for (const caller of Object.values(callers)) caller.close()
  await pool.destroy()
  server.kill('SIGKILL')
}

async function judge (fuzzed: Fuzzed): Promise<string | undefined> {
  const { binding, version, wire } = fuzzed
  try {
    const answer = await send(wire)
    const isStream = answer.type.startsWith('text/event-stream')
    const code = binding === 'JSONRPC' ? /"error":\{"code":(-\d+)/.exec(answer.text)?.[1] : undefined
    count(`${binding} ${version}: ${answer.status}${isStream ? ' stream' : ''}${code === undefined ? '' : ` ${code}`}`)
    learn(answer.text)
    const wrong = wrongWith(fuzzed, answer)
    return wrong === undefined ? undefined : `${wrong}\n${JSON.stringify(fuzzed)}\n${answer.text.slice(0, 2000)}`
  } catch (error) {
    return `no answer (${error instanceof Error ? error.message : String(error)})\n${JSON.stringify(fuzzed)}`
  }
}

async function judgeCall (call: FuzzedCall): Promise<string | undefined> {
  const { version, target, wire } = call
  const body = bodyOf(call, known[Math.floor(known.length / 2)] ?? 'none')
  try {
    const answer = await callers[target].call(wire.path, wire.headers, body)
    const kind = answer.type === '' ? 'nothing' : answer.type.replace('application/', '')
    count(`${kind} ${version}: ${answer.status}${answer.code === undefined ? '' : ` ${answer.code}`}`)
    const wrong = wrongWithCall(call, answer)
    return wrong === undefined ? undefined : `${wrong}\n${JSON.stringify(call)}\n${body.toString('hex')}\n${answer.text.slice(0, 2000)}`
  } catch (error) {
    return `no answer (${error instanceof Error ? error.message : String(error)})\n${JSON.stringify(call)}\n${body.toString('hex')}`
  }
}

async function send ({ method, path, headers, body }: Fuzzed['wire']): Promise<Answer> {
  const id = known[Math.floor(known.length / 2)] ?? 'none'
  const response = await pool.request({
    method: method as 'GET', path: path.replaceAll('$known', id), headers, ...body !== undefined && { body: Buffer.from(body.replaceAll('$known', id)) }
  })
  const type = String(response.headers['content-type'] ?? '')
  const text = type.startsWith('text/event-stream') ? await listen(response.body) : await response.body.text()
  return { status: response.statusCode, type, text, retryAfter: response.headers['retry-after']?.toString() }
}

/** What comes for a while: some streams go on for as long as their task does. */
async function listen (body: AsyncIterable<Uint8Array> & { destroy (): unknown, on (event: 'error', listener: () => void): unknown }): Promise<string> {
  body.on('error', () => {})
  const chunks: Uint8Array[] = []
  const enough = setTimeout(() => body.destroy(), listening)
  try {
    for await (const chunk of body) chunks.push(chunk)
  } catch {
    // We have ended it.
  }
  clearTimeout(enough)
  return Buffer.concat(chunks).toString()
}

/** Ids of tasks that there are: later requests name them. */
function learn (text: string): void {
  const id = /"id":"([0-9a-f-]{36})"/.exec(text)?.[1]
  if (id !== undefined && known.push(id) > 50) known.shift()
}

async function stateOf (): Promise<{ heap: number, internal: string[] }> {
  server.send('state')
  const [state] = await once(server, 'message') as [{ heap: number, internal: string[] }]
  return state
}

function count (name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

function total (): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0)
}

function MiB (bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1)
}

function say (text: string): void {
  process.stdout.write(`${text}\n`)
}
