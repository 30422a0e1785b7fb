import type { FastifyInstance } from 'fastify'
import { createAgentApp, type AppOptions } from '../shared/app.ts'
import { createIssuer, scope } from './tokens.ts'

/** The hotel agent issues its tokens itself: HOTELS_SECRET is what clients get them with. */
export async function createHotelApp (options: AppOptions): Promise<FastifyInstance> {
  const { url } = options
  const issuer = await createIssuer(url, process.env.HOTELS_SECRET || 'hotels-demo')
  const app = await createAgentApp(new URL('agent.yaml', import.meta.url), options, {
    security: {
      schemes: {
        oauth: {
          type: 'oauth2',
          flows: { clientCredentials: { tokenUrl: `${url}/oauth/token`, scopes: { [scope]: 'Search for hotels' } } },
          issuer: url,
          audience: url,
          keys: [issuer.publicKey]
        }
      },
      requirements: [{ oauth: [scope] }]
    }
  })
  await app.register(issuer.tokenEndpoint)
  return app
}
