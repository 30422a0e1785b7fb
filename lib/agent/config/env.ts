/** Environment variables in the strings of a config file. */
import { isPair, isScalar, isSeq, visit, type Scalar } from 'yaml'
import type { Path, Problem } from '../options/problem.ts'
import type { ConfigSource } from './source.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** `$${`, a placeholder, or what looks like the start of one. */
const token = /\$\$\{|\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}|\$\{/g
const onlyPlaceholder = /^\$\{[A-Za-z_]\w*(?::-[^}]*)?\}$/

/**
 * Replaces `${NAME}` and `${NAME:-default}` in all strings but keys; `$${` stands for a literal `${`.
 * As in a shell, the default also stands in for a variable that is empty. A value stays text: it is not parsed
 * as YAML, so it can't add anything but itself.
 *
 * @returns the strings that are nothing but a placeholder: they may turn out to be numbers or booleans
 * @throws MisuseError `A2A_ERR_CONFIG` for a variable that is not set and has no default
 */
export function substitute (source: ConfigSource, env: Environment): ReadonlySet<Scalar> {
  const alone = new Set<Scalar>()
  const problems: Problem[] = []
  visit(source.document, {
    Scalar (key, node, ancestors) {
      const text = node.value
      if (key === 'key' || typeof text !== 'string' || !text.includes('${')) return
      if (onlyPlaceholder.test(text)) alone.add(node)
      node.value = text.replace(token, (match: string, name?: string, fallback?: string) => {
        if (match === '$${') return '${'
        const value = name === undefined ? undefined : env[name]
        if (fallback !== undefined && (value === undefined || value === '')) return fallback
        if (value !== undefined) return value
        problems.push({ path: pathOf([...ancestors, node]), text: explain(name) })
        return ''
      })
    }
  })
  if (problems.length > 0) throw source.error(problems)
  return alone
}

/**
 * Turns a string that came from a placeholder alone into the number or boolean that it looks like.
 * @returns whether it did
 */
export function retype (node: Scalar): boolean {
  const text = node.value
  if (typeof text !== 'string') return false
  if (/^-?\d+(\.\d+)?$/.test(text)) node.value = Number(text)
  else if (text === 'true' || text === 'false') node.value = text === 'true'
  return typeof node.value !== 'string'
}

function explain (name: string | undefined): string {
  return name === undefined
    ? 'holds "${" that starts no placeholder; "$${" stands for the characters themselves'
    : `needs the environment variable ${name}, which is not set; \${${name}:-default} would give a default`
}

/** @param nodes from the document down to the node itself */
function pathOf (nodes: readonly unknown[]): Path {
  return nodes.flatMap<string | number>((node, index) => {
    if (isPair(node)) return isScalar(node.key) ? [String(node.key.value)] : []
    return isSeq(node) ? [node.items.indexOf(nodes[index + 1])] : []
  })
}
