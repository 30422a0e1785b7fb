import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { requireService } from './service.ts'

const run = promisify(execFile)
const versions = '/usr/lib/postgresql'
/** PostgreSQL refuses to run as root: then it runs as nobody. */
const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}

/** A PostgreSQL server of a test's own, on a free port, from the installed binaries. */
export type PostgresServer = {
  readonly connectionString: string
  start (): Promise<void>
  /** @param signal SIGINT ends all sessions and stops; SIGKILL is a crash */
  stop (signal?: NodeJS.Signals): Promise<void>
}

/** Starts a server, which ends with the test; undefined where there is none to start. */
export async function startPostgres (t: Test): Promise<PostgresServer | undefined> {
  const server = await launchPostgres()
  if (!requireService(t, 'PostgreSQL', server !== undefined) || server === undefined) return undefined
  t.teardown(server.end)
  return server
}

/** Starts a server that runs until it is ended; undefined where there is none to start. */
export async function launchPostgres (): Promise<PostgresServer & { end (): Promise<void> } | undefined> {
  const bin = binaries()
  if (bin === undefined) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'a2a-postgres-'))
  if (nobody.uid !== undefined) chownSync(folder, nobody.uid, nobody.gid)
  const data = join(folder, 'data')
  await run(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C'], { ...nobody, cwd: folder })
  const port = await freePort()
  let child: ChildProcess | undefined

  const server: PostgresServer = {
    connectionString: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async start () {
      child = spawn(join(bin, 'postgres'), ['-D', data, '-k', folder, '-p', String(port), '-c', 'listen_addresses=127.0.0.1'], { ...nobody, cwd: folder, stdio: 'ignore' })
      for (let tries = 0; tries < 100; tries++) {
        const ready = await run(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)]).then(() => true, () => false)
        if (ready) return
        await new Promise(resolve => setTimeout(resolve, 100))
      }
      throw new Error('PostgreSQL did not start')
    },
    async stop (signal = 'SIGINT') {
      const running = child
      child = undefined
      if (running === undefined || running.exitCode !== null) return
      const ended = once(running, 'exit')
      running.kill(signal)
      await ended
    }
  }
  await server.start()
  return {
    ...server,
    async end () {
      await server.stop('SIGQUIT')
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    }
  }
}

function binaries (): string | undefined {
  if (!existsSync(versions)) return undefined
  const newest = readdirSync(versions).sort((a, b) => Number(b) - Number(a))[0]
  const bin = newest === undefined ? undefined : join(versions, newest, 'bin')
  return bin !== undefined && existsSync(join(bin, 'initdb')) ? bin : undefined
}

export async function freePort (): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  server.close()
  await once(server, 'close')
  return port
}
