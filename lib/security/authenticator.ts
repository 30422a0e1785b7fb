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
  /** @throws A2AError Unauthenticated, PermissionDenied, or Unavailable when it can't be found out at the moment */
  authenticate (context: AuthenticationContext): Authentication | Promise<Authentication>
}

/** Who asks to be let in, and is told what comes of it. */
export interface AuthenticationContext {
  readonly credentials: Credentials
  /** Whom the host has authenticated by its own means. */
  readonly vouched: Principal | undefined
  /** Where OAuth clients read who gives them tokens, if anybody does. */
  resourceMetadata (): string | undefined
  /** Told why this caller is not let in; nothing in it is secret. */
  onRefused (refused: Refused): void
  /** Told why credentials can't be checked at the moment. */
  onOutage (error: unknown): void
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
  const { requirements, targets } = settings
  const schemes: ReadonlyMap<string, Scheme> = new Map([...settings.schemes].map(([name, options]) => [name, createScheme(name, options, targets)]))
  const rules: Rules = {
    realm: settings.realm,
    schemes,
    requirements,
    alternatives: servesAnonymous ? [...requirements, ...otherSchemes(requirements, schemes)] : requirements,
    servesAnonymous
  }
  return {
    needsBody: [...schemes.values()].some(({ needsBody }) => needsBody === true),
    authenticate: context => new Attempt(rules, context).begin()
  }
}

type Rules = {
  readonly realm: string
  readonly schemes: ReadonlyMap<string, Scheme>
  readonly requirements: readonly Requirement[]
  /** By any of them, a caller is known. */
  readonly alternatives: readonly Requirement[]
  readonly servesAnonymous: boolean
}

/** One caller's: a class, as closures made for each request would cost as much as what they do. */
class Attempt implements Authentication, Evidence {
  principal: Principal | undefined
  readonly #rules: Rules
  readonly #context: AuthenticationContext
  /** What schemes that take time have said. */
  #asked: Map<string, () => ReturnType<Evidence['of']>> | undefined

  constructor (rules: Rules, context: AuthenticationContext) {
    this.#rules = rules
    this.#context = context
  }

  begin (): Authentication | Promise<Authentication> {
    const { alternatives, requirements } = this.#rules
    const verdict = evaluate(this.#context.vouched === undefined ? alternatives : requirements, this)
    return verdict instanceof Promise ? verdict.then(verdict => this.#conclude(verdict)) : this.#conclude(verdict)
  }

  async require (requirements: readonly Requirement[]): Promise<void> {
    const verdict = await evaluate(requirements, this)
    if (verdict.is !== 'met') throw this.#refuse(verdict, requirements)
  }

  /** A scheme that takes time is asked once, and only when somebody wants to know; one that does not says the same again. */
  of (name: string): ReturnType<Evidence['of']> {
    const { credentials, vouched } = this.#context
    if (vouched !== undefined) return this.#vouched(name, vouched)
    const before = this.#asked?.get(name)
    if (before !== undefined) return before()
    const shown = this.#rules.schemes.get(name)?.authenticate(credentials)
    return shown instanceof Promise ? this.#wait(name, shown) : shown
  }

  /** Whom the host has authenticated has come by the scheme that it names; by each, where it names none of those that are declared. */
  #vouched (name: string, principal: Principal): Principal | undefined {
    const { scheme } = principal
    const isDeclared = scheme !== undefined && this.#rules.schemes.has(scheme)
    return !isDeclared || scheme === name ? principal : undefined
  }

  #wait (name: string, shown: Promise<Principal | undefined>): Promise<void> {
    const outcomes = this.#asked ??= new Map<string, () => ReturnType<Evidence['of']>>()
    const settled = shown.then(principal => { outcomes.set(name, () => principal) }, (error: unknown) => {
      if (error instanceof A2AError && error.name === 'UnavailableError') this.#context.onOutage(error.cause)
      outcomes.set(name, () => { throw error })
    })
    outcomes.set(name, () => settled)
    return settled
  }

  #conclude (verdict: Verdict): this {
    const { servesAnonymous, requirements } = this.#rules
    if (verdict.is === 'met') this.principal = this.#context.vouched ?? verdict.principal
    else if (!(servesAnonymous && verdict.is === 'missing' && !verdict.isPartial)) throw this.#refuse(verdict, requirements)
    return this
  }

  #refuse (verdict: Exclude<Verdict, { is: 'met' }>, requirements: readonly Requirement[]): A2AError {
    const { realm, schemes } = this.#rules
    const resourceMetadata = this.#context.resourceMetadata()
    this.#context.onRefused(refusedFor(verdict))
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
    return new A2AError('UnauthenticatedError', verdict.is === 'wrong' ? verdict.error.message : undefined, { challenges })
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
