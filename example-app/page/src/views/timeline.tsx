import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { AgentNow, Entry } from '../trip/trip.ts'
import { Disclosure } from './disclosure.tsx'
import { clock, nameOf } from './format.ts'
import { gist } from './gist.ts'
import { RawJson } from './raw-json.tsx'

type TimelineProps = { readonly entries: readonly Entry[], readonly agents: readonly AgentNow[] }

/** The messages of A2A, as they went over the wire: of all, or of one agent. */
export function Timeline ({ entries, agents }: TimelineProps) {
  const [of, setOf] = useState('')
  const shown = entries.filter(({ from, to }) => of === '' || from === of || to === of)
  const list = useRef<HTMLOListElement>(null)
  /** Who has scrolled back to read is left there. */
  const isAtEnd = useRef(true)

  useLayoutEffect(() => {
    if (isAtEnd.current) list.current?.scrollTo({ top: list.current.scrollHeight })
  }, [shown.length])

  if (entries.length === 0) return null
  return (
    <section class='timeline' aria-labelledby='timeline-title'>
      <div class='timeline-head'>
        <h2 class='eyebrow' id='timeline-title'>Messages of A2A <span class='count'>{shown.length}</span></h2>
        <select aria-label='Messages of' value={of} onChange={event => setOf(event.currentTarget.value)}>
          <option value=''>All agents</option>
          <option value='page'>You</option>
          {agents.filter(({ id }) => id !== 'coordinator').map(({ id, name }) => <option key={id} value={id}>{name}</option>)}
        </select>
      </div>
      <ol ref={list} onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => { isAtEnd.current = scrollHeight - scrollTop - clientHeight < 8 }}>
        {shown.map(entry => <li key={entries.indexOf(entry)}><TimelineEntry entry={entry} agents={agents} /></li>)}
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
