/** The compose file of docs/scaling.md, without containers: its nginx.conf in front of three servers on one Redis. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { root } from '../example/process.ts'
import { freePort } from '../helpers/postgres.ts'
import { startRedis } from '../helpers/redis.ts'
import { startReplica } from '../helpers/replicas.ts'
import { message } from '../helpers/rpc.ts'
import { requireService } from '../helpers/service.ts'
import { openStream, responseOf } from '../helpers/sse.ts'
import { until } from '../helpers/wait.ts'
import { extractSnippets } from './extract.ts'

t.setTimeout(120_000)

type Service = { environment?: Record<string, string>, command?: string, volumes?: string[] }

const snippet = (kind: string) => extractSnippets(root).find(snippet => snippet.doc === 'docs/scaling.md' && snippet.kind === kind)?.code ?? ''
const services: Record<string, Service> = parse(snippet('yaml compose'), { merge: true }).services
const agents = Object.keys(services).filter(name => name.startsWith('agent-'))

t.test('the compose file and nginx.conf speak of the same servers', async t => {
  const { nginx, redis, ...rest } = services
  t.strictSame(Object.keys(rest), agents)
  t.strictSame([...snippet('nginx').matchAll(/server (agent-\d):3000/g)].map(([, name]) => name), agents)
  t.match(nginx, { volumes: [/^\.\/nginx\.conf:/] })
  t.match(redis, { command: /--appendonly yes --appendfsync always .*noeviction/ })
  for (const name of agents) t.match(services[name], { environment: { REDIS_URL: 'redis://redis:6379' } })
})

t.test('three servers behind nginx: streams flow, and a server may die', async t => {
  const isThere = await promisify(execFile)('nginx', ['-v']).then(() => true, () => false)
  if (!requireService(t, 'nginx', isThere)) return
  const redis = await startRedis(t)
  if (redis === undefined) return
  const replicas = await Promise.all(agents.map(() => startReplica(t, redis.url, 'retry')))
  const base = await startNginx(t, new Map(agents.map((name, index) => [`${name}:3000`, new URL(replicas[index]?.url ?? '').host])))

  const card = await (await fetch(`${base}/.well-known/agent-card.json`)).json() as { supportedInterfaces: Array<{ url: string }> }
  t.equal(card.supportedInterfaces[0]?.url, `${base}/a2a`, 'the card has the URL that clients see')

  const streams = await Promise.all(agents.map(() => openStream(`${base}/a2a`, { method: 'SendStreamingMessage', params: { message: message('count 100') } })))
  await Promise.all(streams.map(stream => stream.until(({ data }) => data.includes('"10 "'))))
  t.ok(streams.every(({ events }) => events.length < 100), 'events come as they are written')

  await replicas[0]?.kill('SIGKILL')
  for (const stream of streams) {
    const first = responseOf(stream.events[0])
    const id = 'task' in first ? first.task.id : ''
    let last = stream
    let seen = stream
    while (!isOver(last.events.at(-1)?.data)) {
      await last.ended
      if (isOver(last.events.at(-1)?.data)) break
      seen = last.events.length > 0 ? last : seen
      last = await openStream(`${base}/a2a`, { method: 'SubscribeToTask', params: { id }, headers: { 'last-event-id': seen.events.at(-1)?.id ?? '' } })
    }
    const { artifacts } = await (await fetch(`${base}/a2a/tasks/${id}`, { headers: { 'a2a-version': '1.0' } })).json() as { artifacts: Array<{ parts: Array<{ text: string }> }> }
    t.equal(artifacts[0]?.parts.map(({ text }) => text).join(''), Array.from({ length: 100 }, (_, i) => `${i + 1} `).join(''))
  }
})

function isOver (data: string | undefined): boolean {
  return data !== undefined && /TASK_STATE_COMPLETED/.test(data)
}

/** @param hosts what stands for the names of the file @returns the URL */
async function startNginx (t: Test, hosts: ReadonlyMap<string, string>): Promise<string> {
  const port = await freePort()
  const dir = t.testdir({ logs: {} })
  let text = snippet('nginx').replace('listen 80', `listen 127.0.0.1:${port}`)
  for (const [name, host] of hosts) text = text.replace(name, host)
  const local = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path ${dir}/${name};`)
  writeFileSync(join(dir, 'nginx.conf'), text.replace('http {', `http {\naccess_log off;\n${local.join('\n')}`))
  const child = spawn('nginx', ['-p', dir, '-c', join(dir, 'nginx.conf'), '-e', join(dir, 'error.log'), '-g', `daemon off; pid ${dir}/nginx.pid;`], { stdio: 'inherit' })
  t.teardown(async () => {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
  })
  const base = `http://127.0.0.1:${port}`
  await until(() => fetch(base).then(() => true, () => false))
  return base
}
