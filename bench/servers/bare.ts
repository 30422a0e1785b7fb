/** (c) Bare Fastify: parses the same body and plays back an answer that this plugin gave to it. */
import Fastify from 'fastify'
import { portOf, serve } from './control.ts'

let answer = '{}'

const app = Fastify()
app.post<{ Body: { id: number, method: string } }>('/a2a', async ({ body }, reply) => {
  if (typeof body.method !== 'string') return reply.code(400).send()
  reply.type('application/json; charset=utf-8')
  return answer
})
await app.listen({ port: 0, host: '127.0.0.1' })
serve(portOf(app.server), texts => { answer = texts.join('') })
