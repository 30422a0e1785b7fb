import { launchPostgres } from '../helpers/postgres.ts'
import { launchRedis } from '../helpers/redis.ts'

/** A store's server of this run's own. */
export type StoreServer = {
  readonly url: string
  start (): Promise<void>
  stop (signal: NodeJS.Signals): Promise<void>
  /** Stops it, and leaves nothing behind. */
  end (): Promise<void>
}

export async function launchStore (name: string): Promise<StoreServer> {
  if (name === 'redis') return found(await launchRedis(), name)
  if (name !== 'postgres') throw new Error(`there is no store ${name} here: postgres and redis`)
  const server = found(await launchPostgres(), name)
  return { ...server, url: server.connectionString }
}

function found<T> (server: T | undefined, name: string): T {
  if (server === undefined) throw new Error(`${name} is missing`)
  return server
}
