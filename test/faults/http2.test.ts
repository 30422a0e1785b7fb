/** What clients of gRPC may do to HTTP/2 itself: after each, the server still serves others, and holds nothing. */
import { once } from 'node:events'
import { connect, constants, type ClientHttp2Session, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2'
import net from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { create, toBinary } from '@bufbuild/protobuf'
import t, { type Test } from 'tap'
import type { Task } from '../../schemas/v1/common.ts'
import { SubscribeToTaskRequestSchema } from '../../schemas/proto/gen/lf/a2a/v1/a2a_pb.ts'
import type { AgentOptions } from '../../lib/agent/options.ts'
import { GrpcClient } from '../helpers/grpc.ts'
import { grpcHost, http2Host } from '../helpers/grpc-host.ts'
import { sendParams } from '../helpers/rpc.ts'
import { watchedStore } from '../helpers/stores.ts'
import { closed, until } from '../helpers/wait.ts'

const path = '/lf.a2a.v1.A2AService/'
const headersOf = (method: string): OutgoingHttpHeaders => ({ ':method': 'POST', ':path': `${path}${method}`, 'content-type': 'application/grpc', te: 'trailers' })

/** A port of gRPC's own, and that of Fastify: what holds for one must hold for the other. */
for (const [name, serveOn] of [['on its own port', grpcHost], ['on the port of the host', http2Host]] as const) {
  t.test(name, async t => {
    const serve = async (t: Test, options: Partial<AgentOptions> = {}) => {
      const { store, readers } = watchedStore()
      const { address } = await serveOn(t, { store, ...options })
      const client = new GrpcClient(t, address)
      const isWell = async (t: Test) => {
        await until(() => readers.size === 0)
        t.match(await client.ask('SendMessage', sendParams('still here')), { task: { status: { state: 'TASK_STATE_COMPLETED' } } }, 'the server still serves')
      }
      return { address, client, readers, isWell }
    }

    t.test('frames that flood', async t => {
      const { address, isWell } = await serve(t)
      const floods = {
        pings: Buffer.concat(Array(20_000).fill(frame(frames.ping, 0, Buffer.alloc(8)))),
        settings: Buffer.concat(Array(20_000).fill(frame(frames.settings, 0))),
        'entries of settings': frame(frames.settings, 0, Buffer.alloc(6 * 2_000)),
        'headers without an end': Buffer.concat([frame(frames.headers, 1, Buffer.from([0x82])), ...Array(100).fill(frame(frames.continuation, 1, Buffer.alloc(16_000, 0x40)))]),
        'windows that do not grow': Buffer.concat(Array(1_000).fill(frame(frames.windowUpdate, 0, Buffer.alloc(4))))
      }
      for (const [what, bytes] of Object.entries(floods)) {
        await flood(address, bytes)
        t.pass(`${what}: the connection is ended`)
        await isWell(t)
      }
    })

    t.test('frames that are none', async t => {
      const { address, isWell } = await serve(t)
      const wrong = {
        garbage: Buffer.alloc(100_000, 0xff),
        'a frame larger than agreed': frame(frames.data, 1, Buffer.alloc(60_000)),
        'data of no stream': frame(frames.data, 1, Buffer.alloc(100)),
        'headers that can not be unpacked': frame(frames.headers, 1, Buffer.alloc(50, 0xff), 0x5)
      }
      for (const [what, bytes] of Object.entries(wrong)) {
        await flood(address, bytes)
        t.pass(`${what}: the connection is ended`)
      }
      const socket = await open(address)
      socket.end('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
      socket.resume()
      await closed(socket)
      t.pass('HTTP/1.1')
      await isWell(t)
    })

    t.test('streams that are opened and reset at once, without end', async t => {
      const { address, client, readers, isWell } = await serve(t, { cancelGrace: 0 })
      const { task } = await client.ask<{ task: Task }>('SendMessage', sendParams('stay', { configuration: { returnImmediately: true } }))
      const session = await connectTo(t, address)
      const body = withPrefix(toBinary(SubscribeToTaskRequestSchema, create(SubscribeToTaskRequestSchema, { id: task.id })))
      let opened = 0
      let most = 0
      while (!session.closed && !session.destroyed && opened < 20_000) {
        const stream = session.request(headersOf('SubscribeToTask')).on('error', () => {})
        stream.end(body)
        stream.close(constants.NGHTTP2_CANCEL)
        if (++opened % 50 === 0) await nextTurn()
        most = Math.max(most, readers.size)
      }
      t.ok(opened < 20_000, `the connection is ended after ${opened}`)
      t.ok(most <= 1_000, `${most} streams at most were served at once`)
      await isWell(t)
    })

    t.test('connections that break in the middle of their streams', async t => {
      const { address, client, isWell, readers } = await serve(t)
      const { task } = await client.ask<{ task: Task }>('SendMessage', sendParams('ask'))
      const body = withPrefix(toBinary(SubscribeToTaskRequestSchema, create(SubscribeToTaskRequestSchema, { id: task.id })))
      for (let round = 0; round < 4; round++) {
        const sockets = await Promise.all(Array.from({ length: 10 }, () => open(address)))
        const sessions = await Promise.all(sockets.map(socket => connectTo(t, address, socket)))
        for (const session of sessions) for (let i = 0; i < 10; i++) session.request(headersOf('SubscribeToTask')).on('error', () => {}).end(body)
        await until(() => readers.size === 100)
        for (const [index, session] of sessions.entries()) {
          if (index % 2 === 0) session.destroy()
          else sockets[index]?.resetAndDestroy()
        }
        await until(() => readers.size === 0)
      }
      await isWell(t)
    })

    t.test('a request that comes drop by drop, and one that never comes', async t => {
      const { address, isWell } = await serve(t, { limits: { requestTime: 100 }, stream: { heartbeat: 500 } })
      const session = await connectTo(t, address)
      for (const type of ['application/grpc', 'application/grpc-web+proto', 'application/proto']) {
        const stream = session.request({ ...headersOf('SendMessage'), 'content-type': type }).on('error', () => {}).resume()
        const drops = setInterval(() => { if (!stream.closed) stream.write(Buffer.from([0])) }, 10)
        await until(() => stream.closed)
        clearInterval(drops)
        t.pass(`${type}: it is cut off`)
      }

      const silent = await open(address)
      silent.resume()
      await closed(silent)
      t.pass('a connection on which nobody answers is ended')
      await isWell(t)
    })

    t.test('wrong paths and verbs', async t => {
      const { address, isWell } = await serve(t)
      const session = await connectTo(t, address)
      const answerTo = async (headers: OutgoingHttpHeaders) => await answerOf(session, { ...headersOf('SendMessage'), ...headers })
      const isRefused = ({ ':status': code, 'grpc-status': status }: IncomingHttpHeaders) => Number(code) >= 400 || status === '12'
      for (const wrong of ['/', '/lf.a2a.v1.A2AService/', `${path}Nonsense`, `${path}SendMessage/`, '/a2a.v9.A2AService/SendMessage', `${path}SendMessage%00`, `${path}..%2fSendMessage`]) {
        t.ok(isRefused(await answerTo({ ':path': wrong })), wrong)
      }
      for (const verb of ['GET', 'PUT', 'DELETE', 'OPTIONS']) t.ok(isRefused(await answerTo({ ':method': verb })), verb)
      for (const type of ['text/plain', 'application/json; charset=x', 'application/grpc+thrift', '']) {
        const answer = await answerTo({ 'content-type': type })
        t.ok(isRefused(answer) || answer['grpc-status'] !== '0', `content type ${type}`)
      }
      await isWell(t)
    })
  })
}

t.test('server-sent events over HTTP/2 that are reset at once', async t => {
  const { store, readers } = watchedStore()
  const { url } = await http2Host(t, { store, bindings: ['JSONRPC', 'HTTP+JSON'] })
  const session = await connectTo(t, new URL(url).host)
  const headers = { ':method': 'POST', 'content-type': 'application/json', 'a2a-version': '1.0' }
  const message = sendParams('ask')
  for (let i = 0; i < 50; i++) {
    const rpc = session.request({ ...headers, ':path': '/a2a' }).on('error', () => {})
    rpc.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'SendStreamingMessage', params: message }))
    const rest = session.request({ ...headers, ':path': '/a2a/message:stream' }).on('error', () => {})
    rest.end(JSON.stringify(message))
    for (const stream of [rpc, rest]) stream.close(constants.NGHTTP2_CANCEL)
    await nextTurn()
  }
  const last = session.request({ ':path': '/a2a/tasks', 'a2a-version': '1.0' })
  t.match(await once(last, 'response'), [{ ':status': 200 }])
  await until(() => readers.size === 0)
})

