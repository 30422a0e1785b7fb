import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import type { Test } from 'tap'
import { freePort } from './postgres.ts'
import { requireService } from './service.ts'

const run = promisify(execFile)

/** A Redis server of a test's own, on a free port, from the installed binary. */
export type RedisServer = {
  readonly port: number
  readonly url: string
  start (): Promise<void>
  /** @param signal SIGTERM stops it; SIGKILL is a crash */
  stop (signal?: NodeJS.Signals): Promise<void>
  /** Leaves it there but silent, as a network that swallows everything. */
  freeze (): void
  thaw (): void
  /** Kills it and removes what it has written. */
  end (): Promise<void>
}

export type RedisSettings = {
  /** Default: `always`. `no` is a server that keeps nothing. */
  appendfsync?: 'always' | 'everysec' | 'no'
  /** More arguments of `redis-server`. */
  args?: readonly string[]
}

/** Starts a server, which ends with the test; undefined where there is none to start. */
export async function startRedis (t: Test, settings?: RedisSettings): Promise<RedisServer | undefined> {
  const server = await launchRedis(settings)
  if (!requireService(t, 'Redis', server !== undefined) || server === undefined) return undefined
  t.teardown(() => server.end())
  return server
}

/** Starts a server that runs until it is ended; undefined where there is none to start. */
export async function launchRedis ({ appendfsync = 'always', args = [] }: RedisSettings = {}): Promise<RedisServer | undefined> {
  const isThere = await run('redis-server', ['--version']).then(() => true, () => false)
  if (!isThere) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'a2a-redis-'))
  const port = await freePort()
  const durability = appendfsync === 'no' ? ['--appendonly', 'no'] : ['--appendonly', 'yes', '--appendfsync', appendfsync]
  let child: ChildProcess | undefined

  const server: RedisServer = {
    port,
    url: `redis://127.0.0.1:${port}`,
    async start () {
      child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...durability, ...args], { stdio: 'ignore' })
      const client = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: null, retryStrategy: () => 20 })
      client.on('error', () => {})
      await client.ping()
      client.disconnect()
    },
    async stop (signal = 'SIGTERM') {
      const running = child
      child = undefined
      if (running === undefined || running.exitCode !== null) return
      const ended = once(running, 'exit')
      running.kill(signal)
      await ended
    },
    freeze: () => { child?.kill('SIGSTOP') },
    thaw: () => { child?.kill('SIGCONT') },
    async end () {
      await server.stop('SIGKILL')
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    }
  }
  await server.start()
  return server
}

/** Three servers that share the slots of a cluster; undefined where there are none to start. */
export async function startRedisCluster (t: Test): Promise<Array<{ host: string, port: number }> | undefined> {
  const ports: Array<{ port: number, bus: number }> = []
  for (let i = 0; i < 3; i++) {
    const bus = await freePort() // by default it is 10,000 above the other, where there may be none
    const server = await startRedis(t, { args: ['--cluster-enabled', 'yes', '--cluster-port', String(bus), '--cluster-node-timeout', '2000'] })
    if (server === undefined) return undefined
    ports.push({ port: server.port, bus })
  }
  const clients = ports.map(({ port }) => new Redis(port, '127.0.0.1'))
  const slots = [[0, 5460], [5461, 10_922], [10_923, 16_383]]
  for (const [i, client] of clients.entries()) {
    await client.call('CLUSTER', 'ADDSLOTSRANGE', ...slots[i] ?? [])
    for (const { port, bus } of ports) await client.call('CLUSTER', 'MEET', '127.0.0.1', port, bus)
  }
  for (const client of clients) {
    while (!/cluster_state:ok[^]*cluster_known_nodes:3/.test(String(await client.call('CLUSTER', 'INFO')))) await new Promise(resolve => setTimeout(resolve, 50))
    client.disconnect()
  }
  return ports.map(({ port }) => ({ host: '127.0.0.1', port }))
}
