import type { Itinerary, ItineraryItem } from '../../../shared/messages.ts'
import { daysOf, sharesOf } from '../trip/itinerary.ts'
import type { AgentNow } from '../trip/trip.ts'
import { CopyButton } from './copy-button.tsx'
import { dateOfDay, money, nameOf } from './format.ts'
import { Icon } from './icons.tsx'

export type ItineraryProps = { readonly text: string, readonly plan: Itinerary | undefined, readonly agents: readonly AgentNow[] }

export const kinds: Readonly<Record<ItineraryItem['kind'], { one: string, many: string }>> = {
  flight: { one: 'Flight', many: 'Flights' },
  hotel: { one: 'Hotel', many: 'Hotels' },
  activity: { one: 'Activity', many: 'Activities' }
}

export function ItineraryView ({ text, plan, agents }: ItineraryProps) {
  if (plan === undefined) return <section class='draft' aria-label='The plan, as it is written'><p>{text}</p></section>
  const { destination, starts, days, travellers, notes } = plan
  return (
    <section class='itinerary' aria-labelledby='itinerary-title'>
      <div class='itinerary-head'>
        <div>
          <h2 id='itinerary-title'>{destination}</h2>
          <p class='hint'>{dateOfDay(starts, 1)} to {dateOfDay(starts, days)}, {count(days, 'day')}, {count(travellers, 'traveller')}</p>
        </div>
        {text !== '' && <CopyButton text={text}>Copy as text</CopyButton>}
      </div>
      <Total plan={plan} />
      {notes.length > 0 && <ul class='notes' aria-label='Good to know'>{notes.map(note => <li key={note}>{note}</li>)}</ul>}
      <ol class='days'>
        {daysOf(plan).map(({ day, items }) => (
          <li class='day' key={day}>
            <h3>Day {day} <span class='hint'>{dateOfDay(starts, day)}</span></h3>
            {items.length === 0 ? <p class='hint'>Nothing planned: the day is yours.</p> : <ul>{items.map((item, index) => <Item key={index} item={item} agents={agents} />)}</ul>}
          </li>
        ))}
      </ol>
    </section>
  )
}

function Item ({ item: { kind, title, detail, price, agent }, agents }: { item: ItineraryItem, agents: readonly AgentNow[] }) {
  return (
    <li class='item'>
      <span class={`item-mark item-${kind}`}><Icon name={kind} /><span class='unseen'>{kinds[kind].one}: </span></span>
      <div>
        <p class='item-title'>{title}</p>
        <p class='hint'>{detail}</p>
        <p class='hint'>Found by {nameOf(agent, agents)}</p>
      </div>
      <p class='price'>{money(price)}</p>
    </li>
  )
}

function Total ({ plan }: { plan: Itinerary }) {
  const { total, budget } = plan
  const left = budget.amount - total.amount
  return (
    <div class='total'>
      <p class='total-sum'><span class='hint'>Total</span> <strong>{money(total)}</strong></p>
      <p class='hint'>{left >= 0 ? `${money({ ...budget, amount: left })} left of ${money(budget)}` : `${money({ ...budget, amount: -left })} above ${money(budget)}`}</p>
      {/* What it shows stands beside it in words. */}
      <progress class='total-bar' value={total.amount} max={budget.amount} aria-hidden='true' />
      <dl class='shares'>
        {sharesOf(plan).map(({ kind, price }) => <div key={kind}><dt>{kinds[kind].many}</dt><dd>{money(price)}</dd></div>)}
      </dl>
    </div>
  )
}

function count (number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`
}
