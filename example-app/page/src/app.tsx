import { useState } from 'preact/hooks'
import { useAgents } from './trip/use-agents.ts'
import { isOpen } from './trip/trip.ts'
import { useTrip } from './trip/use-trip.ts'
import { Agents } from './views/agents.tsx'
import { ThemeSwitch } from './views/theme-switch.tsx'
import { Timeline } from './views/timeline.tsx'
import { TripView } from './views/trip-view.tsx'
import { WishForm } from './views/wish-form.tsx'

export function App () {
  const [trip, actions] = useTrip()
  const agents = useAgents(isOpen(trip))
  /** What the wish form begins with. */
  const [draft, setDraft] = useState('')

  const again = (wish: string) => {
    setDraft(wish)
    actions.forget()
  }

  return (
    <>
      <a class='skip' href='#main'>Skip to the trip</a>
      <header class='masthead'>
        <p class='wordmark'><span class='mark' aria-hidden='true' />Waypoint</p>
        <ThemeSwitch />
      </header>
      <div class='columns'>
        <main id='main' tabIndex={-1}>
          {trip.phase === 'idle'
            ? <WishForm draft={draft} examples={agents?.[0]?.card.skills.flatMap(({ examples = [] }) => examples) ?? []} onPlan={actions.plan} />
            : <TripView trip={trip} actions={actions} onAgain={again} />}
        </main>
        <aside aria-label='Behind the scenes'>
          <Agents known={agents} trip={trip} />
          <Timeline entries={trip.entries} agents={trip.agents} />
        </aside>
      </div>
      <footer>
        <p>Every step here is a message of <a href='https://a2a-protocol.org'>A2A</a>, the protocol by which agents talk to each other. Nothing is really booked.</p>
      </footer>
    </>
  )
}
