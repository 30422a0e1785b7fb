import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

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
export function run (t: Test, file: string, env: NodeJS.ProcessEnv = {}): Running {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !keys.includes(name) && name !== 'NODE_OPTIONS'))
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file], { cwd: root, env: { ...clean, ...env } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text })
  const exited = once(child, 'exit').then(([code]) => code as number | null) // that is what `exit` tells
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  return { child, output: () => output, exited }
}

/** The example, as `npm start` starts it, at a free port. */
export async function startExample (t: Test, env: NodeJS.ProcessEnv = {}): Promise<Running & { url: string }> {
  const running = run(t, 'example-app/index.ts', { PORT: '0', ...env })
  return { ...running, url: await announced(running) }
}

async function announced ({ child, output, exited }: Running): Promise<string> {
  const exit = exited.then(code => { throw new Error(`the example has exited with ${code}: ${output()}`) })
  for (;;) {
    const url = /Flight agent at (\S+),/.exec(output())?.[1]
    if (url !== undefined) {
      exit.catch(() => {})
      return url
    }
    await Promise.race([once(child.stdout ?? child, 'data'), exit])
  }
}
