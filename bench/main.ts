/**
 * Measures this plugin, the official SDK and bare Fastify on the same work.
 *
 *     npm run bench                     all scenarios
 *     npm run bench -- send stream      some of them
 *     npm run bench -- --seconds 1 --rounds 3
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { build } from './build.ts'
import { moveToLoadCore, pinned } from './cores.ts'
import { printRows } from './report.ts'
import { authScenario } from './scenarios/auth.ts'
import { bindingsScenario } from './scenarios/bindings.ts'
import { clientScenario } from './scenarios/client.ts'
import { getScenario } from './scenarios/get.ts'
import { idleScenario } from './scenarios/idle.ts'
import { listScenario } from './scenarios/list.ts'
import { memoryScenario } from './scenarios/memory.ts'
import { manyTasksScenario } from './scenarios/many-tasks.ts'
import { sendScenario } from './scenarios/send.ts'
import type { Scenario } from './scenarios/scenario.ts'
import { storesScenario } from './scenarios/stores.ts'
import { streamScenario } from './scenarios/stream.ts'
import { startServer, type Server } from './server-process.ts'

const scenarios: Record<string, Scenario> = {
  send: sendScenario,
  get: getScenario,
  stream: streamScenario,
  list: listScenario,
  auth: authScenario,
  bindings: bindingsScenario,
  client: clientScenario,
  idle: idleScenario,
  memory: memoryScenario,
  stores: storesScenario,
  'many-tasks': manyTasksScenario
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '1' }, rounds: { type: 'string', default: '5' } }
})
const unknown = positionals.find(name => !(name in scenarios))
if (unknown !== undefined) {
  console.error(`there is no scenario ${unknown}; there are ${Object.keys(scenarios).join(', ')}`)
  process.exit(1)
}

const servers = build()
moveToLoadCore()
console.log(`node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, ${pinned ? 'server and load each on a core of its own' : 'NOT pinned to cores'}, ${values.rounds} rounds of ${values.seconds} s`)
console.log('rates are per second of the server\'s CPU; ratios are medians over the rounds\n')
for (const [name, scenario] of Object.entries(scenarios)) {
  if (positionals.length === 0 || positionals.includes(name)) await run(scenario)
}

async function run (scenario: Scenario): Promise<void> {
  const started: Server[] = []
  try {
    printRows(await scenario({
      seconds: Number(values.seconds),
      rounds: Number(values.rounds),
      start: async (name, env, isLoad) => {
        const server = await startServer(servers, name, env, isLoad)
        started.push(server)
        return server
      }
    }))
    console.log()
  } finally {
    await Promise.all(started.map(server => server.stop()))
  }
}
