/** Which of an agent's interfaces a client speaks to (A2A 1.0 §8.3.2). */
import type { AgentCard, AgentInterface } from '../../schemas/v1/card.ts'
import type { ProtocolVersion } from '../agent/options.ts'
import { parseVersion } from '../protocol/versions.ts'
import { ClientError } from './errors.ts'

export const transportNames = ['JSONRPC', 'HTTP+JSON'] as const
export type TransportName = typeof transportNames[number]

export type Preference = {
  /** Transports that will do, the preferred first. Default: all, in the order of the card. */
  readonly transports?: readonly TransportName[] | undefined
  /** Versions that will do. Default: both, 1.0 before 0.3 where the card has both for a transport. */
  readonly versions?: readonly ProtocolVersion[] | undefined
}

export type Choice = { readonly agentInterface: AgentInterface, readonly transport: TransportName, readonly version: ProtocolVersion }

/**
 * The interfaces that this client can speak to, the best one first: by the caller's preference, else by the card's.
 * @throws ClientError A2A_ERR_INTERFACE
 */
export function chooseInterfaces ({ name, supportedInterfaces }: AgentCard, { transports, versions = ['1.0', '0.3'] }: Preference): [Choice, ...Choice[]] {
  const choices = supportedInterfaces.flatMap(agentInterface => {
    const transport = transportNames.find(name => name === agentInterface.protocolBinding.toUpperCase())
    const version = parseVersion(agentInterface.protocolVersion)
    if (transport === undefined || version === undefined || !versions.includes(version) || !isHttp(agentInterface.url)) return []
    return transports?.includes(transport) === false ? [] : [{ agentInterface, transport, version }]
  })
  const [first, ...others] = choices.sort((a, b) => rank(a, transports) - rank(b, transports))
  if (first !== undefined) return [first, ...others]
  const offered = supportedInterfaces.map(({ protocolBinding, protocolVersion, url }) => `${protocolBinding} ${protocolVersion} at ${url}`).join(', ')
  throw new ClientError('A2A_ERR_INTERFACE', `${name} offers ${offered}; this client takes ${(transports ?? transportNames).join(', ')} in ${versions.join(', ')}`)
}

/** Sorting is stable: equals stay in the order of the card. */
function rank ({ transport }: Choice, transports: readonly TransportName[] | undefined): number {
  return transports?.indexOf(transport) ?? 0
}

function isHttp (url: string): boolean {
  return /^https?:\/\//i.test(url) && URL.canParse(url)
}
