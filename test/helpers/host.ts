import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import type { Test } from 'tap'
import type { AgentOptions, CardOptions } from '../../lib/agent/options.ts'
import type { Executor, TaskContext } from '../../lib/agent/executor.ts'
import a2a from '../../plugins/a2a.ts'

export const card: CardOptions = { name: 'Test agent', description: 'Does what its message says' }

/** Answers with an artifact that holds the text of the message. */
export const echo: Executor = task => task.text

/** `ask` asks for input, `reply` answers by a bare message, `stay` works until it is told to stop; the rest is echoed. */
export async function obey (task: TaskContext): Promise<string | undefined> {
  switch (task.text) {
    case 'ask': await task.requireInput('What else?'); return
    case 'reply': await task.reply('Just a message'); return
    case 'stay': await task.working('Staying'); await stopped(task.signal); return
    default: return task.text
  }
}

/** Resolves when the signal fires. */
export function stopped (signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

export type HostOptions = Partial<AgentOptions> & { server?: FastifyServerOptions }

/** A server with one agent; closed when the test is over. */
export async function host (t: Test, { server = {}, ...options }: HostOptions = {}): Promise<FastifyInstance> {
  const app = Fastify(server)
  closeAfter(t, app)
  await app.register(a2a, agent(options))
  return app
}

/** Options of an agent, with what most tests don't care about filled in. */
export function agent (options: Partial<AgentOptions> = {}): AgentOptions {
  return { card, executor: echo, allowAnonymous: true, shutdownGrace: 0, cancelGrace: 50, ...options }
}

export function closeAfter (t: Test, app: { close (): PromiseLike<unknown> }): void {
  t.teardown(async () => { await app.close() })
}

/** @returns the URL at which the server listens */
export async function listen (app: FastifyInstance): Promise<string> {
  return await app.listen({ port: 0, host: '127.0.0.1' })
}

/** What a server says in its log, as objects; for the option `logger`. */
export function logSink (): { lines: Array<Record<string, unknown>>, level: string, stream: { write (line: string): void } } {
  const lines: Array<Record<string, unknown>> = []
  return { lines, level: 'trace', stream: { write: line => { lines.push(JSON.parse(line)) } } }
}
