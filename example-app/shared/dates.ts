/** What a sentence says of days. English, and forgiving. */
import { addDays, today, weekday } from './clock.ts'

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']

const month = `(${months.join('|')})[a-z]*\\.?`
const year = '(?:,?\\s+(\\d{4}))?'
const dayMonth = new RegExp(`\\b(\\d{1,2})(?:st|nd|rd|th|\\.)?\\s+(?:of\\s+)?${month}${year}`, 'i')
const monthDay = new RegExp(`\\b${month}\\s+(\\d{1,2})(?:st|nd|rd|th)?\\b${year}`, 'i')
const someDay = new RegExp(`\\b(?:in|during|(early|mid|late))[ -](?:in\\s+)?(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\b${year}`, 'i')
/** Which one is meant by a month, or a part of it. */
const dayOf: Readonly<Record<string, number>> = { early: 3, mid: 14, late: 22 }

/** `YYYY-MM-DD`; a day without a year is the next one of its kind, and a month without a day is one early in it. */
export function readDate (sentence: string, now = today()): string | undefined {
  const iso = /\b\d{4}-\d\d-\d\d\b/.exec(sentence)?.[0]
  if (iso !== undefined) return validDate(iso)
  const [, day, name, inYear] = dayMonth.exec(sentence) ?? reordered(monthDay.exec(sentence)) ?? []
  if (day !== undefined && name !== undefined) return calendarDay(Number(day), months.indexOf(name.toLowerCase()) + 1, inYear, now)
  const [, part = '', inMonth, ofYear] = someDay.exec(sentence) ?? []
  if (inMonth !== undefined) return calendarDay(dayOf[part.toLowerCase()] ?? 8, months.indexOf(inMonth.slice(0, 3).toLowerCase()) + 1, ofYear, now)
  if (/\btoday\b/i.test(sentence)) return now
  if (/\btomorrow\b/i.test(sentence)) return addDays(now, 1)
  const named = weekdays.findIndex(name => new RegExp(`\\b${name}\\b`, 'i').test(sentence)) + 1
  return named === 0 ? undefined : addDays(now, (named - weekday(now) + 6) % 7 + 1)
}

function reordered (match: RegExpExecArray | null): Array<string | undefined> | undefined {
  if (match === null) return undefined
  const [all, name, day, inYear] = match
  return [all, day, name, inYear]
}

function calendarDay (day: number, month: number, inYear: string | undefined, now: string): string | undefined {
  const inCalendar = (year: number) => validDate(`${year}-${twoDigits(month)}-${twoDigits(day)}`)
  if (inYear !== undefined) return inCalendar(Number(inYear))
  const thisYear = Number(now.slice(0, 4))
  const next = inCalendar(thisYear)
  return next !== undefined && next < now ? inCalendar(thisYear + 1) : next
}

export function validDate (date: string): string | undefined {
  const time = Date.parse(`${date}T00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date) ? date : undefined
}

function twoDigits (value: number): string {
  return String(value).padStart(2, '0')
}
