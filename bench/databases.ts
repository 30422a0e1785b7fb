import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launchPostgres } from '../test/helpers/postgres.ts'
import { launchRedis } from '../test/helpers/redis.ts'

/** Where tasks may be kept, as `BENCH_STORE` has it. */
export type Database = { readonly name: string, readonly store: string, remove (): void | Promise<void> }

/** Starts every database that this machine has. */
export async function startDatabases (): Promise<Database[]> {
  const folder = mkdtempSync(join(tmpdir(), 'a2a-bench-'))
  const databases: Database[] = [
    { name: 'memory', store: '', remove: () => {} },
    { name: 'PGlite, on disk', store: `pglite:${join(folder, 'data')}`, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) }
  ]
  const postgres = await launchPostgres()
  if (postgres !== undefined) databases.push({ name: 'PostgreSQL', store: postgres.connectionString, remove: () => postgres.end() })
  for (const appendfsync of ['everysec', 'always'] as const) {
    const redis = await launchRedis({ appendfsync })
    if (redis !== undefined) databases.push({ name: `Redis, ${appendfsync}`, store: redis.url, remove: () => redis.end() })
  }
  return databases
}
