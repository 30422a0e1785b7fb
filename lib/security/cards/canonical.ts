/** What of a card is signed, in the form of RFC 8785. There are several: the specification's, and those of SDKs that differ from it. */
import canonicalize from 'canonicalize'
import { isObject, project, type Json } from './project.ts'
import { v03Card, v1Card } from './shapes.ts'

/** Who reads a card that is to be signed: clients of 1.0, of 0.3, or of both. */
export type Readers = '1.0' | '0.3' | 'both'

/**
 * What signatures are made over, each text once; the specification's first.
 * @param options.compat whether to add the forms of the official SDKs where they differ
 */
export function payloadsToSign (card: object, readers: Readers, { compat }: { compat: boolean }): string[] {
  const json: Json = Object.fromEntries(Object.entries(card))
  const forms = compat
    ? { '1.0': [ofV1, ofSdks], 0.3: [asItStands, ofPythonV03], both: [ofV1, ofSdks, asItStands, ofPythonV03] }
    : { '1.0': [ofV1], 0.3: [asItStands], both: [ofV1, asItStands] }
  return [...new Set(forms[readers].map(form => form(json)))]
}

/** What a signature may have been made over, and what it then vouches for. */
export type Candidate = { readonly payload: string, readonly card: Json }

/** @throws Error when the card has no canonical form */
export function candidates (card: Json): Candidate[] {
  const { signatures, ...whole } = card
  const v1 = isObject(card.capabilities) && Array.isArray(card.supportedInterfaces)
    ? [ofV1, ofSdks].map(form => ({ payload: form(card), card: project(v1Card, card) }))
    : []
  return [{ payload: asItStands(card), card: whole }, ...v1, { payload: ofPythonV03(card), card: project(v03Card, card) }]
}

/** A2A 1.0 §8.4.1. */
function ofV1 (card: Json): string {
  return jcs(project(v1Card, card))
}

/** The JavaScript and Python SDKs of 1.x leave out all that is empty, required or not. */
function ofSdks (card: Json): string {
  return jcs(withoutEmpty(project(v1Card, card)) ?? {})
}

/** 0.3 names no form: the JSON as it is (RFC 8785), without the signatures. */
function asItStands ({ signatures, ...card }: Json): string {
  return jcs(card)
}

/** The Python SDK of 0.3 leaves out what is empty and what has a default, and escapes all that is not ASCII. */
function ofPythonV03 (card: Json): string {
  return jcs(withoutEmpty(project(v03Card, card)) ?? {})
    .replace(/[\u007f-\uffff]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function jcs (value: unknown): string {
  return canonicalize(value) ?? ''
}

/** Undefined where nothing is left. */
function withoutEmpty (value: unknown): unknown {
  if (value === '' || value === null || value === undefined) return undefined
  if (typeof value !== 'object') return value
  if (Array.isArray(value)) {
    const items = value.map(withoutEmpty).filter(item => item !== undefined)
    return items.length > 0 ? items : undefined
  }
  const members = Object.entries(value).map(([key, member]) => [key, withoutEmpty(member)] as const).filter(([, member]) => member !== undefined)
  return members.length > 0 ? Object.fromEntries(members) : undefined
}
