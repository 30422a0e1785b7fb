/** The skill flight-search: asks for what is missing, then streams the offers as they are found. */
import type { TaskContext } from '../../../plugins/index.ts'
import { today } from '../../shared/clock.ts'
import { said, stringOf, type Said } from '../../shared/conversation.ts'
import { readDate, validDate } from '../../shared/dates.ts'
import { pace } from '../../shared/pace.ts'
import { airlines } from '../network.ts'
import { airportsOf, search, timesOfDay, type Criteria, type Offer } from '../offers.ts'
import { readMaxPrice, readNonstop, readPlaces, readTimeOfDay } from '../sentences.ts'

export default async function flightSearch (task: TaskContext) {
  const criteria = criteriaIn(said(task))
  const question = missing(criteria)
  if (question !== undefined) return await task.requireInput(question)

  // `missing` has seen to it that all three are there.
  const { from = '', to = '', date = '' } = criteria
  await task.working(`Asking ${airlines.length} airlines for flights from ${from} to ${to} on ${date}`)
  const artifact = task.artifactStream({ artifactId: 'offers', name: 'offers' })
  const found: Offer[] = []
  for await (const offer of search({ ...criteria, from, to, date }, { pace, signal: task.signal })) {
    found.push(offer)
    await artifact.write({ data: offer })
  }
  const [cheapest] = found.sort((a, b) => a.price.amount - b.price.amount)
  if (cheapest === undefined) return await task.complete(`No flights from ${from} to ${to} on ${date} that fit.`)
  await artifact.end(`${found.length} offers, the cheapest is ${cheapest.id} for ${cheapest.price.amount} ${cheapest.price.currency}.`)
}

/** Everything that the client has said so far; of what was said twice, the latest. */
function criteriaIn (conversation: readonly Said[]): Partial<Criteria> {
  return conversation.reduce<Partial<Criteria>>((criteria, { text, data }) => {
    const { other, ...places } = readPlaces(text)
    const next = {
      ...criteria,
      ...given({
        ...places,
        date: readDate(text),
        timeOfDay: readTimeOfDay(text),
        maxPrice: readMaxPrice(text),
        nonstop: readNonstop(text)
      }),
      ...fromData(data)
    }
    // An answer such as "Berlin" is about the place that was asked for.
    if (other !== undefined && next.from === undefined) next.from = other
    else if (other !== undefined && next.to === undefined) next.to = other
    return next
  }, {})
}

function fromData (data: Record<string, unknown>): Partial<Criteria> {
  const timeOfDay = timesOfDay.find(name => name === data.timeOfDay)
  return given({
    from: stringOf(data, 'from'),
    to: stringOf(data, 'to'),
    date: stringOf(data, 'date'),
    timeOfDay,
    maxPrice: typeof data.maxPrice === 'number' ? data.maxPrice : undefined,
    nonstop: data.nonstop === true ? true : undefined
  })
}

/** What to ask next; undefined when the search can start. */
function missing ({ from, to, date }: Partial<Criteria>): string | undefined {
  if (from === undefined) return 'From where would you like to fly?'
  if (to === undefined) return `Where would you like to fly from ${from}?`
  for (const place of [from, to]) {
    if (airportsOf(place).length === 0) return `I know no airport in ${place}. Which city, or which airport code, did you mean?`
  }
  if (date === undefined) return `On which day would you like to fly from ${from} to ${to}?`
  if (validDate(date) === undefined) return `${date} is no date. On which day would you like to fly?`
  if (date < today()) return `${date} has passed. On which day would you like to fly?`
  return undefined
}

/** Without what is undefined. */
function given<T extends object> (fields: T): Partial<T> {
  // Leaving entries out of a T gives a part of a T.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>
}
