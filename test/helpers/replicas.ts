import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Test } from 'tap'
import { StoreUnavailableError } from '../../lib/task/store-errors.ts'
import type { TaskStore } from '../../lib/task/store.ts'
import { openPostgresStore } from '../../plugins/postgres-store.ts'
import { openRedisStore } from '../../plugins/redis-store.ts'
import { gate } from './wait.ts'

/** A connection to a store that can be cut: calls then never come back, or fail. Closing it does not close the store. */
export function severable (inner: TaskStore): { store: TaskStore, cut (how?: 'silent' | 'unavailable'): void, mend (): void } {
  let state: 'whole' | 'silent' | 'unavailable' = 'whole'
  let mended = gate()
  const pass = async () => {
    if (state === 'unavailable') throw new StoreUnavailableError()
    if (state === 'silent') await mended.opened
  }
  const store = new Proxy(inner, {
    get (target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      if (name === 'close') return async () => {}
      if (name === 'read' || name === 'watch') {
        return async function * (...args: unknown[]) {
          await pass()
          for await (const item of value.apply(target, args)) {
            await pass()
            yield item
          }
        }
      }
      return async (...args: unknown[]) => {
        await pass()
        return value.apply(target, args)
      }
    }
  })
  return {
    store,
    cut: (how = 'silent') => {
      mended = gate()
      state = how
    },
    mend: () => {
      state = 'whole'
      mended.open()
    }
  }
}

/** @param url of the database */
export async function openStore (url: string): Promise<TaskStore> {
  return await (url.startsWith('redis:') ? openRedisStore({ url }) : openPostgresStore({ connectionString: url }))
}

export type Replica = {
  /** Of its JSON-RPC endpoint. */
  readonly url: string
  /** @returns when the process has ended */
  kill (signal: NodeJS.Signals): Promise<void>
}

/** A server in a process of its own; killed when the test is over, unless it has been before. */
export async function startReplica (t: Test, store: string, onCrash: 'fail' | 'retry'): Promise<Replica> {
  const child: ChildProcess = fork(new URL('replica.ts', import.meta.url), [store, onCrash], { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const ended = once(child, 'exit')
  const kill = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await ended
  }
  t.teardown(() => child.exitCode === null && child.signalCode === null ? kill('SIGKILL') : undefined)
  const [address] = await once(child, 'message') as [string]
  return { url: `${address}/a2a`, kill }
}
