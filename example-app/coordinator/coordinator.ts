/** The work of the coordinator: understand the wish, have others search, put their offers together. */
import type { AgentRegistry } from '../../lib/client/index.ts'
import { AgentError, type TaskContext } from '../../plugins/index.ts'
import { said } from '../shared/conversation.ts'
import type { Form } from '../shared/messages.ts'
import { areaOf, compose, stayOf, type Offers } from './compose.ts'
import { textOf, type Desk, type Outcome } from './errand.ts'
import { askForAnotherWay, askForMore, askWhatIsMissing } from './forms.ts'
import { toArtifact, toItinerary } from './itinerary.ts'
import { createReport, introduce } from './report.ts'
import { findActivities, findCloserHotels, findFlights, findHotels } from './search.ts'
import type { Mind } from './mind.ts'
import { withDefaults, type Wish } from './wish.ts'

export type CoordinatorOptions = {
  registry: AgentRegistry
  mind: Mind
  /** Where it is spoken to. */
  url: string
}

export function createCoordinator ({ registry, mind, url }: CoordinatorOptions) {
  return async (task: TaskContext): Promise<void> => {
    const report = createReport(task, registry, url)
    const desk: Desk = { task, registry, report }
    const wish = withDefaults(await mind.read(said(task), task))
    if (!isComplete(wish)) return await ask(task, askWhatIsMissing(wish))

    const { destination, days, budget, travellers } = wish
    await report.say(`Planning ${days} days in ${destination} for ${travellers}, at most ${budget} EUR`)
    await registry.refresh()
    await introduce(desk.report, registry)
    const [flights, hotels, activities] = await Promise.all([findFlights(desk, wish), findHotels(desk, wish), findActivities(desk, wish)])
    if (flights?.question !== undefined) return await ask(task, passedUp(flights))
    if (flights === undefined) throw new AgentError('No agent for flights can be reached at the moment. Please try again later.')
    if (flights.offers.length === 0) return await ask(task, askForAnotherWay(wish))
    if (hotels === undefined || hotels.offers.length === 0) throw new AgentError(`No agent has a hotel in ${destination} at the moment. Please try again later.`)

    const offers: Offers = { flights: flights.offers, hotels: hotels.offers, activities: activities?.offers ?? [] }
    const first = compose(wish, offers)
    if (first === undefined) throw new AgentError('There is nothing to put together.')
    if ('needed' in first) return await ask(task, askForMore(wish, first.needed))

    const area = areaOf(first.visits)
    const near = first.hotel.area === area ? undefined : area
    const { checkIn, nights } = stayOf(wish, first.flight)
    const isMoved = near !== undefined || checkIn !== first.hotel.checkIn || nights !== first.hotel.nights
    if (near !== undefined) await report.say(`Most of it is in ${near}: asking for a hotel closer to it than ${first.hotel.area}`)
    const closer = isMoved ? await findCloserHotels(desk, hotels.taskId, near, checkIn, nights) : undefined
    const second = closer && compose(wish, { ...offers, hotels: closer.offers })
    const plan = second !== undefined && 'hotel' in second ? second : first

    const notes = [
      ...flights.failed.map(id => `${nameOf(id)} failed; ${nameOf(flights.agent)} took over.`),
      ...near !== undefined && plan !== first ? [`Most of the activities are in ${near}, so the hotel is there; the first choice was in ${first.hotel.area}.`] : [],
      ...activities === undefined ? ['Nobody could be asked for activities.'] : []
    ]
    const itinerary = toItinerary(wish, plan, { flights: flights.agent, hotels: hotels.agent, activities: activities?.agent ?? 'activities' }, notes)
    await report.agent('coordinator', 'done', `${itinerary.total.amount} of ${budget} EUR`)
    await task.artifact(toArtifact(itinerary, await mind.introduce(itinerary, task)))
    await task.complete(`${days} days in ${destination} for ${plan.total} EUR`)
  }

  function nameOf (id: string): string {
    return registry.get(id)?.card.name ?? id
  }
}

async function ask (task: TaskContext, form: Form | undefined): Promise<void> {
  await task.requireInput([{ text: form?.title ?? 'What do you wish for?' }, ...form === undefined ? [] : [{ data: form }]])
}

/** The question of another agent, as it has put it. */
function passedUp ({ agent, question }: Outcome<unknown>): Form {
  const form = Object(question?.parts.find(({ data }) => Object(data).kind === 'form')?.data)
  const title = textOf(question)
  // What an agent calls a form, the page checks.
  if (form.schema !== undefined) return { kind: 'form', agent, title, schema: form.schema }
  return { kind: 'form', agent, title, schema: { type: 'object', required: ['answer'], properties: { answer: { type: 'string', title: 'Answer' } } } }
}

function isComplete (wish: Partial<Wish>): wish is Wish {
  return askWhatIsMissing(wish) === undefined
}
