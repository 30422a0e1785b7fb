/** Without what is undefined: an option that is there but undefined was not given. */
export function given<T extends object> (options: T | undefined): Partial<T> {
  // Leaving entries out of a T gives a part of a T.
  return Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => value !== undefined)) as Partial<T>
}
