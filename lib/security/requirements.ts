/** What a caller needs: one of several requirements, each of them schemes that are needed together (A2A 1.0 §4.4.1). */
import type { SecurityRequirement } from '../../schemas/v1/card.ts'
import type { Principal } from '../agent/executor.ts'
import { AuthError } from './auth-error.ts'
import type { RequirementOptions } from './options.ts'

/** Scopes by the names of schemes; all of them are needed. */
export type Requirement = Readonly<Record<string, readonly string[]>>

/** What a request shows of who it comes from. */
export interface Evidence {
  /**
   * By a scheme: undefined where nothing of that kind is shown, a promise until that is found out.
   * @throws AuthError
   */
  of (scheme: string): Principal | undefined | Promise<void>
}

export type Verdict =
  | { readonly is: 'met', readonly principal: Principal }
  /** Nothing was shown of what would do, or not all of it. */
  | { readonly is: 'missing', readonly isPartial: boolean }
  | { readonly is: 'wrong', readonly scheme: string, readonly error: AuthError }
  | { readonly is: 'insufficient', readonly scheme: string, readonly scopes: readonly string[] }

/** Of several that are not met, the one that is told is the nearest one. */
const nearness: readonly Verdict['is'][] = ['missing', 'wrong', 'insufficient', 'met']

/** The first one that is met says who calls. What has to be waited for is waited for, and no more than that. */
export function evaluate (requirements: readonly Requirement[], evidence: Evidence): Verdict | Promise<Verdict> {
  let nearest: Verdict = { is: 'missing', isPartial: false }
  for (const requirement of requirements) {
    const verdict = evaluateOne(requirement, evidence)
    if (verdict instanceof Promise) return verdict.then(() => evaluate(requirements, evidence))
    if (verdict.is === 'met') return verdict
    const isNearer = nearness.indexOf(verdict.is) > nearness.indexOf(nearest.is) || (verdict.is === 'missing' && verdict.isPartial && nearest.is === 'missing')
    if (isNearer) nearest = verdict
  }
  return nearest
}

/** Of a combination, the scheme that stands first says who it is. */
function evaluateOne (requirement: Requirement, evidence: Evidence): Verdict | Promise<void> {
  let first: Principal | undefined
  let isMissing = false
  let insufficient: Verdict | undefined
  for (const scheme of Object.keys(requirement)) {
    const scopes = requirement[scheme] ?? []
    let principal: ReturnType<Evidence['of']>
    try {
      principal = evidence.of(scheme)
    } catch (error) {
      if (error instanceof AuthError) return { is: 'wrong', scheme, error }
      throw error
    }
    if (principal instanceof Promise) return principal
    if (principal === undefined) {
      isMissing = true
      continue
    }
    first ??= principal
    const { scopes: given } = principal
    if (!scopes.every(scope => given?.includes(scope))) insufficient ??= { is: 'insufficient', scheme, scopes }
  }
  if (isMissing || first === undefined) return { is: 'missing', isPartial: first !== undefined }
  return insufficient ?? { is: 'met', principal: first }
}

/** @param given in its short form, or in that of the card */
export function toRequirement (given: RequirementOptions): Requirement {
  if (!isCardForm(given)) return given
  return Object.fromEntries(Object.entries(given.schemes).map(([name, { list = [] }]) => [name, list]))
}

export function toCardRequirement (requirement: Requirement): SecurityRequirement {
  return { schemes: Object.fromEntries(Object.entries(requirement).map(([name, scopes]) => [name, { list: [...scopes] }])) }
}

/** A scheme may be called `schemes`: its scopes are a list. */
function isCardForm (given: RequirementOptions): given is SecurityRequirement {
  return typeof given.schemes === 'object' && !Array.isArray(given.schemes)
}
