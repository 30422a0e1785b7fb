import type { Result } from './rounds.ts'

/** One line of the table. */
export type Row = {
  what: string
  who?: string
  value: string
  /** What is asked for, and whether it is so. Absent where nothing is. */
  target?: { text: string, ok: boolean }
}

/** A rate on a core of its own, then what the clock says. */
export function rateRow (what: string, who: string, { rate, wallRate, busy }: Result): Row {
  return { what, who, value: `${perSecond(rate)}   (by the clock ${perSecond(wallRate)}, core ${Math.round(busy * 100)} %)` }
}

/** @param atLeast the target, if there is one */
export function ratioRow (what: string, who: string, value: number, atLeast?: number): Row {
  return { what, who, value: `× ${value.toFixed(2)}`, ...atLeast !== undefined && { target: { text: `at least ${atLeast.toLocaleString('en', { maximumSignificantDigits: 2 })}`, ok: value >= atLeast } } }
}

export function printRows (rows: readonly Row[]): void {
  const width = (of: (row: Row) => string) => Math.max(...rows.map(row => of(row).length))
  const what = width(row => row.what)
  const who = width(row => row.who ?? '')
  const value = width(row => row.value)
  for (const row of rows) {
    const target = row.target === undefined ? '' : `${row.target.ok ? 'ok   ' : 'below'}  ${row.target.text}`
    console.log(`${row.what.padEnd(what)}  ${(row.who ?? '').padEnd(who)}  ${row.value.padEnd(value)}  ${target}`.trimEnd())
  }
}

function perSecond (rate: number): string {
  return `${rate >= 100 ? Math.round(rate).toLocaleString('en') : rate.toFixed(1)}/s`
}
