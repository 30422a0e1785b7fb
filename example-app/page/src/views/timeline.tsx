import type { AgentNow, Entry } from '../trip/trip.ts'
import { Disclosure } from './disclosure.tsx'
import { clock, nameOf } from './format.ts'
import { gist } from './gist.ts'
import { RawJson } from './raw-json.tsx'

/** The messages of A2A, as they went over the wire. */
export function Timeline ({ entries, agents }: { entries: readonly Entry[], agents: readonly AgentNow[] }) {
  if (entries.length === 0) return null
  return (
    <section class='timeline' aria-labelledby='timeline-title'>
      <h2 class='eyebrow' id='timeline-title'>Messages of A2A <span class='count'>{entries.length}</span></h2>
      <ol>
        {entries.map((entry, index) => <li key={index}><TimelineEntry entry={entry} agents={agents} /></li>)}
      </ol>
    </section>
  )
}

function TimelineEntry ({ entry, agents }: { entry: Entry, agents: readonly AgentNow[] }) {
  const { from, to, at, payload } = entry
  const what = gist(entry)
  const sender = nameOf(from, agents)
  const receiver = nameOf(to, agents)
  const isRequest = from === 'page' || (from === 'coordinator' && to !== 'page')
  return (
    <Disclosure
      class={`message ${isRequest ? 'message-sent' : 'message-received'}`}
      summary={
        <span class='message-line'>
          <span class='message-way'>{sender}<span aria-hidden='true'> → </span><span class='unseen'> to </span>{receiver}</span>
          <time dateTime={at}>{clock(at)}</time>
          <span class='message-gist'>{what}</span>
        </span>
      }
    >
      {() => <RawJson value={payload} label={`${what}, from ${sender} to ${receiver}`} />}
    </Disclosure>
  )
}
