import type { TObject } from 'typebox'
import { snakeCase } from '../../lib/protocol/normalize.ts'

/** Takes from a query what a request knows; values get the type that it wants where they can be read so. */
export type QueryReader = (query: unknown) => Record<string, unknown>

/**
 * Query parameters are text (A2A 1.0 §11.5). What can't be read as the type of its field stays what it was, and so does a
 * parameter that is there twice: the validator of the request says what is wrong.
 * @param schema of the request
 */
export function queryReader ({ properties }: TObject): QueryReader {
  const fields = Object.entries<{ type?: string }>(properties).flatMap(([name, { type }]) => {
    const read = readers[type ?? ''] ?? same
    // The validator knows fields by the names of the proto, too.
    return [name, snakeCase(name)].map(name => ({ name, read }))
  })
  return query => {
    const request: Record<string, unknown> = {}
    if (typeof query !== 'object' || query === null) return request
    const given: Record<string, unknown> = { ...query }
    for (const { name, read } of fields) {
      if (given[name] !== undefined) request[name] = read(given[name])
    }
    return request
  }
}

const readers: Readonly<Record<string, (value: unknown) => unknown>> = {
  integer: value => typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value,
  boolean: value => value === 'true' ? true : value === 'false' ? false : value
}

function same (value: unknown): unknown {
  return value
}
