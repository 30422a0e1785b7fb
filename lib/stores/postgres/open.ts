import type { PGlite } from '@electric-sql/pglite'
import type { Pool } from 'pg'
import { MisuseError } from '../../agent/errors.ts'
import type { TaskStore } from '../../task/store.ts'
import { migrate } from './migrations.ts'
import { pgliteSql } from './pglite.ts'
import { poolSql } from './pool.ts'
import type { Sql } from './sql.ts'
import { toStoreError } from './sql.ts'
import { PostgresStore, type PostgresStoreOptions } from './store.ts'

/** Which database: one of the three. */
export type PostgresTarget = {
  /** A server. */
  connectionString?: string
  /** A pool of `pg` that is there already, as of `@fastify/postgres`. It stays open when the store closes. */
  pool?: Pool
  /** PostgreSQL in this process: a folder, or `memory://`; or a database that is there already, which stays open. */
  pglite?: string | PGlite
}

export type OpenPostgresOptions = PostgresStoreOptions & PostgresTarget & {
  /** Connections at most, of a pool that is made here. Default: 10. */
  maxConnections?: number
  /** Whether the schema is made, and brought up to date, at start. Default: true; else run `migratePostgres` before. */
  migrate?: boolean
}

/**
 * Opens a task store in PostgreSQL.
 * @throws MisuseError when the options are wrong, or the database driver is not installed
 * @throws StoreUnavailableError when the database can't be reached
 */
export async function openPostgresStore ({ migrate: migrates = true, ...options }: OpenPostgresOptions): Promise<TaskStore> {
  const sql = await connect(options)
  try {
    if (migrates) await sql.script(migrate(schemaOf(options)))
  } catch (error) {
    await sql.close()
    throw toStoreError(error)
  }
  const { connectionString, pool, pglite, maxConnections, ...rest } = options
  return new PostgresStore(sql, rest)
}

/** Makes the schema, or brings it up to date. Safe while servers run and while others do the same. */
export async function migratePostgres (options: PostgresTarget & { schema?: string }): Promise<void> {
  const sql = await connect(options)
  try {
    await sql.script(migrate(schemaOf(options)))
  } catch (error) {
    throw toStoreError(error)
  } finally {
    await sql.close()
  }
}

function schemaOf ({ schema = 'a2a' }: { schema?: string }): string {
  if (/^[a-z_][a-z0-9_]{0,40}$/.test(schema)) return schema
  throw new MisuseError('A2A_ERR_OPTIONS', 'postgresStore options: schema must be a lower-case name of at most 41 letters, digits and _')
}

async function connect ({ connectionString, pool, pglite, maxConnections = 10, ...options }: PostgresTarget & { maxConnections?: number, schema?: string }): Promise<Sql> {
  schemaOf(options)
  const given = [connectionString, pool, pglite].filter(target => target !== undefined)
  if (given.length !== 1) throw new MisuseError('A2A_ERR_OPTIONS', 'postgresStore options: exactly one of connectionString, pool and pglite must be given')
  if (pool !== undefined) return poolSql(pool, false)
  if (pglite !== undefined && typeof pglite !== 'string') return pgliteSql(pglite, false)
  if (pglite !== undefined) {
    const { PGlite } = await installed('@electric-sql/pglite', () => import('@electric-sql/pglite'))
    return pgliteSql(await PGlite.create(pglite), true)
  }
  const { default: { Pool } } = await installed('pg', () => import('pg'))
  return poolSql(new Pool({ connectionString, max: maxConnections, connectionTimeoutMillis: 10_000 }), true)
}

async function installed<T> (name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    throw new MisuseError('A2A_ERR_OPTIONS', `postgresStore needs the package ${name}: npm install ${name}`, { cause })
  }
}
