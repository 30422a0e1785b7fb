/** The page as it was built: a handful of files, read once. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyPluginAsync } from 'fastify'

export type PageOptions = {
  /** Default: what `npm run build:page` has built. */
  folder?: string
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml'
}

/** The page shows what agents say: none of it may ever become a script, a style or a request to somewhere else. */
const policy = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self'",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
  'require-trusted-types-for': "'script'"
}

const headers = {
  'content-security-policy': Object.entries(policy).map(([name, value]) => `${name} ${value}`).join('; '),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff'
}

/** Serves the page at `/`, and what it is made of below `/assets/`. */
export const page: FastifyPluginAsync<PageOptions> = async (fastify, { folder = fileURLToPath(new URL('dist/', import.meta.url)) }) => {
  for (const path of await filesIn(folder)) {
    const body = await readFile(join(folder, path))
    const etag = `"${createHash('sha256').update(body).digest('base64url')}"`
    const type = types[extname(path)]
    if (type === undefined) throw new Error(`${path} is of a type that the page does not have: name it in ${import.meta.url}`)
    // The names of assets change with what is in them.
    const cacheControl = path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
    fastify.get(path === 'index.html' ? '/' : `/${path}`, async (request, reply) => {
      reply.headers({ ...headers, etag, 'cache-control': cacheControl })
      if (request.headers['if-none-match'] === etag) return reply.code(304).send()
      return reply.type(type).send(body)
    })
  }
}

async function filesIn (folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter(entry => entry.isFile()).map(({ parentPath, name }) => relative(folder, join(parentPath, name)).split(sep).join('/'))
}
