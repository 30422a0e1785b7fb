/** The official clients that build.sh builds. Go's is built for CI, too; the others are tested where somebody has built them. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { requireService } from '../helpers/service.ts'
import type { Report } from './exercise.ts'
import { checkReport } from './expected.ts'
import { serve } from './serve.ts'

const run = promisify(execFile)

type Compiled = {
  name: string
  language: string
  inCi: boolean
  lists: boolean
  /** What it says of an error that answers for a stream, by binding, where it has no eyes for it. */
  unreadable?: Readonly<Record<string, RegExp>>
}

const clients: readonly Compiled[] = [
  { name: 'a2a-go 2.x', language: 'go', inCi: true, lists: true, unreadable: { JSONRPC: /^no error$/, 'HTTP+JSON': /^server error$/ } },
  { name: 'a2a-java 0.3.x', language: 'java', inCi: false, lists: false, unreadable: { 'HTTP+JSON': /status 404/ } },
  { name: 'a2a-rs', language: 'rust', inCi: false, lists: true }
]

for (const { name, language, inCi, lists, unreadable } of clients) {
  for (const binding of ['JSONRPC', 'HTTP+JSON', 'GRPC']) {
    t.test(`${name} over ${binding}`, async t => {
      const program = fileURLToPath(new URL(`../../.interop/${language}`, import.meta.url))
      const service = `.interop/${language} (test/interop/build.sh ${language})`
      if (!existsSync(program) && !inCi) return t.pass(service, { skip: `${service} is missing` })
      if (!requireService(t, service, existsSync(program))) return
      // The agent has this binding alone: no client can pass by another one.
      const { stdout } = await run(program, [await serve(t, { SUT_BINDINGS: binding }), binding], { timeout: 60_000 })
      const report: Report = JSON.parse(stdout)
      const blind = unreadable?.[binding]
      checkReport(t, report, { lists, ...blind !== undefined && { unreadable: blind } })
    })
  }
}
