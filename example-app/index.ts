/**
 * `npm start`: the travel agent at PORT, 3000 unless that is set, and those that it asks at the next ports. `npm start flights` starts those
 * that are named, and no others. LOG_LEVEL=info shows every request.
 */
import type { FastifyInstance } from 'fastify'
import { agentIds, readAddresses } from './addresses.ts'
import { createActivitiesApp } from './activities/app.ts'
import { createCharterApp } from './charter/app.ts'
import { createCoordinatorApp } from './coordinator/app.ts'
import { createFlightApp } from './flights/app.ts'
import { createHotelApp } from './hotels/app.ts'
import { page } from './page/plugin.ts'
import { chooseMind } from './coordinator/mind.ts'
import type { AppOptions } from './shared/app.ts'
import type { AgentId } from './shared/messages.ts'

const { HOST = 'localhost', LOG_LEVEL = 'warn' } = process.env
const addresses = await readAddresses(process.env)
const { mind, note } = await chooseMind(process.env)

const create: Record<AgentId, (options: AppOptions) => Promise<FastifyInstance>> = {
  coordinator: async options => {
    const { coordinator, ...helpers } = addresses
    // The keys stay.
    const urls = Object.fromEntries(Object.entries(helpers).map(([id, { url }]) => [id, url])) as Record<keyof typeof helpers, string>
    return await createCoordinatorApp({ ...options, addresses: urls, mind, page })
  },
  flights: createFlightApp,
  charter: createCharterApp,
  hotels: createHotelApp,
  activities: createActivitiesApp
}

const named = process.argv.slice(2)
const unknown = named.find(name => !agentIds.some(id => id === name))
if (unknown !== undefined) throw new Error(`There is no agent ${unknown}; there are ${agentIds.join(', ')}`)
const wanted = agentIds.filter(id => named.length === 0 ? !addresses[id].isElsewhere : named.includes(id))

const apps: FastifyInstance[] = []
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => { void Promise.all(apps.map(async app => await app.close())) })
}

async function start (id: AgentId): Promise<void> {
  const { url, port } = addresses[id]
  const app = await create[id]({ url, server: { logger: { level: LOG_LEVEL } } })
  apps.push(app)
  await app.listen({ port, host: HOST })
}

// The coordinator looks for the others when it starts.
for (const id of wanted) if (id !== 'coordinator') await start(id)
if (wanted.includes('coordinator')) {
  await start('coordinator')
  console.log(`Travel agent at ${addresses.coordinator.url}, planned by ${note}`)
} else {
  for (const id of wanted) console.log(`${id} at ${addresses[id].url}, alone`)
}