t.test('an unknown method of a port of its own is refused by headers alone', async t => {
  const { address } = await grpcHost(t)
  const session = await connectTo(t, address)
  const stream = session.request({ ...headersOf('Nonsense') })
  const [headers, flags] = await once(stream, 'response') as [IncomingHttpHeaders, number]
  t.match(headers, { ':status': 200, 'grpc-status': '12' })
  t.ok(flags & constants.NGHTTP2_FLAG_END_STREAM, 'a client in Java takes an empty frame of data for a broken answer')
})

/** Types of frames (RFC 9113 §6). */
const frames = { data: 0, headers: 1, settings: 4, ping: 6, windowUpdate: 8, continuation: 9 } as const

function frame (type: number, stream: number, payload = Buffer.alloc(0), flags = 0): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

async function open (address: string): Promise<net.Socket> {
  const { hostname, port } = new URL(`http://${address}`)
  const socket = net.connect(Number(port), hostname)
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** Until the server has ended the connection, or said that it will (GOAWAY, type 7). */
async function flood (address: string, bytes: Buffer): Promise<void> {
  const socket = await open(address)
  let answer = Buffer.alloc(0)
  const isOver = new Promise<void>(resolve => {
    socket.once('close', () => resolve())
    socket.on('data', data => {
      answer = Buffer.concat([answer, data])
      if (typesOf(answer).includes(7)) resolve()
    })
  })
  socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(frames.settings, 0), bytes]))
  await isOver
  socket.destroy()
}

function typesOf (bytes: Buffer): number[] {
  const types: number[] = []
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) types.push(bytes.readUInt8(at + 3))
  return types
}

async function connectTo (t: Test, address: string, socket?: net.Socket): Promise<ClientHttp2Session> {
  const session = connect(`http://${address}`, { ...socket !== undefined && { createConnection: () => socket } })
  session.on('error', () => {})
  t.teardown(() => session.destroy())
  await once(session, 'remoteSettings')
  return session
}

/** The headers of the answer, and its trailers. */
async function answerOf (session: ClientHttp2Session, headers: OutgoingHttpHeaders): Promise<IncomingHttpHeaders> {
  const stream = session.request(headers)
  let answer: IncomingHttpHeaders = {}
  stream.on('error', () => {}).on('response', got => { answer = { ...got } }).on('trailers', got => { answer = { ...answer, ...got } })
  stream.resume().end()
  await closed(stream)
  return answer
}

function withPrefix (bytes: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(bytes.length, 1)
  return Buffer.concat([prefix, bytes])
}
