import type { ItineraryItem } from '../../../shared/messages.ts'
import { money } from './format.ts'
import { Icon } from './icons.tsx'
import { kinds } from './itinerary-view.tsx'

/** Of each kind, those that cost least. */
const shown = 4
const order = ['flight', 'hotel', 'activity'] as const

/** What the agents have found so far. @param isOpen whether more may come */
export function Offers ({ offers, isOpen }: { offers: readonly ItineraryItem[], isOpen: boolean }) {
  const groups = order.map(kind => ({ kind, group: offers.filter(offer => offer.kind === kind) })).filter(({ group }) => group.length > 0)
  return (
    <section class='offers' aria-labelledby='offers-title'>
      <h2 class='eyebrow' id='offers-title'>{isOpen ? 'Found so far' : 'What was to choose from'} <span class='count'>{offers.length}</span></h2>
      <div class='offer-groups'>
        {groups.map(({ kind, group }) => (
          <section key={kind} aria-labelledby={`offers-${kind}`}>
            <h3 id={`offers-${kind}`}><Icon name={kind} />{kinds[kind].many} <span class='count'>{group.length}</span></h3>
            <ul>
              {group.toSorted((a, b) => a.price.amount - b.price.amount).slice(0, shown).map((offer, index) => (
                <li key={index}><span>{offer.title}</span> <span class='price'>{money(offer.price)}</span></li>
              ))}
            </ul>
            {group.length > shown && <p class='hint'>and {group.length - shown} more</p>}
          </section>
        ))}
      </div>
    </section>
  )
}
