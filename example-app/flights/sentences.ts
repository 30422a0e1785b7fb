/** What a sentence says of places, dates, prices, flights and people. English, and forgiving. */
import { readDate } from '../shared/dates.ts'
import { airports } from './network.ts'
import { timesOfDay, type TimeOfDay } from './offers.ts'

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
