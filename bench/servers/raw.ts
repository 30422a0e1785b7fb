/** (c) for streams: `node:http` and a loop of writes, playing back the frames of a stream of this plugin. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { portOf, serve } from './control.ts'

let frames: readonly string[] = []

const server = createServer((request, response) => {
  request.resume().once('end', () => { void play(request, response) })
})

async function play (request: IncomingMessage, response: ServerResponse): Promise<void> {
  let goOn = () => {}
  response.on('drain', () => goOn()).on('close', () => goOn())
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform', connection: 'keep-alive', 'x-accel-buffering': 'no' })
  for (const frame of frames) {
    if (!response.write(frame)) await new Promise<void>(resolve => { goOn = resolve })
    if (response.destroyed) return
  }
  // A stream that stays open is the counterpart of an idle subscription.
  if (request.url !== '/idle') response.end()
}

server.listen(0, '127.0.0.1', () => {
  serve(portOf(server), texts => { frames = texts })
})
