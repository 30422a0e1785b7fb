/** The agents of the example in this process, each at a port of its own. */
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { createActivitiesApp } from '../../example-app/activities/app.ts'
import { readAddresses } from '../../example-app/addresses.ts'
import { createCharterApp } from '../../example-app/charter/app.ts'
import type { Addresses } from '../../example-app/coordinator/agents.ts'
import { createCoordinatorApp, type CoordinatorAppOptions } from '../../example-app/coordinator/app.ts'
import { createFlightApp } from '../../example-app/flights/app.ts'
import { createHotelApp } from '../../example-app/hotels/app.ts'
import { closeAfter } from '../helpers/host.ts'

export type Team = { url: string, addresses: Addresses, coordinator: FastifyInstance }

/** @param elsewhere those that the test serves itself */
export async function startTeam (t: Test, elsewhere: Partial<Addresses> = {}, options: Pick<CoordinatorAppOptions, 'mind'> = {}): Promise<Team> {
  const { coordinator: { url, port }, ...helpers } = await readAddresses({ PORT: '0' })
  const create = { flights: createFlightApp, charter: createCharterApp, hotels: createHotelApp, activities: createActivitiesApp }
  const addresses: Addresses = { flights: '', charter: '', hotels: '', activities: '' }
  for (const id of ['flights', 'charter', 'hotels', 'activities'] as const) {
    addresses[id] = elsewhere[id] ?? helpers[id].url
    if (elsewhere[id] === undefined) await listen(t, await create[id]({ url: helpers[id].url }), helpers[id].port)
  }
  const coordinator = await createCoordinatorApp({ url, addresses, ...options })
  await listen(t, coordinator, port)
  return { url, addresses, coordinator }
}

async function listen (t: Test, app: FastifyInstance, port: number): Promise<void> {
  closeAfter(t, app)
  await app.listen({ port, host: 'localhost' })
}
