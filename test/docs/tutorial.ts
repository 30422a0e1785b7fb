/** The tutorial as a script: what its fences say, step by step. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../example/process.ts'
import { extractSnippets, placeOf, type Snippet } from './extract.ts'

export const tutorial = 'docs/tutorial.md'

export type TutorialStep = { readonly title: string, readonly snippets: readonly Snippet[] }

const kinds = /^((ts|yaml|diff) tutorial [\w.-]+|sh tutorial( install| start)?|bash tutorial|text tutorial( stop [\w.-]+)?)$/

export function isTutorial ({ doc, kind }: Snippet): boolean {
  return doc === tutorial && kinds.test(kind)
}

/** What stands under each heading. */
export function tutorialSteps (): TutorialStep[] {
  const snippets = extractSnippets(root).filter(isTutorial)
  const headings = readFileSync(join(root, tutorial), 'utf8').split('\n')
    .flatMap((text, index) => text.startsWith('## ') ? [{ title: text.slice(3), line: index + 1 }] : [])
  return headings.map(({ title, line }, index) => {
    const end = headings[index + 1]?.line ?? Infinity
    return { title, snippets: snippets.filter(snippet => snippet.line > line && snippet.line < end) }
  }).filter(({ snippets }) => snippets.length > 0)
}

/** A file of the tutorial, as it is after the snippet; undefined for a snippet that is no file. */
export function fileOf (snippet: Snippet, files: ReadonlyMap<string, string>): { name: string, text: string } | undefined {
  const [, language, name = ''] = /^(ts|yaml|diff) tutorial (.*)$/.exec(snippet.kind) ?? []
  if (language === undefined) return undefined
  return { name, text: language === 'diff' ? patched(snippet, files.get(name) ?? '') : `${snippet.code}\n` }
}

/** All versions of all modules of the tutorial. */
export function tutorialModules (): Snippet[] {
  const files = new Map<string, string>()
  return tutorialSteps().flatMap(({ snippets }) => snippets).flatMap(snippet => {
    const file = fileOf(snippet, files)
    if (file === undefined) return []
    files.set(file.name, file.text)
    return file.name.endsWith('.ts') ? [{ ...snippet, code: file.text }] : []
  })
}

/** Each paragraph of a diff has a place of its own. */
function patched (snippet: Snippet, text: string): string {
  return snippet.code.split('\n\n').reduce((text, paragraph) => {
    const without = (sign: string) => paragraph.split('\n').filter(line => !line.startsWith(sign)).map(line => `${line.slice(1)}\n`).join('')
    const [start, end, ...rest] = text.split(without('+'))
    if (start === undefined || end === undefined || rest.length > 0) throw new Error(`${placeOf(snippet)}: not once in its file: ${without('+')}`)
    return `${start}${without('-')}${end}`
  }, text)
}
