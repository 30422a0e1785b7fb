/** Whether a card is from whom it says it is (A2A 1.0 §8.4.3). */
import { base64url, decodeProtectedHeader, flattenedVerify, type JWSHeaderParameters } from 'jose'
import type { AgentCardSignature } from '../../../schemas/v1/card.ts'
import { candidates, type Candidate } from './canonical.ts'
import { CardSignatureError, type Finding } from './errors.ts'
import { isObject, type Json } from './project.ts'
import { createKeyFinder, type CardTrust, type KeyFinder, type TrustedKey } from './trust.ts'

export type VerifiedCard = {
  /** What the signature vouches for, and nothing else: use this, and not the card that came. */
  readonly card: Json
  readonly kid: string | undefined
  readonly jku: string | undefined
}

export type CardVerifier = {
  /**
   * @param card as it came, of 1.0 or 0.3
   * @throws CardSignatureError when none of its signatures can be trusted
   */
  verify (card: object): Promise<VerifiedCard>
  close (): Promise<void>
}

/** A card is a page of text: more of these, or deeper ones, are made to keep a client busy. */
const maxSignatures = 32
const maxDepth = 100

/**
 * Verifies many cards: keys that were fetched are kept.
 * @throws Error when the trust names a key or a URL that is none
 */
export async function createCardVerifier (trust: CardTrust, now: () => number = Date.now): Promise<CardVerifier> {
  const finder = await createKeyFinder(trust)
  return { verify: card => verifyWith(finder, { ...card }, now), close: () => finder.close() }
}

/**
 * Verifies one card.
 *
 *     const { card } = await verifyCard(await response.json(), { issuers: ['https://agents.example.com'] })
 *
 * @throws CardSignatureError when none of its signatures can be trusted; `code` tells why
 */
export async function verifyCard (card: object, trust: CardTrust): Promise<VerifiedCard> {
  const verifier = await createCardVerifier(trust)
  try {
    return await verifier.verify(card)
  } finally {
    await verifier.close()
  }
}

async function verifyWith (finder: KeyFinder, card: Json, now: () => number): Promise<VerifiedCard> {
  const signatures = signaturesOf(card)
  const forms = formsOf(card)
  const results: Array<Holding | Finding> = []
  // One after the other: the second one finds the keys that the first one has fetched.
  for (const signature of signatures) results.push(await examine(finder, forms, signature, now()))
  const [best] = results.flatMap(result => 'form' in result ? [result] : []).sort((a, b) => a.form - b.form)
  const signed = best && forms[best.form]
  if (best === undefined || signed === undefined) throw new CardSignatureError(results.flatMap(result => 'form' in result ? [] : [result]))
  return { card: signed.card, kid: best.kid, jku: best.jku }
}

function signaturesOf ({ signatures }: Json): unknown[] {
  if (Array.isArray(signatures) && signatures.length > maxSignatures) throw malformed(`it has more than ${maxSignatures} signatures`)
  if (Array.isArray(signatures) && signatures.length > 0) return signatures
  throw new CardSignatureError([{ code: 'A2A_ERR_CARD_UNSIGNED', reason: 'it is not signed' }])
}

function formsOf (card: Json): Candidate[] {
  if (isDeeperThan(card, maxDepth)) throw malformed(`it nests deeper than ${maxDepth} levels`)
  try {
    return candidates(card)
  } catch (cause) {
    throw malformed('it can\'t be brought into the form that is signed', cause)
  }
}

/** A signature that holds, and the index of the form that it is over. */
type Holding = { readonly form: number, readonly kid: string | undefined, readonly jku: string | undefined }

async function examine ({ find }: KeyFinder, forms: readonly Candidate[], signature: unknown, now: number): Promise<Holding | Finding> {
  const header = isSignature(signature) ? headerOf(signature) : undefined
  if (header === undefined || !isSignature(signature)) return { code: 'A2A_ERR_CARD_MALFORMED', reason: 'what stands there is no signature' }
  const { kid, exp } = header
  const names = { kid, jku: typeof header.jku === 'string' ? header.jku : undefined }
  const found = await find(header).catch((error: unknown) => ({ missing: 'unknown' as const, reason: `its key can't be used: ${error instanceof Error ? error.message : String(error)}` }))
  if (!('key' in found)) return { code: found.missing === 'unavailable' ? 'A2A_ERR_CARD_KEYS_UNAVAILABLE' : 'A2A_ERR_CARD_KEY_UNKNOWN', reason: found.reason, ...names }
  const form = await firstSigned(forms, signature, found)
  // What a forgery says of its time is worth nothing: this comes first.
  if (form === undefined) return { code: 'A2A_ERR_CARD_TAMPERED', reason: `the signature by ${JSON.stringify(kid)} is of another card`, ...names }
  if (isPast(exp, now)) return { code: 'A2A_ERR_CARD_EXPIRED', reason: `the signature by ${JSON.stringify(kid)} has expired`, ...names }
  if (isPast(found.expires, now)) return { code: 'A2A_ERR_CARD_EXPIRED', reason: `the key ${JSON.stringify(kid)} has expired`, ...names }
  return { form, ...names }
}

function headerOf (signature: AgentCardSignature): JWSHeaderParameters | undefined {
  try {
    const header = decodeProtectedHeader({ protected: signature.protected })
    return header.kid === undefined || typeof header.kid === 'string' ? header : undefined
  } catch {
    return undefined
  }
}

/** Those that cover more come first. */
async function firstSigned (forms: readonly Candidate[], { protected: head, signature }: AgentCardSignature, { key }: TrustedKey): Promise<number | undefined> {
  for (const [index, { payload }] of forms.entries()) {
    const isSigned = await flattenedVerify({ protected: head, payload: base64url.encode(payload), signature }, key).then(() => true, () => false)
    if (isSigned) return index
  }
  return undefined
}

function isPast (seconds: unknown, now: number): boolean {
  return typeof seconds === 'number' && seconds * 1000 <= now
}

function isSignature (value: unknown): value is AgentCardSignature {
  return isObject(value) && typeof value.protected === 'string' && typeof value.signature === 'string'
}

function isDeeperThan (value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return depth === 0 || Object.values(value).some(member => isDeeperThan(member, depth - 1))
}

function malformed (reason: string, cause?: unknown): CardSignatureError {
  return new CardSignatureError([{ code: 'A2A_ERR_CARD_MALFORMED', reason }], { cause })
}
