/** did:web: the document of a DID is at a URL that the DID names. */
import type { JWK } from 'jose'
import { readMultikey } from './multikey.ts'

/** A key, and the URL of a DID that names it. */
export type DidKey = { readonly id: string, readonly jwk: JWK }

/** @throws Error for a DID that names no URL */
export function didWebUrl (did: string): string {
  const [host = '', ...path] = did.slice('did:web:'.length).split(':').map(decodeURIComponent)
  if (!/^[\w.-]+(:\d{1,5})?$/.test(host) || path.some(part => part === '' || part === '.' || part === '..' || /[/\\?#]/.test(part))) throw new Error('the DID names no URL')
  return `https://${host}/${path.length === 0 ? '.well-known' : path.map(encodeURIComponent).join('/')}/did.json`
}

/** The keys with which the subject of a document authenticates (DID Core §5.3.1). @throws Error for a document of another DID */
export function authenticationKeys (document: unknown, did: string): DidKey[] {
  if (!isObject(document) || document.id !== did) throw new Error('the document is that of another DID')
  const methods = listOf(document.verificationMethod).filter(isObject)
  return listOf(document.authentication).flatMap(entry => {
    const method = typeof entry === 'string' ? methods.find(({ id }) => absolute(id, did) === absolute(entry, did)) : entry
    return isObject(method) ? keyOf(method, did) : []
  })
}

function keyOf ({ id, publicKeyJwk, publicKeyMultibase }: Record<string, unknown>, did: string): DidKey[] {
  const name = absolute(id, did)
  if (isObject(publicKeyJwk)) {
    const { kty, crv, x, y } = publicKeyJwk
    const isKnown = (kty === 'OKP' && crv === 'Ed25519') || (kty === 'EC' && crv === 'P-256' && typeof y === 'string')
    return isKnown && typeof x === 'string' ? [{ id: name, jwk: { kty, crv, x, ...typeof y === 'string' && { y } } }] : []
  }
  return typeof publicKeyMultibase === 'string' ? readable(publicKeyMultibase).map(jwk => ({ id: name, jwk })) : []
}

/** A document may hold keys of kinds that are not known here. */
function readable (multikey: string): JWK[] {
  try {
    return [readMultikey(multikey)]
  } catch {
    return []
  }
}

/** Relative to its document, as in `#key-1`. */
function absolute (id: unknown, did: string): string {
  const text = typeof id === 'string' ? id : ''
  return text.startsWith('#') ? did + text : text
}

function listOf (value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function isObject (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
