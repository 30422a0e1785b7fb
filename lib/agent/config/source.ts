/** A config file as text: where each value stands, and errors that say so. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node, type Pair } from 'yaml'
import { MisuseError } from '../errors.ts'
import { formatProblem, type Path, type Problem } from '../options/problem.ts'

export type ConfigSource = {
  /** Its nodes may be changed before `toJS`. */
  readonly document: Document.Parsed
  /** The value that the file holds now. @throws MisuseError when its aliases make it huge, or endless */
  toJS (): unknown
  /** The value at `path`, also through aliases and merges. */
  nodeAt (path: Path): Node | undefined
  /** An error that begins every line with the place in the file. */
  error (problems: readonly Problem[], cause?: unknown): MisuseError
}

/** References to anchors, nested ones multiplied: enough for any config, too few for a bomb. */
const maxAliasCount = 100

/**
 * Parses YAML 1.2, of which JSON is a part.
 * @param name what errors call the file
 * @throws MisuseError `A2A_ERR_CONFIG` for broken syntax, duplicate keys and unknown tags
 */
export function parseSource (text: string, name: string): ConfigSource {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, merge: true, uniqueKeys: true, prettyErrors: false })
  const at = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset)
    return `${name}:${line}:${col}`
  }
  const flaws = [...document.errors, ...document.warnings]
  if (flaws.length > 0) {
    throw new MisuseError('A2A_ERR_CONFIG', flaws.map(({ pos, message }) => `${at(pos[0])}: ${message}`).join('\n'), { cause: flaws[0] })
  }
  return {
    document,
    toJS: () => {
      try {
        const value: unknown = document.toJS({ maxAliasCount })
        // An anchor that holds its own alias makes a cycle: this is what notices.
        JSON.stringify(value)
        return value
      } catch (cause) {
        throw new MisuseError('A2A_ERR_CONFIG', `${name}: an alias refers to itself, or aliases multiply to too many nodes`, { cause })
      }
    },
    nodeAt: path => walk(document, path).node,
    error: (problems, cause) => {
      const lines = problems.map(problem => `${at(walk(document, problem.path).offset)}: ${formatProblem(problem, 'the file')}`)
      return new MisuseError('A2A_ERR_CONFIG', lines.join('\n'), cause === undefined ? undefined : { cause })
    }
  }
}

type Place = { node: Node | undefined, offset: number }

/** What is not there is said to be where it should be: at the nearest node above it. */
function walk (document: Document, path: Path): Place {
  let node = resolved(document.contents, document)
  let offset = node?.range?.[0] ?? 0
  for (const key of path) {
    const child = isSeq(node) ? item(node.items, key) : isMap(node) ? entry(node.items, key, document) : undefined
    if (child === undefined) return { node: undefined, offset }
    offset = child.offset
    node = resolved(child.node, document)
  }
  return { node, offset }
}

function item (items: readonly unknown[], index: string | number): Place | undefined {
  // The parser puts nothing but nodes into sequences.
  const node = items[Number(index)] as Node | undefined
  return node === undefined ? undefined : { node, offset: node.range?.[0] ?? 0 }
}

/** The place of an entry is its key. */
function entry (pairs: readonly Pair[], key: string | number, document: Document): Place | undefined {
  const pair = pairs.find(({ key: node }) => isScalar(node) && String(node.value) === String(key))
  // The parser makes keys and values that are nodes; a key without a value has null.
  if (pair !== undefined) return { node: pair.value as Node | undefined, offset: (pair.key as Node).range?.[0] ?? 0 }
  for (const { key: node, value } of pairs) {
    if (!isScalar(node) || node.source !== '<<') continue
    const merged = resolved(value, document)
    for (const source of isSeq(merged) ? merged.items : [merged]) {
      const map = resolved(source, document)
      const found = isMap(map) ? entry(map.items, key, document) : undefined
      if (found !== undefined) return found
    }
  }
  return undefined
}

function resolved (node: unknown, document: Document): Node | undefined {
  if (isAlias(node)) return node.resolve(document)
  // Whatever else the parser puts there is a node.
  return (node ?? undefined) as Node | undefined
}
