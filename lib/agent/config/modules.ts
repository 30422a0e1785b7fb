/** Modules that a config file names in place of functions. */
import { pathToFileURL } from 'node:url'
import type { Path, Problem } from '../options/problem.ts'

/** A string of the config that names a module. */
export type ModuleReference = { readonly path: Path, readonly specifier: string }

/** The card's own form, as far as modules are concerned. */
type ConfigCard = string | { skills?: ReadonlyArray<{ handler?: string }> }

export type ConfigModules = {
  executor?: string
  route?: string
  store?: string
  card?: ConfigCard
  extendedCard?: ConfigCard
}

/** All modules that the config names. */
export function moduleReferences (config: ConfigModules): ModuleReference[] {
  const named = (['executor', 'route', 'store', 'card', 'extendedCard'] as const).flatMap(name => {
    const specifier = config[name]
    return typeof specifier === 'string' ? [{ path: [name], specifier }] : []
  })
  const handlers = (['card', 'extendedCard'] as const).flatMap(name => {
    const card = config[name]
    const skills = typeof card === 'object' ? card.skills ?? [] : []
    return skills.flatMap(({ handler }, index) => handler === undefined
      ? []
      : [{ path: [name, 'skills', index, 'handler'], specifier: handler }])
  })
  return [...named, ...handlers]
}

export type Imported = { readonly value: unknown } | { readonly problem: Problem, readonly cause: unknown }

/**
 * Imports what a reference names: the default export, or the one after `#`.
 * @param base the absolute path of the config file, to which references are relative
 */
export async function importReference ({ path, specifier }: ModuleReference, base: string): Promise<Imported> {
  const [file = '', name = 'default'] = specifier.split('#')
  try {
    // A module namespace has the exports as its properties, whatever they are.
    const exports: Record<string, unknown> = await import(new URL(file, pathToFileURL(base)).href)
    if (name in exports) return { value: exports[name] }
    return { problem: { path, text: missingExport(file, name, Object.keys(exports)) }, cause: undefined }
  } catch (cause) {
    return { problem: { path, text: `can't be imported: ${reason(cause)}` }, cause }
  }
}

function missingExport (file: string, name: string, names: readonly string[]): string {
  const what = name === 'default' ? 'no default export' : `no export "${name}"`
  if (names.length === 0) return `names ${file}, which exports nothing`
  const named = names.filter(name => name !== 'default').map(name => `${file}#${name}`)
  const hint = [...names.includes('default') ? [file] : [], ...named]
  return `names ${file}, which has ${what}; there is ${hint.join(', ')}`
}

function reason (error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const untyped = error instanceof Error && 'code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION'
  return untyped ? `${text}; this Node needs --import tsx, or the compiled file, to take TypeScript` : text
}
