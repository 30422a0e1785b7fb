/** Who may call at all: by address, by certificate, by principal. */
import type { Principal } from '../agent/executor.ts'
import { createHostList } from '../http/addresses.ts'
import { defaultOwner } from './owner.ts'

/** Any of these is enough. */
export type CallerList = {
  /** `203.0.113.7`, `10.0.0.0/8`, `2001:db8::/32`. Behind a proxy, Fastify's `trustProxy` says which address counts. */
  addresses?: readonly string[]
  /** SHA-256 fingerprints of client certificates, in hex, with or without colons. */
  certificates?: readonly string[]
  /** Ids of principals, whoever vouches for them; or of one issuer alone. */
  principals?: ReadonlyArray<string | { id: string, issuer: string }>
}

export type NetworkOptions = {
  /** Where given, nobody else may call. */
  allow?: CallerList
  /** Who may not call, whatever `allow` says. */
  deny?: CallerList
}

/** What is known of a caller so far. */
export type Caller = { readonly address: string, readonly fingerprint: string | undefined }

export type NetworkRules = {
  /** Whether it can be refused before anybody asks who it is. */
  refuses (caller: Caller): boolean
  /** @param principal undefined for anonymous callers */
  refusesPrincipal (caller: Caller, principal: Principal | undefined): boolean
}

export function createNetworkRules ({ allow, deny }: NetworkOptions): NetworkRules {
  const denied = deny && createMatcher(deny)
  const allowed = allow && createMatcher(allow)
  const mayBeAllowedLater = (allow?.principals?.length ?? 0) > 0
  return {
    refuses: caller => denied?.caller(caller) === true || (allowed !== undefined && !mayBeAllowedLater && !allowed.caller(caller)),
    refusesPrincipal: (caller, principal) => {
      if (denied?.principal(principal) === true) return true
      return allowed !== undefined && !allowed.caller(caller) && !allowed.principal(principal)
    }
  }
}

function createMatcher ({ addresses = [], certificates = [], principals = [] }: CallerList) {
  const hosts = createHostList(addresses)
  const fingerprints = new Set(certificates.map(plainFingerprint))
  const ids = new Set(principals.filter(entry => typeof entry === 'string'))
  const issued = new Set(principals.filter(entry => typeof entry === 'object').map(defaultOwner))
  return {
    caller: ({ address, fingerprint }: Caller) => hosts.hasAddress(address) || (fingerprint !== undefined && fingerprints.has(plainFingerprint(fingerprint))),
    principal: (principal: Principal | undefined) => principal !== undefined && (ids.has(principal.id) || issued.has(defaultOwner(principal)))
  }
}

function plainFingerprint (text: string): string {
  return text.replaceAll(':', '').toLowerCase()
}
