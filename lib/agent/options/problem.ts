/** Where something stands in the options: keys and indexes. */
export type Path = ReadonlyArray<string | number>

/** One thing that is wrong. `text` goes on after the name of the place: "must be an array". */
export type Problem = { readonly path: Path, readonly text: string }

/** `card.skills[0].tags`; keys that are no plain names stand in brackets. */
export function formatPath (path: Path): string {
  let name = ''
  for (const key of path) {
    if (typeof key === 'number') name += `[${key}]`
    else if (/^[\w$-]+$/.test(key)) name += name === '' ? key : `.${key}`
    else name += `[${JSON.stringify(key)}]`
  }
  return name
}

/** @param root what the options as a whole are called */
export function formatProblem ({ path, text }: Problem, root: string): string {
  return `${path.length === 0 ? root : formatPath(path)} ${text}`
}

/** The known name that `name` was probably meant to be. */
export function nearest (name: string, known: readonly string[]): string | undefined {
  const allowed = Math.max(1, Math.floor(name.length / 3))
  const distances = known.map(candidate => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
  return distances.filter(({ distance }) => distance <= allowed).sort((a, b) => a.distance - b.distance)[0]?.candidate
}

/** Levenshtein's, one row at a time. */
function editDistance (from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [i, a] of [...from].entries()) {
    const next = [i + 1]
    for (const [j, b] of [...to].entries()) {
      const replaced = (row[j] ?? 0) + (a === b ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
