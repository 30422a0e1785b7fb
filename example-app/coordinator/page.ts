/** The built page: its files are read once, at the start. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2'
}

/** Each file at its path, `index.html` at the root. Without a page, the root says how to make one. */
export async function servePage (app: FastifyInstance, dir: string): Promise<void> {
  if (!existsSync(join(dir, 'index.html'))) {
    app.get('/', async (_request, reply) => await reply.type('text/plain; charset=utf-8').send('This is the travel agent, without its page. Its card is at /.well-known/agent-card.json\n'))
    return
  }
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath, entry.name)
    const path = relative(dir, file).split(sep).join('/')
    const content = readFileSync(file)
    const etag = `"${createHash('sha256').update(content).digest('base64url')}"`
    app.get(path === 'index.html' ? '/' : `/${path}`, async (request, reply) => {
      reply.headers({ etag, 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' })
      if (request.headers['if-none-match'] === etag) return await reply.code(304).send()
      return await reply.type(types[extname(path)] ?? 'application/octet-stream').send(content)
    })
  }
}
