/**
 * Writes the JSON Schema of config files, for editors. Run it after a change of schemas/options.ts:
 *
 *     npx tsx scripts/generate-schema.ts
 */
import { writeFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { AgentConfigSchema } from '../schemas/options.ts'

export const schemaFile = new URL('../schemas/agent-config.schema.json', import.meta.url)

type Json = { [key: string]: unknown }

/** The published schema as text. Draft 7: what the YAML and JSON servers of editors understand best. */
export function generateSchema (): string {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'https://fastify-a2a.dev/schemas/agent-config.schema.json',
    ...publicForm(JSON.parse(JSON.stringify(AgentConfigSchema)))
  }
  return `${JSON.stringify(schema, null, 2)}\n`
}

/** Ours; of the others, editors know nothing. */
const uriFormats = ['absolute-uri', 'http-url']

const placeholder = { type: 'string', pattern: '\\$\\{' }

/** Without the keywords of our own validator, and with `${ENV}` wherever something narrower than text is asked for. */
function publicForm (schema: Json): Json {
  const { expects, format, discriminator, ...rest } = schema
  const own = {
    ...rest,
    ...uriFormats.includes(String(format)) && { format: 'uri' },
    ...isObject(rest.properties) && { properties: mapValues(rest.properties, publicForm) },
    ...isObject(rest.items) && { items: publicForm(rest.items) },
    ...isObject(rest.patternProperties) && { patternProperties: mapValues(rest.patternProperties, publicForm) }
  }
  if (Array.isArray(rest.anyOf)) return { ...own, anyOf: rest.anyOf.map(publicForm) }
  if (Array.isArray(rest.oneOf)) return { ...own, oneOf: rest.oneOf.map(publicForm) }
  if (!isNarrowerThanText({ ...rest, format })) return own
  const { description, default: fallback, ...condition } = own as Json
  return {
    ...description !== undefined && { description },
    ...fallback !== undefined && { default: fallback },
    anyOf: [condition, placeholder]
  }
}

function isNarrowerThanText ({ type, enum: values, pattern, format }: Json): boolean {
  return type === 'integer' || type === 'boolean' || values !== undefined || pattern !== undefined || format !== undefined
}

function mapValues (object: Json, change: (value: Json) => Json): Json {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, isObject(value) ? change(value) : value]))
}

function isObject (value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await writeFile(schemaFile, generateSchema())
