import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import type { AgentCatalogue } from '../../example-app/shared/messages.ts'

export const root = fileURLToPath(new URL('../../', import.meta.url))

/** Keys of models: the example must be the same wherever it is tested. */
const keys = ['OPENAI_API_KEY', 'ANTHROPIC_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY', 'MISTRAL_API_KEY']

export type Running = {
  readonly child: ChildProcess
  /** All that it has written so far, on both streams. */
  output (): string
  /** The exit code; null when it was killed. */
  readonly exited: Promise<number | null>
}

/** Runs a TypeScript file as `tsx file` does, in a process that signals reach; it ends with the test at the latest. */
export function run (t: Test, file: string, env: NodeJS.ProcessEnv = {}, args: readonly string[] = [], cwd = root): Running {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !keys.includes(name)))
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file, ...args], { cwd, env: { ...clean, ...env } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text })
  const exited = once(child, 'exit').then(([code]) => code as number | null) // that is what `exit` tells
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  return { child, output: () => output, exited }
}

export type Example = Running & { url: string }

/** The example, as `npm start` starts it, at free ports. @param agents those that are to be started; all, unless some are named */
export async function startExample (t: Test, env: NodeJS.ProcessEnv = {}, agents: readonly string[] = []): Promise<Example> {
  const running = run(t, 'example-app/index.ts', { PORT: '0', ...env }, agents)
  return { ...running, url: await announced(running) }
}

/** Where an agent is that the coordinator knows. */
export async function addressOf (id: string, { url }: { url: string }): Promise<string> {
  const { entries } = await (await fetch(`${url}/agents`)).json() as AgentCatalogue
  const [agentInterface] = entries.find(({ identifier }) => identifier === id)?.data.supportedInterfaces ?? []
  if (agentInterface === undefined) throw new Error(`the coordinator does not know ${id}`)
  return new URL(agentInterface.url).origin
}

async function announced ({ child, output, exited }: Running): Promise<string> {
  const exit = exited.then(code => { throw new Error(`the example has exited with ${code}: ${output()}`) })
  for (;;) {
    const url = / at (http\S+),/.exec(output())?.[1]
    if (url !== undefined) {
      exit.catch(() => {})
      return url
    }
    await Promise.race([once(child.stdout ?? child, 'data'), exit])
  }
}
