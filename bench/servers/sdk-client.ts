/** The client of the official SDK. */
import { randomUUID } from 'node:crypto'
import { Role, type SendMessageRequest } from '@a2a-js/sdk'
import { ClientFactory, type Client } from '@a2a-js/sdk/client'
import { serve } from './control.ts'
import { check, checkEvents, chunks, repeat } from './work.ts'

let client: Client | undefined

serve(0, undefined, async job => {
  const [url = ''] = job.urls
  const remote = client ??= await new ClientFactory().createFromUrl(url)
  return await repeat(job, job.kind === 'send' ? () => send(remote) : () => stream(remote))
})

async function send (remote: Client): Promise<number> {
  check(JSON.stringify(await remote.sendMessage(request('answer'))))
  return 1
}

async function stream (remote: Client): Promise<number> {
  let seen = 0
  for await (const { payload } of remote.sendMessageStream(request(`stream ${chunks}`))) if (payload !== undefined) seen++
  return checkEvents(seen)
}

function request (text: string): SendMessageRequest {
  return {
    tenant: '',
    message: {
      messageId: randomUUID(),
      contextId: '',
      taskId: '',
      role: Role.ROLE_USER,
      parts: [{ content: { $case: 'text', value: text }, metadata: undefined, filename: '', mediaType: '' }],
      metadata: undefined,
      extensions: [],
      referenceTaskIds: []
    },
    configuration: undefined,
    metadata: undefined
  }
}
