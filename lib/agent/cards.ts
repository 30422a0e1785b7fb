import type { AgentCard } from '../../schemas/v1/card.ts'
import { A2AError } from '../protocol/errors.ts'
import { createSignedCards } from '../security/cards/signed.ts'
import type { CardSigner } from '../security/cards/signer.ts'
import { toV03Card, v03Fields } from '../protocol/v0_3/card.ts'
import { createCardCache, type CardResponse } from './card-response.ts'
import { buildCard } from './card.ts'
import type { Principal } from './executor.ts'
import type { ProtocolVersion } from './options.ts'
import type { Settings } from './settings.ts'

/** Who wants which card: pure 1.0, pure 0.3, or, where nobody said, a 1.0 card that 0.3 clients can read too. */
export type CardVersion = ProtocolVersion | 'both'

/** The cards of an agent, in every form; signed where the agent signs. */
export type Cards = {
  /** The public card of now. */
  public (baseUrl: string): Promise<AgentCard>
  /** The public card as HTTP answers it. */
  publicResponse (baseUrl: string, version: CardVersion): Promise<CardResponse>
  /** @throws A2AError when there is none, or not for this caller (A2A 1.0 §3.1.11, §13.3) */
  extended (principal: Principal | undefined, baseUrl: string): Promise<AgentCard>
  /** The same for clients of 0.3. @param inForm brings it into the form that they read @throws A2AError */
  extendedV03 (principal: Principal | undefined, baseUrl: string, inForm: (card: AgentCard) => object): Promise<object>
}

export function createCards (settings: Settings, signer?: CardSigner): Cards {
  const cached = createCardCache()
  const signed = signer && createSignedCards(signer)

  async function extended (principal: Principal | undefined, baseUrl: string): Promise<AgentCard> {
    if (!settings.capabilities.extendedAgentCard) throw new A2AError('UnsupportedOperationError', 'This agent has no extended card')
    if (settings.extendedCard === undefined) throw new A2AError('ExtendedAgentCardNotConfiguredError')
    if (principal === undefined && settings.allowAnonymous !== true) throw new A2AError('UnauthenticatedError', 'The extended card is for authenticated callers')
    return buildCard(settings, await settings.extendedCard(principal), { baseUrl })
  }

  async function sign<T extends object> (card: T, version: ProtocolVersion): Promise<T> {
    return signer === undefined ? card : (await signer.sign(card, version)).card
  }

  return {
    public: async baseUrl => await sign(buildCard(settings, await settings.card(), { baseUrl }), '1.0'),
    publicResponse: async (baseUrl, version) => {
      const card = await settings.card()
      const key = `${version} ${baseUrl}`
      const build = () => inVersion(buildCard(settings, card, { baseUrl }), version)
      if (signed === undefined) return cached(card, key, build)
      const ready = await signed(card, key, build, version)
      return cached(ready, key, () => ready)
    },
    extended: async (principal, baseUrl) => await sign(await extended(principal, baseUrl), '1.0'),
    extendedV03: async (principal, baseUrl, inForm) => await sign(inForm(await extended(principal, baseUrl)), '0.3')
  }
}

function inVersion (card: AgentCard, version: CardVersion): object {
  if (version === '1.0') return card
  if (version === '0.3') return toV03Card(card) ?? card
  return { ...card, ...v03Fields(card) }
}
