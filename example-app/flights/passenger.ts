import { readPassenger } from './sentences.ts'
import { stringOf, type Said } from '../shared/conversation.ts'

export type Passenger = { name: string, passportNumber: string }

/** The details that are right, and what is wrong with the others. */
export type PassengerDetails = { passenger: Partial<Passenger>, problems: string[] }

/** The latest word counts, also where it is wrong: then that detail is missing again. */
export function passengerIn (conversation: readonly Said[]): PassengerDetails {
  return conversation.reduce<PassengerDetails>(({ passenger }, { text, data }) => {
    const given = { ...passenger, ...readPassenger(text), ...named(data) }
    const { name, passportNumber } = given
    const nameIsWrong = name !== undefined && !isName(name)
    const passportIsWrong = passportNumber !== undefined && !isPassportNumber(passportNumber)
    return {
      passenger: {
        ...name !== undefined && !nameIsWrong && { name },
        ...passportNumber !== undefined && !passportIsWrong && { passportNumber }
      },
      problems: [
        ...nameIsWrong ? [`"${name}" is no full name: it takes a first and a last name`] : [],
        ...passportIsWrong ? [`"${passportNumber}" is no passport number: it has six to nine letters and digits, at least one of them a digit`] : []
      ]
    }
  }, { passenger: {}, problems: [] })
}

/** Undefined as long as something is missing. */
export function completePassenger ({ name, passportNumber }: Partial<Passenger>): Passenger | undefined {
  return name === undefined || passportNumber === undefined ? undefined : { name, passportNumber }
}

export function isName (text: string): boolean {
  return /^\p{L}[\p{L}'’.-]*(\s+\p{L}[\p{L}'’.-]*)+$/u.test(text)
}

/** ICAO 9303: up to nine letters and digits. */
export function isPassportNumber (text: string): boolean {
  return /^(?=.*\d)[A-Z0-9]{6,9}$/.test(text)
}

function named (data: Record<string, unknown>): Partial<Passenger> {
  const name = stringOf(data, 'name')
  const passportNumber = stringOf(data, 'passportNumber')?.replace(/[\s-]/g, '').toUpperCase()
  return { ...name !== undefined && { name }, ...passportNumber !== undefined && { passportNumber } }
}
