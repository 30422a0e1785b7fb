/** This project's client, and its registry. */
import { createRegistry, discover, type AgentRegistry, type RemoteAgent } from '../../lib/client/index.ts'
import { serve } from './control.ts'
import { check, checkEvents, chunks, repeat } from './work.ts'

let agent: RemoteAgent | undefined
let registry: AgentRegistry | undefined

serve(0, undefined, async job => {
  const [url = ''] = job.urls
  if (job.kind === 'delegate') {
    const agents = registry ??= await createRegistry({ agents: job.urls, refresh: 0 })
    return await repeat(job, async () => {
      check((await agents.delegate({ skill: 'agent', message: 'answer' })).text)
      return 1
    })
  }
  const remote = agent ??= await discover(url, { transports: ['JSONRPC'], versions: ['1.0'] })
  return await repeat(job, job.kind === 'send' ? () => send(remote) : () => stream(remote))
})

async function send (remote: RemoteAgent): Promise<number> {
  check((await remote.send('answer')).text)
  return 1
}

async function stream (remote: RemoteAgent): Promise<number> {
  let seen = 0
  for await (const event of remote.stream(`stream ${chunks}`)) if (event.type !== 'message') seen++
  return checkEvents(seen)
}
