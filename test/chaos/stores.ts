import { launchPostgres } from '../helpers/postgres.ts'

/** A store's server of this run's own. */
export type StoreServer = {
  readonly url: string
  start (): Promise<void>
  stop (signal: NodeJS.Signals): Promise<void>
  /** Stops it, and leaves nothing behind. */
  end (): Promise<void>
}

export async function launchStore (name: string): Promise<StoreServer> {
  if (name !== 'postgres') throw new Error(`there is no store ${name} here: postgres`)
  const server = await launchPostgres()
  if (server === undefined) throw new Error('PostgreSQL is missing')
  return { ...server, url: server.connectionString }
}
