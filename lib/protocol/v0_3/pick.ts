/**
 * Copies the named properties that are set. Requests are copied by name, never spread: a field that 0.3
 * does not know, and that nobody has checked, must not become a field that 1.0 knows (`tenant`, for one).
 */
export function pick<T extends object, K extends keyof T> (object: T, ...names: K[]): Pick<T, K> {
  const copy: Partial<Pick<T, K>> = {}
  for (const name of names) {
    if (object[name] !== undefined) copy[name] = object[name]
  }
  // What is missing was optional or undefined in T.
  return copy as Pick<T, K>
}
