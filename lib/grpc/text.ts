/** Half a surrogate pair, which JSON can say and UTF-8 cannot, becomes U+FFFD. */
export function wellFormed (text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, '\ufffd')
}

/** A copy of what is JSON, with all of its texts well-formed. */
export function wellFormedJson (json: object): object {
  return JSON.parse(JSON.stringify(json), (_name, value: unknown) => typeof value === 'string' ? wellFormed(value) : value)
}
