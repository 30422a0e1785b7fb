import type { PGlite } from '@electric-sql/pglite'
import type { Sql } from './sql.ts'

/** PostgreSQL in this process. @param isOwn whether the database ends with the store */
export function pgliteSql (database: PGlite, isOwn: boolean): Sql {
  const stops: Array<() => Promise<void>> = []
  return {
    query: async (text, values) => (await database.query<Record<string, unknown>>(text, [...values])).rows,
    script: async text => { await database.exec(`begin; ${text}; commit`) },
    async listen (channels, onNotification, onUp) {
      for (const channel of channels) stops.push(await database.listen(channel, payload => onNotification(channel, payload)))
      onUp()
    },
    async close () {
      if (database.closed) return
      for (const stop of stops.splice(0)) await stop()
      if (isOwn) await database.close()
    }
  }
}
