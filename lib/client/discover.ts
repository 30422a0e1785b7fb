import type { AgentCard } from '../../schemas/v1/card.ts'
import { howToInstall } from '../grpc/packages.ts'
import { belongsTo } from './addresses.ts'
import { createAgent, type RemoteAgent } from './agent.ts'
import { anonymous, createAuthorize } from './calls/authorize.ts'
import { createCalls } from './calls/calls.ts'
import { checkCard, fetchCard } from './cards/fetch.ts'
import { ClientError } from './errors.ts'
import { openConnections, type Connections } from './http/connections.ts'
import type { Exchange } from './http/exchange.ts'
import { chooseInterfaces, type Choice, type Preference } from './interfaces.ts'
import { grpcTlsOf, resolveClientOptions, type ClientOptions, type ClientSettings } from './options.ts'
import { createTransport } from './transports/create.ts'

/** A card as it came from somewhere, in either version. */
export type CardInHand = AgentCard | { readonly name: string, readonly url: string, readonly [field: string]: unknown }

/**
 * Finds an agent and how to speak to it.
 *
 * @param target the URL of the agent (its card is at the well-known path below it, or at the root of its host), the URL of a card,
 *   or the card itself
 * @param options.signal of the search
 * @throws ClientError A2A_ERR_CARD, A2A_ERR_INTERFACE, A2A_ERR_NETWORK; A2AError InvalidAgentResponseError for a card that is none;
 *   what `verify` throws
 * @example
 * const agent = await discover('https://api.skyroute.com')
 * const { text } = await agent.send('Flights from Berlin to Tokyo tomorrow')
 */
export async function discover (target: string | URL | CardInHand, options: ClientOptions & { signal?: AbortSignal } = {}): Promise<RemoteAgent> {
  const settings = resolveClientOptions(options)
  const connections = openConnections(options)
  try {
    const found = await findCard(target, options, settings, connections.trusted.exchange)
    return await connect(found, options, settings, connections)
  } catch (error) {
    await connections.close()
    throw error
  }
}

type FoundCard = { readonly card: AgentCard, /** Where it came from. */ readonly origin: string | undefined }

async function findCard (
  target: string | URL | CardInHand, { verify, signal }: ClientOptions & { signal?: AbortSignal }, settings: ClientSettings, exchange: Exchange
): Promise<FoundCard> {
  if (typeof target === 'string' || target instanceof URL) {
    const { cache, headers, maxSize, timeouts } = settings
    const { card, url } = await fetchCard(String(target), { exchange, cache, headers, maxSize, timeout: timeouts.card, verify, signal })
    return { card, origin: new URL(url).origin }
  }
  return { card: await checkCard(target, verify), origin: undefined }
}

async function connect ({ card, origin }: FoundCard, options: ClientOptions, settings: ClientSettings, connections: Connections): Promise<RemoteAgent> {
  const { maxSize, reconnect, poll, idempotent, timeouts } = settings
  const { grpc: { tls } = {}, verify } = options
  const credentials = [options.credentials ?? []].flat()
  const choices = chooseInterfaces(card, preferenceOf(options), { origin, grpcTls: grpcTlsOf(options) })
  // Whoever has a card in hand vouches for what it says.
  const isTrusted = ({ place, transport }: Choice) => origin === undefined || [origin, ...options.origins ?? []].some(own => belongsTo(place, transport, own))
  const usable = credentials.length > 0 ? choices.filter(isTrusted) : choices
  if (usable.length === 0) {
    const places = [...new Set(choices.map(({ place }) => place.origin))].join(', ')
    throw new ClientError('A2A_ERR_TRUST', `The card of ${origin} has its interfaces at ${places}, where credentials are not sent: name it in the option origins if you trust it`)
  }

  for (const choice of usable) {
    const { exchange, tls: ownTls } = isTrusted(choice) ? connections.trusted : connections.plain
    const transport = await createTransport({ choice, exchange, tls: { ...ownTls, ...typeof tls === 'object' ? tls : {} }, idle: timeouts.idle, maxSize })
    if (transport === undefined) continue
    const authorize = credentials.length === 0 ? anonymous : createAuthorize(card, credentials, { origin: origin ?? choice.place.origin, fetch: connections.fetch })
    return createAgent({
      card,
      interface: choice.agentInterface,
      transport: choice.transport,
      version: choice.version,
      taskTimeout: timeouts.task,
      verify,
      line: { calls: createCalls(transport, authorize, settings), streams: card.capabilities.streaming === true, idempotent, reconnect, poll },
      close: async () => {
        transport.close?.()
        await connections.close()
      }
    })
  }
  throw new ClientError('A2A_ERR_INTERFACE', `${card.name} is spoken to over gRPC, which needs packages that are not installed: ${howToInstall}`)
}

/** gRPC has connections of its own: it would go around a proxy, or whatever else requests are to go through. */
function preferenceOf ({ transports, versions, fetch, dispatcher, guard = false }: ClientOptions): Preference {
  const goesElsewhere = fetch !== undefined || dispatcher !== undefined
  return { versions, transports, leaveOut: guard !== false || (goesElsewhere && transports === undefined) ? ['GRPC'] : [] }
}
