/** The official clients that build.sh builds. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import type { Environment } from '../conformance/settings.ts'
import { requireService } from '../helpers/service.ts'
import type { Report } from './exercise.ts'
import { checkReport, type Unreadable } from './expected.ts'
import { serve } from './serve.ts'

const run = promisify(execFile)

type Compiled = {
  name: string
  language: string
  lists: boolean
  bindings?: readonly string[]
  /** What the agent must be like. */
  env?: Environment
  /** By binding. */
  unreadable?: Readonly<Record<string, Unreadable>>
}

const everyBinding = ['JSONRPC', 'HTTP+JSON', 'GRPC']

const clients: readonly Compiled[] = [
  { name: 'a2a-go 2.x', language: 'go', lists: true, unreadable: { JSONRPC: { subscribe: /^no error$/ }, 'HTTP+JSON': { subscribe: /^server error$/ } } },
  { name: 'a2a-java 0.3.x', language: 'java', lists: false, unreadable: { 'HTTP+JSON': { subscribe: /status 404/ } } },
  {
    // It speaks a draft of 1.0: later ones, of the group org.a2aproject.sdk, could not be resolved.
    name: 'a2a-java 1.0.0.Alpha3',
    language: 'java-1',
    lists: true,
    // Its gRPC service is the draft's a2a.v1, where fields have other numbers.
    bindings: ['JSONRPC', 'HTTP+JSON'],
    // It refuses a card with fields that it doesn't know, such as those of 0.3.
    env: { SUT_VERSIONS: '1.0' },
    unreadable: {
      // It reads nothing but events where it asked for a stream.
      JSONRPC: { subscribe: /^no error$/ },
      // The draft's errors were strings, and it doesn't read the body where it asked for a stream.
      'HTTP+JSON': { get: /UnsupportedOperationException: JsonObject$/, subscribe: /status 404/ }
    }
  },
  { name: 'a2a-rs', language: 'rust', lists: true }
]

for (const { name, language, lists, bindings = everyBinding, env, unreadable } of clients) {
  for (const binding of bindings) {
    t.test(`${name} over ${binding}`, async t => {
      const program = fileURLToPath(new URL(`../../.interop/${language}`, import.meta.url))
      const service = `.interop/${language} (test/interop/build.sh ${language})`
      if (!requireService(t, service, existsSync(program))) return
      // The agent has this binding alone: no client can pass by another one.
      const { stdout } = await run(program, [await serve(t, { ...env, SUT_BINDINGS: binding }), binding], { timeout: 60_000 })
      const report: Report = JSON.parse(stdout)
      checkReport(t, report, { lists, unreadable: unreadable?.[binding] })
    })
  }
}
