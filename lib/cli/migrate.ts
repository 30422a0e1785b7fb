import { parseArgs } from 'node:util'
import { migratePostgres } from '../stores/postgres/open.ts'

export const usage = `fastify-a2a migrate [<url>] [options]

Makes the tables of the PostgreSQL store, or brings them up to date. Safe while servers run.

  <url>            of the database; or DATABASE_URL in the environment
  --schema <name>  where the tables are (a2a)
`

/** @returns the exit code: 0 when the tables are up to date, 2 for a wrong call @throws StoreUnavailableError */
export async function command (args: readonly string[], say: (text: string) => void): Promise<number> {
  const { values: { schema }, positionals: [connectionString = process.env.DATABASE_URL, ...more] } = parseArgs({
    args: [...args], allowPositionals: true, options: { schema: { type: 'string' } }
  })
  if (connectionString === undefined || more.length > 0) {
    say(usage)
    return 2
  }
  await migratePostgres({ connectionString, ...schema !== undefined && { schema } })
  say('the tables are up to date\n')
  return 0
}
