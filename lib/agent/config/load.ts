/** A config file, step by step: text, environment, schema, modules, rules. */
import { readFile } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isScalar, type Scalar } from 'yaml'
import { MisuseError } from '../errors.ts'
import type { AgentOptions } from '../options.ts'
import { checkAgentConfig, checkAgentOptions } from '../options/check.ts'
import { formatPath, type Path, type Problem } from '../options/problem.ts'
import { optionProblems } from '../options/rules.ts'
import { retype, substitute, type Environment } from './env.ts'
import { importReference, moduleReferences, type ConfigModules } from './modules.ts'
import { parseSource, type ConfigSource } from './source.ts'

/**
 * Reads a config file: YAML or JSON, with `${ENV}` placeholders, and modules in place of functions.
 *
 * @param path relative to the working directory, or a file URL
 * @throws MisuseError `A2A_ERR_CONFIG`; each line of its message has the file, line, column and path of one problem
 * @example
 * const options = await loadConfig(new URL('./agent.yaml', import.meta.url))
 */
export async function loadConfig (path: string | URL, env: Environment = process.env): Promise<AgentOptions> {
  const file = path instanceof URL ? fileURLToPath(path) : resolve(path)
  const name = path instanceof URL ? relative('', file) : path
  const source = parseSource(await read(file, name), name)
  const { $schema, ...config } = checkedConfig(source, substitute(source, env))
  return importModules(config, source, file)
}

async function read (file: string, name: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new MisuseError('A2A_ERR_CONFIG', `${name}: can't be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** What the schema of config files lets through, as far as it matters here. */
type Config = ConfigModules & { $schema?: string }

/** @param placeholders strings that may stand for numbers and booleans, where the schema asks for one */
function checkedConfig (source: ConfigSource, placeholders: ReadonlySet<Scalar>): Config {
  let value = source.toJS()
  let problems = checkAgentConfig(value)
  const retyped = problems.map(({ path }) => {
    const node = source.nodeAt(path)
    return isScalar(node) && placeholders.has(node) && retype(node)
  })
  if (retyped.includes(true)) {
    value = source.toJS()
    problems = checkAgentConfig(value)
  }
  if (problems.length > 0) throw source.error(problems)
  // The schema has just said so.
  return value as Config
}

/** Puts what the modules export in their place, and checks the whole once more, now as options in code. */
async function importModules (config: Config, source: ConfigSource, file: string): Promise<AgentOptions> {
  const references = moduleReferences(config)
  const imported = await Promise.all(references.map(reference => importReference(reference, file)))
  const failed = imported.flatMap(result => 'problem' in result ? [result] : [])
  if (failed.length > 0) throw source.error(failed.map(({ problem }) => problem), failed[0]?.cause)

  const options = imported.reduce<unknown>((whole, result, index) => {
    const path = references[index]?.path ?? []
    return 'value' in result ? replaceAt(whole, path, result.value) : whole
  }, config)
  const misfits = checkAgentOptions(options).map(problem => blame(problem, references))
  if (misfits.length > 0) throw source.error(misfits)
  // Again the schema has said so.
  const checked = options as AgentOptions
  const problems = optionProblems(checked)
  if (problems.length > 0) throw source.error(problems)
  return checked
}

/** A copy of `whole` with another value at `path`, which exists. */
function replaceAt (whole: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value
  if (Array.isArray(whole)) return whole.map((item, index) => index === key ? replaceAt(item, rest, value) : item)
  const parent = Object(whole)
  return { ...parent, [key]: replaceAt(parent[key], rest, value) }
}

/** Says which module a problem comes from. */
function blame ({ path, text }: Problem, references: ReadonlyArray<{ path: Path, specifier: string }>): Problem {
  const at = formatPath(path)
  const reference = references.find(({ path }) => at === formatPath(path) || at.startsWith(`${formatPath(path)}.`))
  return { path, text: reference === undefined ? text : `${text} (from ${reference.specifier})` }
}
