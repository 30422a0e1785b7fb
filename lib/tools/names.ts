import { createHash } from 'node:crypto'

const maxLength = 64

export type WantedName = {
  readonly wanted: string
  /** What it stands for: the same in every process. */
  readonly identity: string
}

/**
 * Names that every framework takes, in the order given. Those that would be the same all get a mark of what they stand for, so that
 * a name never depends on who came first, and does not go over to another agent when one leaves.
 */
export function nameAll (names: readonly WantedName[]): string[] {
  const plain = names.map(({ wanted, identity }) => {
    const slug = toSlug(wanted)
    // What had to be cut may differ in what was lost.
    return slug === '' || slug.length > maxLength ? marked(slug, identity) : slug
  })
  return plain.map((name, index) => plain.indexOf(name) === plain.lastIndexOf(name) ? name : marked(name, names[index]?.identity ?? ''))
}

function toSlug (wanted: string): string {
  const ascii = wanted.slice(0, 512).normalize('NFKD').replace(/\p{M}/gu, '').replace(/[^a-zA-Z0-9]+/g, '_').replace(/^_+|_+$/g, '')
  return /^\d/.test(ascii) ? `_${ascii}` : ascii
}

function marked (slug: string, identity: string): string {
  const mark = createHash('sha256').update(identity).digest('hex').slice(0, 8)
  return `${slug === '' ? 'tool' : slug.slice(0, maxLength - mark.length - 1)}_${mark}`
}
