import type { AgentCard } from '../../schemas/v1/card.ts'
import { createAgent, type RemoteAgent } from './agent.ts'
import { anonymous, createAuthorize } from './calls/authorize.ts'
import { createCalls } from './calls/calls.ts'
import { checkCard, fetchCard } from './cards/fetch.ts'
import { ClientError } from './errors.ts'
import { openConnections, type Connections } from './http/connections.ts'
import type { Exchange } from './http/exchange.ts'
import { chooseInterfaces, type Choice } from './interfaces.ts'
import { resolveClientOptions, type ClientOptions, type ClientSettings } from './options.ts'
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
    const found = await findCard(target, options, settings, connections.trusted)
    return connect(found, options, settings, connections)
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

function connect ({ card, origin }: FoundCard, options: ClientOptions, settings: ClientSettings, connections: Connections): RemoteAgent {
  const choices = chooseInterfaces(card, options)
  const credentials = [options.credentials ?? []].flat()
  // Whoever has a card in hand vouches for what it says.
  const isTrusted = ({ agentInterface: { url } }: Choice) => origin === undefined || [origin, ...options.origins ?? []].includes(new URL(url).origin)
  const trusted = choices.find(isTrusted)
  if (credentials.length > 0 && trusted === undefined) {
    const places = [...new Set(choices.map(({ agentInterface: { url } }) => new URL(url).origin))].join(', ')
    throw new ClientError('A2A_ERR_TRUST', `The card of ${origin} has its interfaces at ${places}, where credentials are not sent: name it in the option origins if you trust it`)
  }
  const choice = credentials.length > 0 && trusted !== undefined ? trusted : choices[0]
  const { agentInterface, transport, version } = choice
  const { maxSize, reconnect, poll, idempotent, timeouts } = settings
  const exchange = isTrusted(choice) ? connections.trusted : connections.plain
  const authorize = credentials.length === 0 ? anonymous : createAuthorize(card, credentials, { origin: origin ?? new URL(agentInterface.url).origin, fetch: connections.fetch })
  const calls = createCalls(createTransport(transport, version, { agentInterface, exchange, maxSize }), authorize, settings)
  return createAgent({
    card,
    interface: agentInterface,
    transport,
    version,
    taskTimeout: timeouts.task,
    line: { calls, streams: card.capabilities.streaming === true, idempotent, reconnect, poll },
    close: connections.close
  })
}
