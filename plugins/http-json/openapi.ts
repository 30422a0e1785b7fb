import type { FastifySchema } from 'fastify'
import { Status } from '../../schemas/v1/responses.ts'
import { pathFields, type Operation } from './operation.ts'
import type { Route } from './routes.ts'

/** With what `@fastify/swagger` reads of a schema. */
export type Documentation = FastifySchema & { tags?: string[], operationId?: string, summary?: string, hide?: boolean }

/** A route as OpenAPI has it, for hosts that publish such a document: nothing is validated by it. */
export function documentation ({ operation, path, version }: Route): Documentation {
  const { name, summary, verb, request: { properties, required = [] }, response, run } = operation
  const inPath = pathFields(path)
  const rest = Object.fromEntries(Object.entries(properties).filter(([field]) => !inPath.includes(field)))
  const needed = required.filter(field => !inPath.includes(field))
  const object = { type: 'object', properties: rest, ...needed.length > 0 && { required: needed } }
  const json = version === '1.0' ? 'application/a2a+json' : 'application/json'
  return {
    tags: [`A2A ${version}`],
    operationId: operationId(name, verb, inPath.includes('tenant'), version),
    summary,
    ...inPath.length > 0 && { params: { type: 'object', properties: Object.fromEntries(inPath.map(field => [field, { type: 'string' }])), required: inPath } },
    ...verb === 'POST'
      ? { body: { content: { 'application/json': { schema: object }, 'application/a2a+json': { schema: object } } } }
      : Object.keys(rest).length > 0 && { querystring: object },
    response: {
      200: { description: 'stream' in run ? 'The events, as they come' : 'Done', content: { ['stream' in run ? 'text/event-stream' : json]: { schema: response } } },
      default: { description: 'What went wrong', content: { [json]: { schema: Status } } }
    }
  }
}

/** Unique in the document: an operation may have two verbs, and is there for tenants too. */
function operationId (name: string, verb: Operation['verb'], inTenant: boolean, version: Route['version']): string {
  const plain = name.replaceAll('/', '_')
  const asVerb = /subscribe/i.test(name) ? `_${verb.toLowerCase()}` : ''
  return `${plain}${asVerb}${inTenant ? '_tenant' : ''}${version === '0.3' ? '_v0_3' : ''}`
}
