import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A fenced block of a document. */
export type Snippet = {
  /** The document, relative to the root. */
  readonly doc: string
  /** The line of its first line of code, from 1. */
  readonly line: number
  /** The info string: ```ts run */
  readonly kind: string
  /** What it prints, after the kind: ```bash => one text => another */
  readonly prints: readonly string[]
  readonly code: string
}

/** All snippets of README.md, CONTRIBUTING.md and docs/. */
export function extractSnippets (root: string): Snippet[] {
  return documents(root).flatMap(doc => snippetsOf(doc, readFileSync(join(root, doc), 'utf8')))
}

/** Links to files and headings that do not exist, as `README.md: docs/x.md`. */
export function brokenLinks (root: string): string[] {
  return documents(root).flatMap(doc => {
    const links = [...readFileSync(join(root, doc), 'utf8').matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)]
    return links.flatMap(([, path = '', heading]) => {
      const target = path === '' ? join(root, doc) : join(root, dirname(doc), path)
      const isThere = existsSync(target) && (heading === undefined || headings(target).includes(heading))
      return isThere ? [] : [`${doc}: ${path}${heading === undefined ? '' : `#${heading}`}`]
    })
  })
}

function documents (root: string): string[] {
  return ['README.md', 'CONTRIBUTING.md', ...readdirSync(join(root, 'docs')).filter(name => name.endsWith('.md')).map(name => `docs/${name}`)]
}

/** The anchors that GitHub makes of headings. */
function headings (file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)]
    .map(([, text = '']) => text.toLowerCase().replace(/[^\p{L}\p{N} -]/gu, '').replaceAll(' ', '-'))
}

function snippetsOf (doc: string, text: string): Snippet[] {
  const snippets: Snippet[] = []
  let open: { line: number, info: string, code: string[] } | undefined
  text.split('\n').forEach((line, index) => {
    const fence = /^\s*```(.*)$/.exec(line)
    if (fence === null) open?.code.push(line)
    else if (open === undefined) open = { line: index + 2, info: fence[1]?.trim() ?? '', code: [] }
    else {
      const [kind = '', ...prints] = open.info.split(' => ')
      snippets.push({ doc, line: open.line, kind, prints, code: open.code.join('\n') })
      open = undefined
    }
  })
  if (open !== undefined) throw new Error(`${doc}: a fence is not closed`)
  return snippets
}

export function placeOf ({ doc, line }: Snippet): string {
  return `${doc}:${line}`
}
