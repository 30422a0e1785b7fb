import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ProtocolVersion } from '../../lib/agent/options.ts'
import type { Settings } from '../../lib/agent/settings.ts'
import { HttpError } from '../http-errors.ts'
import { fail } from './errors.ts'
import type { Documentation } from './openapi.ts'
import { toPattern, toUrl } from './operation.ts'
import { routesOf } from './routes.ts'

const hidden: Documentation = { hide: true }

/** What is at one path, and what it can be asked for. */
type Resource = { readonly path: string, readonly pattern: RegExp, readonly verbs: string[] }

/**
 * Answers what no route takes below the base URL: 405 on a known path, else 404. At the root of a scope there is nothing
 * below that would not be the host's, and so it is the host that answers there.
 * @param formOf the version in whose form a request is answered
 */
export function answerUnknown (scope: FastifyInstance, base: string, settings: Settings, formOf: (request: FastifyRequest) => ProtocolVersion): void {
  if (base === '') return
  const resources = resourcesOf(settings)

  const handler = (request: FastifyRequest, reply: FastifyReply) => {
    const path = (request.url.split('?', 1)[0] ?? '').slice(scope.prefix.length).replace(/^\/$/, '')
    const resource = resources.find(({ pattern }) => pattern.test(path))
    if (resource === undefined) return fail(request, reply, notFound('There is nothing at this path'), formOf(request))
    reply.header('allow', resource.verbs.join(', '))
    if (request.method === 'OPTIONS') return reply.code(204).send()
    return fail(request, reply, new HttpError(405, 'MethodNotFoundError', `${request.method} is not allowed here, but ${resource.verbs.join(', ')}`), formOf(request))
  }

  scope.setNotFoundHandler(handler)
  // Else a reader of tasks would take the verb for the end of an id.
  for (const { path, verbs } of resources.filter(({ path }) => /\}:\w+$/.test(path))) {
    const method = ['GET', 'HEAD'].filter(verb => !verbs.includes(verb))
    scope.route({ method, url: toUrl(path), schema: hidden, exposeHeadRoute: false, handler })
  }
}

/** Paths with a verb of their own come first: without it, they look like others. */
function resourcesOf ({ versions, bindings }: Settings): Resource[] {
  const resources = new Map<string, Resource>()
  const add = (path: string, ...verbs: string[]) => {
    const resource = resources.get(path) ?? { path, pattern: toPattern(path), verbs: [] }
    resource.verbs.push(...verbs)
    resources.set(path, resource)
  }
  for (const { path, operation: { verb, run } } of routesOf(versions)) add(path, verb, ...verb === 'GET' && 'unary' in run ? ['HEAD'] : [])
  if (bindings.includes('JSONRPC')) add('', 'POST')
  return [...resources.values()].sort((a, b) => Number(b.path.includes(':')) - Number(a.path.includes(':')))
}

function notFound (message: string): HttpError {
  return new HttpError(404, 'MethodNotFoundError', message, 'NOT_FOUND')
}
