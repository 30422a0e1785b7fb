/** The official Python servers, which need the virtual environments that setup-python.sh makes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { requireService } from '../../helpers/service.ts'

/** @returns the URL of a server that ends with the test; undefined where there is no Python for it */
export async function servePython (t: Test, venv: 'a2a-1' | 'a2a-0.3', script: 'python_1.py' | 'python_0_3.py'): Promise<string | undefined> {
  const python = pathOf(`../../../.venv/${venv}/bin/python`)
  if (!requireService(t, `.venv/${venv} (see test/interop/setup-python.sh)`, existsSync(python))) return undefined
  const child = spawn(python, ['-B', pathOf(script)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  t.teardown(async () => {
    child.stdin.end()
    const late = setTimeout(() => child.kill('SIGKILL'), 3_000)
    await ended
    clearTimeout(late)
  })
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), ended.then(() => { throw new Error(`${script} ended before it said where it is`) })])
  return JSON.parse(line).url
}

function pathOf (file: string): string {
  return fileURLToPath(new URL(file, import.meta.url))
}
