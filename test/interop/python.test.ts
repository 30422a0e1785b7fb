/** Needs the virtual environments that setup-python.sh makes. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { requireService } from '../helpers/service.ts'
import type { Report } from './exercise.ts'
import { checkReport } from './expected.ts'
import { serve } from './serve.ts'

const run = promisify(execFile)

/** The agent has this binding alone: no client can pass by another one. */
async function report (t: Test, python: string, driver: string, binding: string): Promise<Report> {
  const { stdout } = await run(python, ['-B', pathOf(driver), await serve(t, { SUT_BINDINGS: binding }), binding], { timeout: 60_000 })
  return JSON.parse(stdout)
}

function pathOf (file: string): string {
  return fileURLToPath(new URL(file, import.meta.url))
}

for (const { version, venv, driver, lists } of [
  { version: '1.x', venv: 'a2a-1', driver: 'python_1.py', lists: true },
  { version: '0.3.x', venv: 'a2a-0.3', driver: 'python_0_3.py', lists: false }
]) {
  for (const binding of ['JSONRPC', 'HTTP+JSON', 'GRPC']) {
    t.test(`a2a-sdk ${version} (Python) over ${binding}`, async t => {
      const python = pathOf(`../../.venv/${venv}/bin/python`)
      if (!requireService(t, `.venv/${venv} (see test/interop/setup-python.sh)`, existsSync(python))) return
      // That client does not look at the status of a stream.
      const isBlind = version === '0.3.x' && binding === 'HTTP+JSON'
      checkReport(t, await report(t, python, driver, binding), { lists, ...isBlind && { unreadable: { subscribe: /Invalid SSE response/ } } })
    })
  }
}
