import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { Redis } from 'ioredis'
import type { Test } from 'tap'
import { freePort } from './postgres.ts'
import { requireService } from './service.ts'

const binary = '/usr/bin/redis-server'

/** A Redis of a test's own, on a free port, from the installed binary; undefined where there is none to start. */
export async function startRedis (t: Test): Promise<{ port: number, stop (): Promise<void> } | undefined> {
  if (!requireService(t, 'Redis', existsSync(binary))) return undefined
  const port = await freePort()
  const child = spawn(binary, ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], { stdio: 'ignore' })
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  t.teardown(stop)
  const probe = new Redis({ port, host: '127.0.0.1', retryStrategy: () => 20, maxRetriesPerRequest: 200 })
  probe.on('error', () => {})
  await probe.ping()
  probe.disconnect()
  return { port, stop }
}
