/** What the load side asks of a server, over IPC. */
import type { Server } from 'node:net'

export type Memory = { rss: number, heapUsed: number }

export type Question =
  | { ask: 'cpu' }
  | { ask: 'memory' }
  /** For servers that only play back: what to answer with. */
  | { ask: 'play', texts: readonly string[] }

/** @param play takes what a server plays back */
export function serve (port: number, play: (texts: readonly string[]) => void = () => {}): void {
  process.on('message', async (question: Question) => {
    if (question.ask === 'play') play(question.texts)
    process.send?.(question.ask === 'memory' ? await memory() : cpuSeconds())
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
