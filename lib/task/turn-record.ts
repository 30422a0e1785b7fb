import type { Message, Struct } from '../../schemas/v1/common.ts'
import type { Principal } from '../agent/executor.ts'
import type { TurnRequest } from './turn.ts'

/** What a turn was told beside its message, as far as there was something to tell. */
export type TurnTerms = {
  readonly metadata?: Readonly<Struct>
  readonly acceptedOutputModes?: readonly string[]
  readonly extensions?: readonly string[]
  readonly principal?: Principal
  readonly ifGenerationMatch?: number
}

/** A turn as data: what it takes to run it on another replica, or again. Never leaves the server. */
export type TurnRecord = {
  readonly turnId: string
  readonly message: Message
  readonly terms?: TurnTerms | undefined
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
  return {
    ...hasMetadata && { metadata },
    ...acceptedOutputModes.length > 0 && { acceptedOutputModes },
    ...extensions.length > 0 && { extensions },
    ...principal !== undefined && { principal: plain(principal) },
    ...ifGenerationMatch !== undefined && { ifGenerationMatch }
  }
}

/** Only what a principal is said to have: a host's own object may hold more, and what can't be stored. */
function plain ({ id, issuer, scopes, claims, scheme }: Principal): Principal {
  return {
    id,
    ...issuer !== undefined && { issuer },
    ...scopes !== undefined && { scopes },
    ...claims !== undefined && { claims },
    ...scheme !== undefined && { scheme }
  }
}

function isEmpty (object: object): boolean {
  return Object.keys(object).length === 0
}
