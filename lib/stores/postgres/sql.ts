import { StoreUnavailableError } from '../../task/store-errors.ts'

export type Value = string | number | boolean | null | readonly string[]
export type Row = Record<string, unknown>

/** A database that speaks PostgreSQL's SQL: a server behind a pool, or PGlite in this process. */
export interface Sql {
  query (text: string, values: readonly Value[]): Promise<Row[]>
  /** Runs several statements as one transaction. */
  script (text: string): Promise<void>
  /**
   * Listens to channels until it is closed, also again after the connection was lost.
   * @param onUp called whenever it listens (again): what came before that may have been missed
   */
  listen (channels: readonly string[], onNotification: (channel: string, payload: string) => void, onUp: () => void): Promise<void>
  close (): Promise<void>
}

/** SQLSTATE classes and codes that say that the same statement may go through later. */
const retryable = /^(08|53|57P0|40001|40P01|25006)/
const network = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

/** What a driver throws, as the store's contract has it. */
export function toStoreError (error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const code = 'code' in error ? String(error.code) : ''
  const isLost = retryable.test(code) || network.has(code) ||
    /connection (terminated|timeout)|timeout exceeded when trying to connect|cannot use a pool after|is closed|not queryable/i.test(error.message)
  return isLost ? new StoreUnavailableError(error) : error
}
