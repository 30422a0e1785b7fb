import type { TObject, TSchema } from 'typebox'
import type { Method } from '../methods/method.ts'

/** An operation, as one version of the binding has it. */
export type Operation = {
  /** As the protocol calls it. */
  readonly name: string
  readonly summary: string
  readonly verb: 'GET' | 'POST' | 'DELETE'
  /** Below the base URL, its parameters in braces: they are fields of the request. */
  readonly path: string
  readonly run: Method
  /** The fields of the request; those which are not in the path come in the query, or in the body where `verb` is POST. */
  readonly request: TObject
  /** What it answers with, or the events of its stream. */
  readonly response: TSchema
}

/** The parameters of a path. */
export function pathFields (path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
}

/** As Fastify writes it. What comes before a verb may hold colons itself: the last one counts. */
export function toUrl (path: string): string {
  return path
    .replaceAll(':', '::')
    .replaceAll(/\{(\w+)\}(?=::)/g, ':$1(^.+)')
    .replaceAll(/\{(\w+)\}/g, ':$1')
}

/** Matches the raw path of a URL. */
export function toPattern (path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`)
}
