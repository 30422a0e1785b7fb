/** What the load side asks of a server, over IPC. */
import type { Server } from 'node:net'

export type Memory = { rss: number, heapUsed: number }

export type Question =
  | { ask: 'cpu' }
  | { ask: 'memory' }
  /** For servers that only play back: what to answer with. */
  | { ask: 'play', texts: readonly string[] }
  /** For clients: what to do to an agent. */
  | { ask: 'work', job: Job }

export type Job = {
  readonly kind: 'send' | 'stream' | 'delegate'
  /** Of agents. */
  readonly urls: readonly string[]
  /** How many at a time. */
  readonly parallel: number
  readonly seconds: number
}

/** In seconds; `latencies` in ms, of each that was done. */
export type Done = { readonly count: number, readonly seconds: number, readonly latencies: readonly number[] }

export type Worker = (job: Job) => Promise<Done>

/** @param play takes what a server plays back @param work what a client does */
export function serve (port: number, play: (texts: readonly string[]) => void = () => {}, work?: Worker): void {
  process.on('message', async (question: Question) => {
    if (question.ask === 'play') play(question.texts)
    process.send?.(question.ask === 'memory' ? await memory() : question.ask === 'work' ? await work?.(question.job) : cpuSeconds())
  })
  process.on('disconnect', () => process.exit())
  process.send?.(port)
}

export function portOf (server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Of all threads of this process: collecting garbage counts. */
function cpuSeconds (): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** After collecting what is garbage. */
async function memory (): Promise<Memory> {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.()
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  const { rss, heapUsed } = process.memoryUsage()
  return { rss, heapUsed }
}
