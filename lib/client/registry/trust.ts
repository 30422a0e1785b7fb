/** Whom a registry deals with: settled before a message leaves. */
import type { AgentCard } from '../../../schemas/v1/card.ts'
import { belongsTo, placeOf, type Surroundings } from '../addresses.ts'
import type { VerifyCard } from '../cards/fetch.ts'
import { ClientError } from '../errors.ts'
import { transportOf, type TransportName } from '../interfaces.ts'

export type TrustOptions = {
  /**
   * Origins that agents and their interfaces may have: `https://api.example.com`, `https://*.example.com`. gRPC has ports of its own:
   * it belongs to the origins of its host, unless it is less secure. Default: all.
   */
  origins?: readonly string[]
  /** Checks the signatures of a card as it came, and throws to refuse it: `card => verifyCard(card, trust)`. */
  verify?: VerifyCard
  /** Only agents whose cards require their callers to show who they are. Default: false. */
  requireSecurity?: boolean
  /** Only interfaces of `https:`, and gRPC over TLS. Default: false. */
  requireTls?: boolean
}

/** Before anything is asked there. @throws ClientError A2A_ERR_TRUST */
export function checkOrigin (url: string, trust: TrustOptions): void {
  if (URL.canParse(url)) checkPlace(url, new URL(url), 'HTTP+JSON', trust)
}

/** @param target its URL; undefined for a card in hand @throws ClientError A2A_ERR_TRUST, which says what is not as it should be */
export function checkTrust ({ name, supportedInterfaces, securityRequirements = [] }: AgentCard, target: string | undefined, trust: TrustOptions, grpcTls?: boolean): void {
  const surroundings: Surroundings = { origin: target === undefined ? undefined : new URL(target).origin, grpcTls }
  for (const agentInterface of supportedInterfaces) {
    const transport = transportOf(agentInterface)
    const place = transport && placeOf(agentInterface.url, transport, surroundings)
    // What nobody here could speak to does not count.
    if (transport !== undefined && place !== undefined) checkPlace(name, place, transport, trust)
  }
  const isRequired = securityRequirements.length > 0 && securityRequirements.every(({ schemes }) => Object.keys(schemes).length > 0)
  if (trust.requireSecurity === true && !isRequired) throw new ClientError('A2A_ERR_TRUST', `${name} is not trusted: its card requires no security`)
}

function checkPlace (name: string, place: URL, transport: TransportName, { origins, requireTls = false }: TrustOptions): void {
  if (requireTls && place.protocol !== 'https:') throw new ClientError('A2A_ERR_TRUST', `${name} is not trusted: ${place.href} is not https:`)
  if (origins?.some(allowed => belongsTo(place, transport, allowed)) === false) throw new ClientError('A2A_ERR_TRUST', `${name} is not trusted: ${place.origin} is not among the origins that are allowed`)
}
