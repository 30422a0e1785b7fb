import type { FastifyInstance } from 'fastify'

/** Bodies reach the handlers of a scope as text, whatever their type is said to be: what is wrong with them, the binding says in its own form. */
export function takeText (scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  // Types that Fastify knows by name, it finds in a cache; the others it takes apart with each request.
  scope.addContentTypeParser(['application/json', 'application/a2a+json', '*'], { parseAs: 'string' }, (_request, body, done) => done(null, body))
}
