/** 128 random bits. `crypto.randomUUID` is not there for a phone that has opened this page by `http:` from another machine. */
export function newId (): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('')
}
