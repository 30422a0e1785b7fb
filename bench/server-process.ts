import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { onLoadCore, onServerCore } from './cores.ts'
import type { Done, Job, Memory, Question } from './servers/control.ts'

export type ServerName = 'ours' | 'sdk' | 'sdk-grpc' | 'bare' | 'raw' | 'client' | 'sdk-client'

/** A server under load: a process of its own, on its own core. */
export type Server = {
  readonly port: number
  /** What it has used so far, in seconds. */
  cpu (): Promise<number>
  /** In bytes, garbage not counted. */
  memory (): Promise<Memory>
  /** What a server that plays back is to play. */
  play (texts: readonly string[]): Promise<void>
  /** Has a client do something. */
  work (job: Job): Promise<Done>
  stop (): Promise<void>
}

/** @param folder where the compiled servers are @param isLoad whether it is not what is measured */
export async function startServer (folder: string, name: ServerName, env: Record<string, string> = {}, isLoad = false): Promise<Server> {
  const [command, ...args] = (isLoad ? onLoadCore : onServerCore)([process.execPath, '--expose-gc', join(folder, `${name}.js`)])
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env: { ...process.env, NODE_ENV: 'production', ...env } })
  const exited = once(child, 'exit')

  async function answer (): Promise<unknown> {
    const [message] = await Promise.race([once(child, 'message'), exited.then(() => { throw new Error(`the server ${name} has exited`) })])
    return message
  }

  async function ask (question: Question): Promise<unknown> {
    const answered = answer()
    child.send(question)
    return await answered
  }

  return {
    port: Number(await answer()),
    cpu: async () => Number(await ask({ ask: 'cpu' })),
    memory: async () => await ask({ ask: 'memory' }) as Memory, // as control.ts sends it
    play: async texts => { await ask({ ask: 'play', texts }) },
    work: async job => await ask({ ask: 'work', job }) as Done, // as control.ts sends it
    async stop () {
      child.kill()
      await exited
    }
  }
}
