/** Data sets: JSON files with one row a line, so that the differences of two versions can be read. */
import { readFileSync } from 'node:fs'

/** @param file made by a script of this repository: its rows are taken to be what they should be */
export function readRows<T> (file: URL): T[] {
  return JSON.parse(readFileSync(file, 'utf8'))
}

export function serialize (rows: readonly object[]): string {
  return `[\n${rows.map(row => `  ${JSON.stringify(row)}`).join(',\n')}\n]\n`
}
