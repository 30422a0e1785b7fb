/** Why a card is not trusted; the first of these that is true of any of its signatures. */
export type CardSignatureCode =
  /** There is none: the agent does not sign, or somebody has taken it away. */
  | 'A2A_ERR_CARD_UNSIGNED'
  /** A trusted key has signed, but another card than this one. */
  | 'A2A_ERR_CARD_TAMPERED'
  /** A trusted key has signed this card, but the signature or the key holds no longer. */
  | 'A2A_ERR_CARD_EXPIRED'
  /** The keys that are trusted can't be had at the moment. */
  | 'A2A_ERR_CARD_KEYS_UNAVAILABLE'
  /** Nobody who is trusted has signed. */
  | 'A2A_ERR_CARD_KEY_UNKNOWN'
  /** What stands there is no signature. */
  | 'A2A_ERR_CARD_MALFORMED'

/** What was found of one signature. */
export type Finding = { readonly code: CardSignatureCode, readonly reason: string, readonly kid?: string | undefined, readonly jku?: string | undefined }

/** What to know first: that somebody has changed a card says more than that a key is not known. */
const order: readonly CardSignatureCode[] = [
  'A2A_ERR_CARD_UNSIGNED', 'A2A_ERR_CARD_TAMPERED', 'A2A_ERR_CARD_EXPIRED', 'A2A_ERR_CARD_KEYS_UNAVAILABLE', 'A2A_ERR_CARD_KEY_UNKNOWN', 'A2A_ERR_CARD_MALFORMED'
]

/** A card that can't be trusted: `code` says why, `findings` of each signature. */
export class CardSignatureError extends Error {
  override readonly name = 'CardSignatureError'
  readonly code: CardSignatureCode
  readonly findings: readonly Finding[]

  /** @param findings at least one */
  constructor (findings: readonly Finding[], options?: { cause?: unknown }) {
    const worst = order.flatMap(code => findings.find(finding => finding.code === code) ?? [])[0]
    super(`The agent card is not trusted: ${worst?.reason ?? 'it is not signed'}`, options)
    this.code = worst?.code ?? 'A2A_ERR_CARD_UNSIGNED'
    this.findings = findings
  }
}
