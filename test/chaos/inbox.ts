import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { StreamResponse } from '../../schemas/v1/common.ts'
import type { Tally } from './tally.ts'

/** Every so many requests are refused, and have to come again. */
const refusals = 10

export type Inbox = {
  readonly url: string
  /** What came for a task, each delivery once, in the order of arrival. */
  of (taskId: string): readonly StreamResponse[]
  close (): void
}

/** A client's webhook, which is not always in the mood. */
export async function openInbox (tally: Tally): Promise<Inbox> {
  const seen = new Set<string>()
  const byTask = new Map<string, StreamResponse[]>()
  let requests = 0
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk)
    } catch {
      return // The sender was killed: it will come again.
    }
    if (++requests % refusals === 0) return response.writeHead(503).end()
    response.writeHead(204).end()
    const id = String(request.headers['x-a2a-notification-id'])
    if (seen.has(id)) {
      tally.pushesRepeated++
      return
    }
    seen.add(id)
    tally.pushes++
    const body: StreamResponse = JSON.parse(Buffer.concat(chunks).toString())
    const taskId = taskIdOf(body)
    byTask.set(taskId, [...byTask.get(taskId) ?? [], body])
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}/inbox`,
    of: taskId => byTask.get(taskId) ?? [],
    close () {
      server.close()
      server.closeAllConnections()
    }
  }
}

export function taskIdOf (response: StreamResponse): string {
  if ('task' in response) return response.task.id
  if ('statusUpdate' in response) return response.statusUpdate.taskId
  if ('artifactUpdate' in response) return response.artifactUpdate.taskId
  throw new Error('a message belongs to no task')
}
