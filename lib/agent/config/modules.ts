/** Modules that a config file names in place of functions. */
import { pathToFileURL } from 'node:url'
import type { Path, Problem } from '../options/problem.ts'

/** A string of the config that names a module. */
export type ModuleReference = { readonly path: Path, readonly specifier: string }

/** The card's own form, as far as modules are concerned. */
type ConfigCard = string | { skills?: ReadonlyArray<{ handler?: string }> }

type ConfigAgent = {
  executor?: string
  route?: string
  extensions?: string
  card?: ConfigCard
  extendedCard?: ConfigCard
}

export type ConfigModules = ConfigAgent & {
  store?: string
  owner?: string
  authorize?: string
  agents?: string | Readonly<Record<string, ConfigAgent>>
}

/** All modules that the config names. */
export function moduleReferences (config: ConfigModules): ModuleReference[] {
  const { store, owner, authorize, agents } = config
  return [
    ...agentReferences(config, []),
    ...reference(store, ['store']),
    ...reference(owner, ['owner']),
    ...reference(authorize, ['authorize']),
    ...typeof agents === 'object'
      ? Object.entries(agents).flatMap(([tenant, agent]) => agentReferences(agent, ['agents', tenant]))
      : reference(agents, ['agents'])
  ]
}

/** @param at where the agent stands */
function agentReferences (agent: ConfigAgent, at: Path): ModuleReference[] {
  return [
    ...(['executor', 'route', 'extensions'] as const).flatMap(name => reference(agent[name], [...at, name])),
    ...(['card', 'extendedCard'] as const).flatMap(name => cardReferences(agent[name], [...at, name]))
  ]
}

function cardReferences (card: ConfigCard | undefined, at: Path): ModuleReference[] {
  if (typeof card !== 'object') return reference(card, at)
  return (card.skills ?? []).flatMap(({ handler }, index) => reference(handler, [...at, 'skills', index, 'handler']))
}

function reference (specifier: string | undefined, path: Path): ModuleReference[] {
  return specifier === undefined ? [] : [{ path, specifier }]
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
