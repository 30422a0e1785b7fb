import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { until } from '../helpers/wait.ts'

export type Received = { headers: IncomingHttpHeaders, text: string, body: Record<string, unknown>, path: string, at: number }

/** What a hook answers with; `hang` never. */
export type Answer = number | { status: number, headers?: Record<string, string>, body?: string, isEndless?: boolean } | 'hang' | 'break'

export type Hook = {
  url: string
  port: number
  received: Received[]
  /** Connections that were made, with or without a request. */
  connections: number
  /** For the requests to come: one after the other, and then the last one again. */
  answers: Answer[]
  /** Waits for so many requests. */
  got (count: number): Promise<Received[]>
}

/** A client's webhook. */
export async function hook (t: Test, ...answers: Answer[]): Promise<Hook> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      hook.received.push({ headers: request.headers, text, body: text === '' ? {} : JSON.parse(text), path: request.url ?? '', at: Date.now() })
      const answer = (hook.answers.length > 1 ? hook.answers.shift() : hook.answers[0]) ?? 200
      if (answer === 'hang') return
      if (answer === 'break') return request.socket.destroy()
      const { status, headers = {}, body = '', isEndless = false } = typeof answer === 'number' ? { status: answer } : answer
      response.writeHead(status, headers).write(body)
      if (!isEndless) response.end()
    })
  })
  server.on('connection', () => { hook.connections++ })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const hook: Hook = {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    received: [],
    connections: 0,
    answers,
    got: async count => {
      await until(() => hook.received.length >= count)
      return hook.received
    }
  }
  return hook
}

/** What a notification says: a state, the name of an artifact, or `task`. */
export function summary ({ body }: Received): string {
  const { statusUpdate, artifactUpdate, task } = body as { statusUpdate?: { status: { state: string } }, artifactUpdate?: { artifact: { parts: Array<{ text?: string }> } }, task?: { status: { state: string } } }
  if (statusUpdate !== undefined) return statusUpdate.status.state.replace('TASK_STATE_', '')
  if (artifactUpdate !== undefined) return `artifact ${artifactUpdate.artifact.parts.map(({ text }) => text).join('|')}`
  return `task ${task?.status.state.replace('TASK_STATE_', '')}`
}
