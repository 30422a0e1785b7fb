/** Which of an agent's interfaces a client speaks to (A2A 1.0 §8.3.2). */
import type { AgentCard, AgentInterface } from '../../schemas/v1/card.ts'
import type { ProtocolVersion } from '../agent/options.ts'
import { parseVersion } from '../protocol/versions.ts'
import { placeOf, type Surroundings } from './addresses.ts'
import { ClientError } from './errors.ts'

export const transportNames = ['JSONRPC', 'HTTP+JSON', 'GRPC'] as const
export type TransportName = typeof transportNames[number]

export type Preference = {
  /** Transports that will do, the preferred first. Default: all, in the order of the card. */
  readonly transports?: readonly TransportName[] | undefined
  /** Versions that will do. Default: both, 1.0 before 0.3 where the card has both for a transport. */
  readonly versions?: readonly ProtocolVersion[] | undefined
  /** Transports that will not do. */
  readonly leaveOut?: readonly TransportName[]
}

export type Choice = {
  readonly agentInterface: AgentInterface
  readonly transport: TransportName
  readonly version: ProtocolVersion
  /** Its URL, also where the card gives an address without a scheme. */
  readonly place: URL
}

/**
 * The interfaces that this client can speak to, the best one first: by the caller's preference, else by the card's.
 * @throws ClientError A2A_ERR_INTERFACE
 */
export function chooseInterfaces ({ name, supportedInterfaces }: AgentCard, { transports, versions = ['1.0', '0.3'], leaveOut = [] }: Preference, surroundings: Surroundings): [Choice, ...Choice[]] {
  const choices = supportedInterfaces.flatMap(agentInterface => {
    const transport = transportOf(agentInterface)
    const version = parseVersion(agentInterface.protocolVersion)
    if (transport === undefined || version === undefined || !versions.includes(version)) return []
    const place = placeOf(agentInterface.url, transport, surroundings)
    return place === undefined || transports?.includes(transport) === false || leaveOut.includes(transport) ? [] : [{ agentInterface, transport, version, place }]
  })
  const [first, ...others] = choices.sort((a, b) => rank(a, transports) - rank(b, transports))
  if (first !== undefined) return [first, ...others]
  const offered = supportedInterfaces.map(({ protocolBinding, protocolVersion, url }) => `${protocolBinding} ${protocolVersion} at ${url}`).join(', ')
  throw new ClientError('A2A_ERR_INTERFACE', `${name} offers ${offered}; this client takes ${(transports ?? transportNames.filter(name => !leaveOut.includes(name))).join(', ')} in ${versions.join(', ')}`)
}

/** @returns undefined for one that this client does not know */
export function transportOf ({ protocolBinding }: AgentInterface): TransportName | undefined {
  return transportNames.find(name => name === protocolBinding.toUpperCase())
}

/** Sorting is stable: equals stay in the order of the card. */
function rank ({ transport }: Choice, transports: readonly TransportName[] | undefined): number {
  return transports?.indexOf(transport) ?? 0
}
