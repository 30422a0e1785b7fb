import type { AgentId } from '../../../shared/messages.ts'
import { isOver, type AgentNow, type Trip } from '../trip/trip.ts'
import type { KnownAgent } from '../trip/use-agents.ts'
import { Disclosure } from './disclosure.tsx'
import { Icon, type IconName } from './icons.tsx'
import { RawJson } from './raw-json.tsx'

const states: Readonly<Record<AgentNow['state'] | 'stopped' | 'away', { icon: IconName, text: string }>> = {
  idle: { icon: 'idle', text: 'Ready' },
  working: { icon: 'working', text: 'Working' },
  waiting: { icon: 'waiting', text: 'Has a question' },
  done: { icon: 'done', text: 'Done' },
  failed: { icon: 'failed', text: 'Failed' },
  stopped: { icon: 'stopped', text: 'Stopped' },
  away: { icon: 'failed', text: 'Not reachable' }
}

type Row = { readonly id: AgentId, readonly known: KnownAgent | undefined, readonly now: AgentNow | undefined }

/** Who takes part, and how each is doing. @param known undefined while they are being looked for */
export function Agents ({ known, trip }: { known: readonly KnownAgent[] | undefined, trip: Trip }) {
  const rows = rowsOf(known ?? [], trip.agents)
  return (
    <section aria-labelledby='agents-title'>
      <h2 class='eyebrow' id='agents-title'>The agents</h2>
      {rows.length === 0 && <p class='hint'>{known === undefined ? 'Looking for the agents …' : 'No agent can be reached. Is the example running?'}</p>}
      <ul class='agents'>{rows.map(row => <AgentCard key={row.id} {...row} isOver={isOver(trip)} />)}</ul>
    </section>
  )
}

function AgentCard ({ known, now, isOver, id }: Row & { isOver: boolean }) {
  const name = known?.card.name ?? now?.name ?? id
  const state = stateOf(known, now, isOver)
  const { icon, text } = states[state]
  return (
    <li class={`agent agent-${state}`}>
      <div class='agent-head'>
        <h3>{name}</h3>
        <p class='state'><Icon name={icon} />{text}</p>
      </div>
      <p class='agent-note'>{now?.note ?? now?.role ?? known?.card.description}</p>
      {known !== undefined && (
        <Disclosure class='agent-card' summary={<>Card<span class='unseen'> of {name}</span></>}>
          {() => (
            <>
              <p>{known.card.description}</p>
              <ul class='tags' aria-label='Skills'>{known.card.skills.map(skill => <li key={skill.id}>{skill.name}</li>)}</ul>
              <RawJson value={known.card} label={`the card of ${name}`} />
            </>
          )}
        </Disclosure>
      )}
    </li>
  )
}

function rowsOf (known: readonly KnownAgent[], told: readonly AgentNow[]): Row[] {
  const ids = new Set([...known.map(({ id }) => id), ...told.map(({ id }) => id)])
  return [...ids].map(id => ({ id, known: known.find(agent => agent.id === id), now: told.find(agent => agent.id === id) }))
}

function stateOf (known: KnownAgent | undefined, now: AgentNow | undefined, isOver: boolean): keyof typeof states {
  if (now === undefined || now.state === 'idle') return known?.isHealthy === false ? 'away' : 'idle'
  // Nobody works for a trip that has ended, whatever was heard of him last.
  return isOver && (now.state === 'working' || now.state === 'waiting') ? 'stopped' : now.state
}
