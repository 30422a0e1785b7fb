import type { Principal } from '../agent/executor.ts'
import { A2AError } from '../protocol/errors.ts'
import { formatChallenges, type Refusal } from './challenge.ts'
import type { Credentials } from './credentials.ts'
import type { SecuritySettings } from './options.ts'
import { evaluate, type Evidence, type Requirement, type Verdict } from './requirements.ts'
import type { Scheme } from './scheme.ts'
import { createScheme } from './schemes.ts'

/** Who a request comes from, and what it has shown. */
export type Authentication = {
  /** Undefined for an anonymous caller. */
  readonly principal: Principal | undefined
  /** @throws A2AError Unauthenticated or PermissionDenied when none of them is met */
  require (requirements: readonly Requirement[]): Promise<void>
}

export type Authenticator = {
  /** Whether schemes look at the body of a request. */
  readonly needsBody: boolean
  /**
   * @param vouched whom the host has authenticated by its own means
   * @throws A2AError Unauthenticated, PermissionDenied, or Unavailable when it can't be found out at the moment
   */
  authenticate (credentials: Credentials, context?: AuthenticationContext): Authentication | Promise<Authentication>
}

export type AuthenticationContext = {
  vouched?: Principal | undefined
  /** Where OAuth clients read who gives them tokens, if anybody does. */
  resourceMetadata?: () => string | undefined
  /** Told of who is not let in, and why; nothing in it is secret. */
  onRefused?: (refused: Refused) => void
  /** Told why credentials can't be checked at the moment. */
  onOutage?: (error: unknown) => void
}

export type Refused = {
  /** `wrong`, and `insufficient`, for credentials that were shown. */
  readonly is: Exclude<Verdict['is'], 'met'>
  readonly scheme?: string
  readonly reason: string
}

/**
 * @param servesAnonymous whether who shows nothing is let in, as nobody
 * @throws MisuseError
 */
export function createAuthenticator (settings: SecuritySettings, servesAnonymous: boolean): Authenticator {
  const { realm, requirements, targets } = settings
  const schemes: ReadonlyMap<string, Scheme> = new Map([...settings.schemes].map(([name, options]) => [name, createScheme(name, options, targets)]))
  const alternatives = servesAnonymous ? [...requirements, ...otherSchemes(requirements, schemes)] : requirements

  function refuse (verdict: Exclude<Verdict, { is: 'met' }>, requirements: readonly Requirement[], { resourceMetadata: find, onRefused }: AuthenticationContext): A2AError {
    const resourceMetadata = find?.()
    const error = verdict.is === 'wrong' ? verdict.error : undefined
    onRefused?.(refusedFor(verdict))
    const challenges = formatChallenges(requirements.flatMap(requirement => Object.entries(requirement).flatMap(([name, scopes]) => {
      const scheme = schemes.get(name)
      if (scheme === undefined || (verdict.is === 'insufficient' && name !== verdict.scheme)) return []
      const refusal: Refusal = {
        realm,
        scopes,
        ...resourceMetadata !== undefined && { resourceMetadata },
        ...verdict.is === 'wrong' && verdict.scheme === name && { error: verdict.error.code, description: verdict.error.message },
        ...verdict.is === 'insufficient' && { error: 'insufficient_scope', scopes: verdict.scopes }
      }
      return [{ challenge: scheme.challenge, refusal }]
    })))
    if (verdict.is === 'insufficient') return new A2AError('PermissionDeniedError', `More scopes are needed: ${verdict.scopes.join(' ')}`, { challenges })
    return new A2AError('UnauthenticatedError', error?.message, { challenges })
  }

  return {
    needsBody: [...schemes.values()].some(({ needsBody }) => needsBody === true),
    authenticate: (credentials, context = {}) => {
      const { vouched } = context
      const evidence = vouched === undefined ? evidenceOf(schemes, credentials, context) : vouchedEvidence(schemes, vouched)
      const conclude = (verdict: Verdict): Authentication => {
        const isAnonymous = servesAnonymous && verdict.is === 'missing' && !verdict.isPartial
        if (verdict.is !== 'met' && !isAnonymous) throw refuse(verdict, requirements, context)
        return {
          principal: verdict.is === 'met' ? vouched ?? verdict.principal : undefined,
          require: async requirements => {
            const verdict = await evaluate(requirements, evidence)
            if (verdict.is !== 'met') throw refuse(verdict, requirements, context)
          }
        }
      }
      const verdict = evaluate(vouched === undefined ? alternatives : requirements, evidence)
      return verdict instanceof Promise ? verdict.then(conclude) : conclude(verdict)
    }
  }
}

function refusedFor (verdict: Exclude<Verdict, { is: 'met' }>): Refused {
  switch (verdict.is) {
    case 'missing': return { is: 'missing', reason: verdict.isPartial ? 'only some of the credentials were shown' : 'no credentials' }
    case 'wrong': return { is: 'wrong', scheme: verdict.scheme, reason: verdict.error.message }
    case 'insufficient': return { is: 'insufficient', scheme: verdict.scheme, reason: `one of these scopes is missing: ${verdict.scopes.join(' ')}` }
  }
}

/** What no requirement asks for says who it is all the same, where nobody need say it: skills may ask for it. */
function otherSchemes (requirements: readonly Requirement[], schemes: ReadonlyMap<string, Scheme>): Requirement[] {
  return [...schemes.keys()].filter(name => requirements.every(requirement => !(name in requirement))).map(name => ({ [name]: [] }))
}

/** A scheme that takes time is asked once, and only when somebody wants to know; one that does not says the same again. */
function evidenceOf (schemes: ReadonlyMap<string, Scheme>, credentials: Credentials, { onOutage }: AuthenticationContext): Evidence {
  let asked: Map<string, () => ReturnType<Evidence>> | undefined
  return name => {
    const before = asked?.get(name)
    if (before !== undefined) return before()
    const shown = schemes.get(name)?.authenticate(credentials)
    if (!(shown instanceof Promise)) return shown
    const outcomes = asked ??= new Map()
    const settled = shown.then(principal => { outcomes.set(name, () => principal) }, (error: unknown) => {
      if (error instanceof A2AError && error.name === 'UnavailableError') onOutage?.(error.cause)
      outcomes.set(name, () => { throw error })
    })
    outcomes.set(name, () => settled)
    return settled
  }
}

/** Whom the host has authenticated has come by the scheme that it names; by each, where it names none of those that are declared. */
function vouchedEvidence (schemes: ReadonlyMap<string, Scheme>, principal: Principal): Evidence {
  const { scheme } = principal
  const isDeclared = scheme !== undefined && schemes.has(scheme)
  return name => !isDeclared || scheme === name ? principal : undefined
}
