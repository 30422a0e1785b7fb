import type { Client, Pool } from 'pg'
import type { Sql } from './sql.ts'

/** Between two attempts to listen again, in ms. */
const reconnectDelay = 500

/**
 * A PostgreSQL server behind a pool of `pg`.
 * @param isOwn whether the pool ends with the store
 */
export function poolSql (pool: Pool, isOwn: boolean): Sql {
  let closing: Promise<void> | undefined
  let listener: Client | undefined
  // A connection that breaks while it is idle is replaced by the next query.
  const onError = () => {}
  pool.on('error', onError)

  async function connect (channels: readonly string[], onNotification: (channel: string, payload: string) => void, onUp: () => void): Promise<void> {
    const { Client } = (await import('pg')).default
    const client = new Client({ ...pool.options, keepAlive: true })
    const lost = () => {
      if (listener !== client) return
      listener = undefined
      client.removeAllListeners('notification')
      client.end().catch(() => {})
      again()
    }
    const again = () => {
      if (closing !== undefined) return
      setTimeout(() => { connect(channels, onNotification, onUp).catch(again) }, reconnectDelay).unref()
    }
    client.on('error', lost).on('end', lost)
    client.on('notification', ({ channel, payload = '' }) => onNotification(channel, payload))
    await client.connect()
    for (const channel of channels) await client.query(`listen "${channel}"`)
    if (closing !== undefined) return await client.end()
    listener = client
    onUp()
  }

  async function close (): Promise<void> {
    const client = listener
    listener = undefined
    await client?.end().catch(() => {})
    pool.off('error', onError)
    if (isOwn) await pool.end()
  }

  return {
    query: async (text, values) => (await pool.query({ name: nameOf(text), text, values: [...values] })).rows,
    async script (text) {
      const client = await pool.connect()
      try {
        await client.query(`begin; ${text}; commit`)
      } catch (error) {
        await client.query('rollback').catch(() => {})
        throw error
      } finally {
        client.release()
      }
    },
    listen: connect,
    async close () {
      closing ??= close()
      await closing
    }
  }
}

const names = new Map<string, string>()

/** Statements are prepared once for each connection. */
function nameOf (text: string): string {
  let name = names.get(text)
  if (name === undefined) {
    name = `a2a_${names.size}`
    names.set(text, name)
  }
  return name
}
