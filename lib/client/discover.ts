import type { AgentCard } from '../../schemas/v1/card.ts'
import { createAgent, type RemoteAgent } from './agent.ts'
import { anonymous } from './calls/authorize.ts'
import { createCalls } from './calls/calls.ts'
import { fetchCard } from './cards/fetch.ts'
import { readCard } from './cards/read.ts'
import { createExchange, type Exchange } from './http/exchange.ts'
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
  const exchange = createExchange(options)
  const { card } = await findCard(target, options, settings, exchange)
  const [choice] = chooseInterfaces(card, options)
  return connect(card, choice, settings, exchange)
}

async function findCard (
  target: string | URL | CardInHand, { verify, signal }: ClientOptions & { signal?: AbortSignal }, settings: ClientSettings, exchange: Exchange
): Promise<{ card: AgentCard, url: string | undefined }> {
  if (typeof target === 'string' || target instanceof URL) {
    const { cache, headers, maxSize, timeouts } = settings
    return await fetchCard(String(target), { exchange, cache, headers, maxSize, timeout: timeouts.card, verify, signal })
  }
  await verify?.(structuredClone(target))
  return { card: readCard(structuredClone(target)), url: undefined }
}

function connect (card: AgentCard, { agentInterface, transport, version }: Choice, settings: ClientSettings, exchange: Exchange): RemoteAgent {
  const { maxSize, reconnect, poll, idempotent, timeouts } = settings
  const calls = createCalls(createTransport(transport, version, { agentInterface, exchange, maxSize }), anonymous, settings)
  return createAgent({
    card,
    interface: agentInterface,
    transport,
    version,
    taskTimeout: timeouts.task,
    line: { calls, streams: card.capabilities.streaming === true, idempotent, reconnect, poll },
    close: async () => {}
  })
}
