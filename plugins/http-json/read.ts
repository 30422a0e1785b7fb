import type { FastifyRequest } from 'fastify'
import { invalidParams } from '../../lib/protocol/errors.ts'
import { parseJson } from '../../lib/protocol/json.ts'
import { isJson, unsupportedMediaType } from '../http-errors.ts'
import type { Operation } from './operation.ts'
import { queryReader, type QueryReader } from './query.ts'

type Read = (operation: Pick<Operation, 'request' | 'verb'>, request: FastifyRequest) => Record<string, unknown>

/**
 * Gathers the fields of a request from its path and its query or body. What the path says holds: it is what gateways
 * and logs go by.
 * @throws A2AError for a body that is no JSON object
 */
export function createReader (jsonDepth: number): Read {
  const readers = new Map<Operation['request'], QueryReader>()

  const readQuery = (schema: Operation['request'], query: unknown) => {
    const reader = readers.get(schema) ?? queryReader(schema)
    readers.set(schema, reader)
    return reader(query)
  }

  return ({ request: schema, verb }, request) => {
    const fields = verb === 'POST' ? readBody(request, jsonDepth) : readQuery(schema, request.query)
    return Object.assign(fields, request.params) // made for this request
  }
}

/** No body at all is an empty request: which fields it lacks, its validator knows. */
function readBody ({ body, headers }: FastifyRequest, jsonDepth: number): Record<string, unknown> {
  const text = body === undefined || body === null ? '' : String(body)
  if (text === '') return {}
  if (!isJson(headers['content-type'])) throw unsupportedMediaType()
  const value = parseJson(text, jsonDepth)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalidParams({ field: '', description: 'The body must be a JSON object' })
  return value as Record<string, unknown>
}
