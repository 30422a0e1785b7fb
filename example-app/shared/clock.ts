/** Local times at airports. Dates are `YYYY-MM-DD`, times `HH:MM`, instants are in ms since the epoch. */

const minute = 60_000
const formats = new Map<string, Intl.DateTimeFormat>()

/** The instant at which the clocks of a time zone show this. */
export function instantOf (date: string, time: string, timeZone: string): number {
  const asIfUtc = Date.parse(`${date}T${time}Z`)
  const guess = asIfUtc - offsetAt(asIfUtc, timeZone) * minute
  return asIfUtc - offsetAt(guess, timeZone) * minute
}

/** `2027-03-12T10:35+01:00` */
export function localTime (instant: number, timeZone: string): string {
  const offset = offsetAt(instant, timeZone)
  const sign = offset < 0 ? '-' : '+'
  const clock = new Date(instant + offset * minute).toISOString().slice(0, 16)
  return `${clock}${sign}${twoDigits(Math.floor(Math.abs(offset) / 60))}:${twoDigits(Math.abs(offset) % 60)}`
}

/** 1 for Monday to 7 for Sunday. */
export function weekday (date: string): number {
  return new Date(`${date}T00:00Z`).getUTCDay() || 7
}

export function addDays (date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00Z`) + days * 24 * 60 * minute).toISOString().slice(0, 10)
}

export function today (): string {
  return new Date().toISOString().slice(0, 10)
}

/** In minutes, positive to the east. */
function offsetAt (instant: number, timeZone: string): number {
  let format = formats.get(timeZone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
    formats.set(timeZone, format)
  }
  const name = format.formatToParts(instant).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const [, sign = '+', hours = '0', minutes = '0'] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? []
  return (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1)
}

function twoDigits (value: number): string {
  return String(value).padStart(2, '0')
}
