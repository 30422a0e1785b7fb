/** Whom the coordinator knows: where they are, what shows them who calls, and whom to believe. */
import { apiKey, basic, bearer, clientCredentials, type Credential, type RegistryEntry, type RegistryOptions } from '../../lib/client/index.ts'
import { createCardVerifier } from '../../plugins/index.ts'
import type { AgentId } from '../shared/messages.ts'

export type Helper = Exclude<AgentId, 'coordinator'>
export type Addresses = Record<Helper, string>

/** What each of them is asked for. */
export const roles: Record<AgentId, string> = {
  coordinator: 'Plans the trip',
  flights: 'Flights',
  charter: 'Flights, where the first one fails',
  hotels: 'Hotel',
  activities: 'Things to do'
}

export const helpers: readonly Helper[] = ['flights', 'charter', 'hotels', 'activities']

/** Who can do the same is asked in this order, the highest first. */
const priorities: Record<Helper, number> = { flights: 1, charter: 0, hotels: 0, activities: 0 }

/** Only agents at these places, that ask who calls, and whose cards are signed by keys at the same places. */
export async function registryOptions (addresses: Addresses, env: NodeJS.ProcessEnv): Promise<RegistryOptions> {
  const origins = helpers.map(id => new URL(addresses[id]).origin)
  const verifier = await createCardVerifier({ issuers: origins })
  const credentials: Record<Helper, Credential> = {
    flights: apiKey(env.FLIGHTS_KEY || 'flights-demo'),
    charter: basic('coordinator', env.CHARTER_PASSWORD || 'charter-demo'),
    hotels: clientCredentials({ clientId: 'coordinator', clientSecret: env.HOTELS_SECRET || 'hotels-demo' }),
    activities: bearer(env.ACTIVITIES_TOKEN || 'activities-demo')
  }
  return {
    agents: helpers.map((id): RegistryEntry => ({ id, agent: addresses[id], priority: priorities[id], client: { credentials: credentials[id] } })),
    // A person waits: who does not answer soon is left for the next one.
    client: { reconnect: { attempts: 2, maxDelay: 300 }, retry: { retries: 1 }, timeouts: { card: 3_000, call: 5_000, idle: 30_000 } },
    trust: { origins, requireSecurity: true, verify: async card => { await verifier.verify(Object(card)) } }
  }
}

export function isHelper (id: string): id is Helper {
  return helpers.some(helper => helper === id)
}
