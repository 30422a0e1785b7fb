/** The option `audit`, in code and in a config file. */
import Type, { type TSchema } from 'typebox'
import { closed, filled } from './card-options.ts'

/** @param more what only code can say: a stream */
export function auditOptions (more: { stream?: TSchema } = {}) {
  return Type.Optional(Type.Union([
    Type.Boolean(),
    Type.Object({
      file: Type.Optional(Type.String({ ...filled, description: 'A file to append to; each process has its own. Default: the log of the server.' })),
      ...more.stream !== undefined && { stream: Type.Optional(more.stream) },
      chain: Type.Optional(Type.Union([
        Type.Boolean(),
        Type.Object({
          key: Type.String({ pattern: '^[A-Za-z0-9+/_-]{43,}={0,2}$', expects: '32 bytes or more in base64, as `openssl rand -base64 32` writes them', description: 'Without it, nobody can make a chain.' })
        }, closed)
      ], { description: 'Links the records, so that a gap and a change show. Default: false.', default: false })),
      content: Type.Optional(Type.Boolean({ description: 'Whether records hold the parameters of requests, without secrets. Default: false.', default: false }))
    }, closed)
  ], { description: 'One record for each operation, and for each decision on who somebody is: `true`, or where they go. Default: false.', default: false }))
}
