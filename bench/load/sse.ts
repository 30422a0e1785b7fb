import { connect, type Socket } from 'node:net'
import type { Work } from '../rounds.ts'
import { headers } from './requests.ts'

const endOfFrame = '\n\n'
const endOfBody = '\r\n0\r\n\r\n'

/**
 * Reads streams to their end, one after the other on each connection. Streams that run when the time is over
 * are still read to their end, and count.
 * @param events that each stream must have
 */
export async function streams (port: number, body: string, { connections, duration, events, path }: { connections: number, duration: number, events: number, path?: string }): Promise<Work> {
  const begun = performance.now()
  const deadline = begun + duration * 1000
  const counts = await Promise.all(Array.from({ length: connections }, () => readUntil(port, requestText(body, path), deadline, events)))
  return { count: counts.reduce((sum, count) => sum + count, 0), seconds: (performance.now() - begun) / 1000 }
}

/** A stream that stays open. Resolves when its first frame has come. */
export async function openStream (port: number, body: string, path?: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  const response = await new Promise<Buffer>((resolve, reject) => {
    socket.once('error', reject).once('close', () => reject(new Error('a subscription was closed')))
    socket.on('data', chunk => { if (chunk.includes(endOfFrame)) resolve(chunk) })
    socket.write(requestText(body, path))
  })
  if (!response.includes('data: ')) throw new Error(response.toString())
  return socket
}

/** On a socket: a client that parses would be slower than the servers. */
function readUntil (port: number, request: string, deadline: number, events: number): Promise<number> {
  const socket = connect(port, '127.0.0.1')
  let count = 0
  let frames = 0
  let tail = ''
  return new Promise((resolve, reject) => {
    socket.once('error', reject).once('close', () => reject(new Error('a stream was cut off')))
    socket.on('data', chunk => {
      frames += countFrames(chunk, tail)
      tail = (tail + chunk.toString('latin1', Math.max(0, chunk.length - endOfBody.length))).slice(-endOfBody.length)
      if (tail !== endOfBody) return
      if (frames !== events) {
        socket.destroy(new Error(`a stream had ${frames} events, not ${events}: ${chunk.toString().slice(0, 500)}`))
        return
      }
      count += frames
      frames = 0
      tail = ''
      if (performance.now() < deadline) {
        socket.write(request)
      } else {
        resolve(count)
        socket.destroy()
      }
    })
    socket.write(request)
  })
}

/** @param before the end of the chunk before: a frame may end across two */
function countFrames (chunk: Buffer, before: string): number {
  let count = before.endsWith('\n') && chunk[0] === 10 ? 1 : 0
  for (let at = chunk.indexOf(endOfFrame); at !== -1; at = chunk.indexOf(endOfFrame, at + 2)) count++
  return count
}

function requestText (body: string, path = '/a2a'): string {
  const lines = Object.entries({ ...headers, host: '127.0.0.1', accept: 'text/event-stream', 'content-length': String(Buffer.byteLength(body)) })
  return `POST ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`
}
