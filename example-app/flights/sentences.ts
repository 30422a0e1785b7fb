/** What a sentence says of places, dates, prices, flights and people. English, and forgiving. */
import { addDays, today, weekday } from './clock.ts'
import { airports } from './network.ts'
import { timesOfDay, type TimeOfDay } from './offers.ts'

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']

const month = `(${months.join('|')})[a-z]*\\.?`
const year = '(?:,?\\s+(\\d{4}))?'
const dayMonth = new RegExp(`\\b(\\d{1,2})(?:st|nd|rd|th|\\.)?\\s+(?:of\\s+)?${month}${year}`, 'i')
const monthDay = new RegExp(`\\b${month}\\s+(\\d{1,2})(?:st|nd|rd|th)?\\b${year}`, 'i')

const cities = [...new Set(airports.map(({ city }) => city))]
const cityNames = new RegExp(`\\b(${cities.join('|')})\\b`, 'gi')
const airportCodes = new RegExp(`\\b(${airports.map(({ code }) => code).join('|')})\\b`, 'g')

export type Places = { from?: string, to?: string, /** One that is named without "from" or "to". */ other?: string }

export function readPlaces (sentence: string): Places {
  const text = sentence.normalize('NFD').replace(/\p{M}/gu, '')
  const places: Places = {}
  const others: string[] = []
  const named = [...text.matchAll(cityNames), ...text.matchAll(airportCodes)].sort((a, b) => a.index - b.index)
  for (const { 0: name, index } of named) {
    const before = text.slice(0, index)
    if (/\b(from|leaving)\s+$/i.test(before)) places.from = properName(name)
    else if (/(\b(to|for|into)\s+|->\s*|→\s*)$/i.test(before)) places.to = properName(name)
    else others.push(properName(name))
  }
  // "Berlin to Tokyo" and "Berlin - Tokyo"
  if (places.from === undefined && (places.to !== undefined || others.length > 1) && others.length > 0) places.from = others.shift()
  if (places.to === undefined && places.from !== undefined && others.length > 0) places.to = others.shift()
  if (others[0] !== undefined) places.other = others[0]
  return places
}

function properName (name: string): string {
  return cities.find(city => city.toLowerCase() === name.toLowerCase()) ?? name
}

/** `YYYY-MM-DD`; a day without a year is the next one of its kind. */
export function readDate (sentence: string, now = today()): string | undefined {
  const iso = /\b\d{4}-\d\d-\d\d\b/.exec(sentence)?.[0]
  if (iso !== undefined) return validDate(iso)
  const [, day, name, inYear] = dayMonth.exec(sentence) ?? reordered(monthDay.exec(sentence)) ?? []
  if (day !== undefined && name !== undefined) return calendarDay(Number(day), months.indexOf(name.toLowerCase()) + 1, inYear, now)
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

export function readTimeOfDay (sentence: string): TimeOfDay | undefined {
  return timesOfDay.find(name => new RegExp(`\\b${name}\\b`, 'i').test(sentence))
}

export function readMaxPrice (sentence: string): number | undefined {
  const amount = /\b(?:under|below|less than|up to|at most|max(?:imum)?)\s*(?:€|EUR)?\s*(\d[\d,]*)/i.exec(sentence)?.[1]
  return amount === undefined ? undefined : Number(amount.replaceAll(',', ''))
}

export function readNonstop (sentence: string): true | undefined {
  return /\b(non-?stop|direct)\b/i.test(sentence) || undefined
}

const flightNumbers = /\b[A-Z]{2}\d{3}(?:\+[A-Z]{2}\d{3})?\b/

/** Of an id as it is, and of flight numbers beside a date. */
export function readOfferId (sentence: string): string | undefined {
  const numbers = flightNumbers.exec(sentence)?.[0]
  const date = readDate(sentence)
  return numbers === undefined || date === undefined ? undefined : `${numbers}@${date}`
}

/** Locators have no vowels, words have. */
export function readLocator (sentence: string): string | undefined {
  return /\b[B-DF-HJ-NP-TV-XZ2-9]{6}\b/.exec(sentence)?.[0]
}

const passportNumber = /\bpassport(?:\s+(?:number|no\.?))?(?:\s+is)?[:\s]+([\w-]+)/i
const looksLikePassport = /\b(?=[A-Z]*\d)[A-Z0-9]{6,9}\b/
const fullName = /\p{Lu}[\p{L}'’.-]+(?:\s+(?:van|von|der|de|da|del|\p{Lu}[\p{L}'’.-]*))+/u

/** "Ada Lovelace, passport C01X00T47", or one of the two. */
export function readPassenger (sentence: string): { name?: string, passportNumber?: string } {
  const text = sentence.replace(/\S*@\S*/g, '').replace(flightNumbers, '')
  const passport = passportNumber.exec(text)?.[1] ?? looksLikePassport.exec(text)?.[0]
  const name = fullName.exec(text.replace(passportNumber, '').replace(looksLikePassport, ''))?.[0]
  return { ...name !== undefined && { name }, ...passport !== undefined && { passportNumber: passport.toUpperCase() } }
}

function twoDigits (value: number): string {
  return String(value).padStart(2, '0')
}
