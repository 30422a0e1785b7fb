import { useEffect, useRef } from 'preact/hooks'
import { itineraryIn } from '../trip/itinerary.ts'
import { isOpen, type Trip } from '../trip/trip.ts'
import type { TripActions } from '../trip/use-trip.ts'
import { ItineraryView } from './itinerary-view.tsx'
import { Offers } from './offers.tsx'
import { ProgressLog } from './progress-log.tsx'
import { QuestionView } from './question-view.tsx'
import { headline, nowLine } from './words.ts'

export type TripViewProps = { readonly trip: Trip, readonly actions: TripActions, /** With the wish to begin with. */ readonly onAgain: (wish: string) => void }

/** One trip, from the wish to the plan. */
export function TripView ({ trip, actions, onAgain }: TripViewProps) {
  const { phase, wish, question, offers, lines, isConnected } = trip
  const heading = useRef<HTMLHeadingElement>(null)
  const itinerary = itineraryIn(trip.artifacts)

  // What had the focus may be gone with the phase: it must not be lost.
  useEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus()
  }, [phase])

  return (
    <article class={`trip trip-${phase}`}>
      <header class='trip-head'>
        <h1 tabIndex={-1} ref={heading}>{headline(trip)}</h1>
        {wish !== '' && <blockquote>{wish}</blockquote>}
        <p class='now' role='status'>{nowLine(trip, itinerary.plan)}</p>
        <p class='connection' role='status'>{isConnected ? '' : 'The connection broke. Joining the trip again …'}</p>
        {phase === 'running' && <div class='route' aria-hidden='true'><span /></div>}
        <div class='actions'>
          {isOpen(trip)
            ? <button class='quiet-button' type='button' disabled={trip.taskId === undefined} onClick={actions.cancel}>Cancel the trip</button>
            : (
              <>
                {phase === 'failed' && <button class='button' type='button' onClick={() => actions.plan(wish)}>Try again</button>}
                {phase !== 'done' && <button class='quiet-button' type='button' onClick={() => onAgain(wish)}>Change the wish</button>}
                <button class='quiet-button' type='button' onClick={() => onAgain('')}>Plan another trip</button>
              </>
              )}
        </div>
      </header>
      {question !== undefined && <QuestionView key={trip.entries.length} question={question} agents={trip.agents} onAnswer={actions.answer} />}
      {(itinerary.plan !== undefined || itinerary.text !== '') && <ItineraryView {...itinerary} agents={trip.agents} />}
      {offers.length > 0 && <Offers offers={offers} isOpen={isOpen(trip)} />}
      {lines.length > 0 && <ProgressLog lines={lines} />}
    </article>
  )
}
