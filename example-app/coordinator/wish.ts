/** What a traveller wishes for, read from free text by its words. */
import { addDays, today } from '../shared/clock.ts'
import { stringOf, type Said } from '../shared/conversation.ts'
import { readDate, validDate } from '../shared/dates.ts'
import { readHalf, type Half } from '../shared/round-trip.ts'
import { interestsIn } from './interests.ts'

export type Wish = {
  origin: string
  destination: string
  /** `YYYY-MM-DD` */
  starts: string
  days: number
  travellers: number
  /** In EUR, for all travellers. */
  budget: number
  interests: string[]
  /** When to leave; undefined where nothing was said. */
  timeOfDay?: Half
}

/** Where there is something to do, and somewhere to sleep. */
export const destinations = ['Tokyo', 'Paris', 'Rome', 'London', 'Barcelona', 'Lisbon', 'Vienna', 'Istanbul', 'New York', 'Singapore', 'Seoul', 'Bangkok']

const numbers = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve', 'thirteen', 'fourteen']
const number = `(\\d{1,3}|${numbers.slice(1).join('|')})`
const numberOrA = number.replace(')', '|an?)')
const people = '(?:people|persons|travell?ers|adults|friends|guests|of us)'
const notPlaces = /^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun)[a-z]*$/i

/** Of what was said twice, the latest. Data, as forms give it, counts as text does. */
export function readWish (conversation: readonly Said[]): Partial<Wish> {
  return conversation.reduce<Partial<Wish>>((wish, { text, data }) => ({ ...wish, ...fromText(text), ...fromData(data) }), {})
}

/** What nobody has said is taken for granted where that does no harm. */
export function withDefaults (wish: Partial<Wish>): Partial<Wish> {
  return { origin: process.env.HOME_CITY || 'Berlin', starts: addDays(today(), 30), travellers: 1, interests: [], ...wish }
}

function fromText (text: string): Partial<Wish> {
  const interests = interestsIn(text)
  return given({
    origin: originIn(text),
    destination: destinations.findLast(city => new RegExp(`(?<!from )\\b${city}\\b`, 'i').test(text)),
    starts: readDate(text),
    days: daysIn(text),
    travellers: travellersIn(text),
    budget: budgetIn(text),
    interests: interests.length > 0 ? interests : undefined,
    timeOfDay: readHalf(text)
  })
}

function fromData (data: Record<string, unknown>): Partial<Wish> {
  const count = (field: string, max: number) => {
    const value = data[field]
    return typeof value === 'number' && value >= 1 && value <= max ? value : undefined
  }
  const starts = stringOf(data, 'starts')
  return given({
    origin: stringOf(data, 'origin'),
    destination: destinations.find(city => city.toLowerCase() === stringOf(data, 'destination')?.toLowerCase()),
    starts: starts === undefined ? undefined : validDate(starts),
    days: whole(count('days', 30)),
    travellers: whole(count('travellers', 20)),
    budget: count('budget', 10_000_000),
    interests: Array.isArray(data.interests) ? data.interests.filter(interest => typeof interest === 'string') : undefined,
    timeOfDay: readHalf(stringOf(data, 'timeOfDay') ?? '')
  })
}

function originIn (text: string): string | undefined {
  const found = /\b[Ff]rom ((?:New |San |Los |Hong |Mexico |Sao )?\p{Lu}\p{L}+)/u.exec(text)?.[1]
  return found === undefined || notPlaces.test(found) ? undefined : found
}

/** Nights are one fewer than days. */
function daysIn (text: string): number | undefined {
  const [, count = '', unit = ''] = new RegExp(`\\b${numberOrA}[ -](days?|nights?|weeks?)\\b`, 'i').exec(text) ?? []
  const value = toNumber(count)
  if (value === undefined) return /\bweekend\b/i.test(text) ? 3 : undefined
  return /week/i.test(unit) ? value * 7 : /night/i.test(unit) ? value + 1 : value
}

function travellersIn (text: string): number | undefined {
  if (/\b(?:my (?:wife|husband|partner|girlfriend|boyfriend) and (?:I|me)|me and my \w+|(?:the )?two of us|as a couple|honeymoon)\b/i.test(text)) return 2
  if (/\b(?:alone|solo|just me|by myself)\b/i.test(text)) return 1
  const patterns = [`\\b${number} ${people}`, `\\b(?:for|family of|group of) ${number}\\b(?!\\s*(?:days?|nights?|weeks?|hours?|EUR|euros?|[€.,]?\\d))`]
  const count = patterns.map(pattern => new RegExp(pattern, 'i').exec(text)?.[1]).find(found => found !== undefined)
  return toNumber(count ?? '')
}

/** An amount beside a sign of euros, or beside a word that means money. Other currencies are not understood. */
function budgetIn (text: string): number | undefined {
  const amount = '(\\d{1,3}(?:[.,\' ]\\d{3})+|\\d+)(?:[.,]\\d{1,2})?\\s*(k\\b)?'
  const patterns = [
    `(?:€|\\bEUR|\\beuros?)\\s*${amount}`,
    `${amount}\\s*(?:€|EUR\\b|euros?\\b)`,
    `\\b(?:budget(?: of| is|:)?|under|below|less than|up to|at most|max(?:imum)?(?: of)?|no more than|spend)\\s*(?:about |around )?${amount}(?!\\s*(?:days?|nights?|weeks?|people|of us))`,
    `^\\s*${amount}\\s*$`
  ]
  const match = patterns.map(pattern => new RegExp(pattern, 'i').exec(text)).find(found => found !== null)
  if (match === null || match === undefined) return undefined
  const value = Number(match[1]?.replace(/\D/g, '')) * (match[2] === undefined ? 1 : 1000)
  return value >= 1 ? value : undefined
}

function toNumber (word: string): number | undefined {
  if (/^\d+$/.test(word)) return Number(word)
  if (/^an?$/i.test(word)) return 1
  const index = numbers.indexOf(word.toLowerCase())
  return index < 1 ? undefined : index
}

function whole (value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value)
}

/** Without what is undefined. */
function given<T extends object> (fields: T): Partial<T> {
  // Leaving entries out of a T gives a part of a T.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>
}
