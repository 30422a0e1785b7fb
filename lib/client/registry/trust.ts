/** Whom a registry deals with: settled before a message leaves. */
import type { AgentCard } from '../../../schemas/v1/card.ts'
import type { VerifyCard } from '../cards/fetch.ts'
import { ClientError } from '../errors.ts'

export type TrustOptions = {
  /** Origins that agents and their interfaces may have: `https://api.example.com`, `https://*.example.com`. Default: all. */
  origins?: readonly string[]
  /** Checks the signatures of a card as it came, and throws to refuse it: `card => verifyCard(card, trust)`. */
  verify?: VerifyCard
  /** Only agents whose cards require their callers to show who they are. Default: false. */
  requireSecurity?: boolean
  /** Only interfaces of `https:`. Default: false. */
  requireTls?: boolean
}

/** @throws ClientError A2A_ERR_TRUST, which says what is not as it should be */
export function checkTrust ({ name, supportedInterfaces, securityRequirements = [] }: AgentCard, target: string | undefined, { origins, requireSecurity = false, requireTls = false }: TrustOptions): void {
  const urls = [...target === undefined ? [] : [target], ...supportedInterfaces.map(({ url }) => url)].filter(url => /^https?:/i.test(url) && URL.canParse(url))
  for (const url of urls) {
    const { origin, protocol } = new URL(url)
    if (requireTls && protocol !== 'https:') throw new ClientError('A2A_ERR_TRUST', `${name} is not trusted: ${url} is not https:`)
    if (origins?.some(allowed => matches(origin, allowed)) === false) throw new ClientError('A2A_ERR_TRUST', `${name} is not trusted: ${origin} is not among the origins that are allowed`)
  }
  if (requireSecurity && !securityRequirements.some(({ schemes }) => Object.keys(schemes).length > 0)) {
    throw new ClientError('A2A_ERR_TRUST', `${name} is not trusted: its card requires no security`)
  }
}

function matches (origin: string, allowed: string): boolean {
  const [, scheme = '', domain = ''] = /^(https?:\/\/)\*(\..+)$/.exec(allowed) ?? []
  return domain === '' ? origin === allowed.replace(/\/$/, '') : origin.startsWith(scheme) && origin.endsWith(domain)
}
