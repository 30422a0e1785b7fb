import type { Message, Struct } from '../../schemas/v1/common.ts'
import type { Principal } from '../agent/executor.ts'
import type { TurnRequest } from './turn.ts'

/** What a turn was told beside its message, as far as there was something to tell. */
export type TurnTerms = {
  metadata?: Readonly<Struct>
  acceptedOutputModes?: readonly string[]
  extensions?: readonly string[]
  principal?: Principal
  ifGenerationMatch?: number
}

/** A turn as data: what it takes to run it on another replica, or again. Never leaves the server. */
export type TurnRecord = {
  readonly turnId: string
  readonly message: Message
  readonly terms?: Readonly<TurnTerms> | undefined
}

/** A turn that has begun, and what has become of it before. */
export type RunningTurn = TurnRecord & {
  /** 1 for the first. */
  readonly attempt: number
  /** Attempts that ended with the replica that made them; one that was handed over is none. */
  readonly crashes: number
}

export function recordOf (turnId: string, request: TurnRequest): TurnRecord {
  const terms = termsOf(request)
  return terms === undefined ? { turnId, message: request.message } : { turnId, message: request.message, terms }
}

/** Undefined when there is nothing to say, as for most turns. */
export function termsOf ({ metadata, acceptedOutputModes, extensions, principal, ifGenerationMatch }: TurnRequest): TurnTerms | undefined {
  const hasMetadata = !isEmpty(metadata)
  if (!hasMetadata && principal === undefined && ifGenerationMatch === undefined && acceptedOutputModes.length === 0 && extensions.length === 0) return undefined
  const terms: TurnTerms = {}
  if (hasMetadata) terms.metadata = metadata
  if (acceptedOutputModes.length > 0) terms.acceptedOutputModes = acceptedOutputModes
  if (extensions.length > 0) terms.extensions = extensions
  if (principal !== undefined) terms.principal = plain(principal)
  if (ifGenerationMatch !== undefined) terms.ifGenerationMatch = ifGenerationMatch
  return terms
}

/** Only what a principal is said to have: a host's own object may hold more, and what can't be stored. */
function plain ({ id, issuer, scopes, claims, scheme }: Principal): Principal {
  const known: { -readonly [Name in keyof Principal]: Principal[Name] } = { id }
  if (issuer !== undefined) known.issuer = issuer
  if (scopes !== undefined) known.scopes = scopes
  if (claims !== undefined) known.claims = claims
  if (scheme !== undefined) known.scheme = scheme
  return known
}

function isEmpty (object: object): boolean {
  return Object.keys(object).length === 0
}
